"""Any picture becomes a symbol as the training images are, and says how."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage, read_gray
from glyphlab.data import load_symbols
from glyphlab.data.prepare import (
    MNIST_STYLE,
    Style,
    kind_of_source,
    prepare_photograph,
    prepare_symbol,
    style_of,
)

Pixels = NDArray[np.uint8]


def picture(pixels: NDArray[np.generic]) -> GrayImage:
    return GrayImage(np.clip(np.rint(pixels), 0, 255).astype(np.uint8), ())


def seven(height: int, width: int, box: tuple[int, int, int, int], pen: int) -> NDArray[np.float64]:
    """Return how much ink covers each pixel of a drawn 7; `box`: left, top, right, bottom."""
    scale = 4
    image = Image.new("L", (scale * width, scale * height))
    left, top, right, bottom = (scale * one for one in box)
    ImageDraw.Draw(image).line(
        [(left, top), (right, top), ((left + right) // 2, bottom)], 255, scale * pen, "curve"
    )
    return np.asarray(image.resize((width, height), Image.Resampling.BOX), float) / 255


def alike(one: Pixels, other: Pixels) -> float:
    """Return the correlation of two images, one of them moved by up to a pixel."""
    moved = [np.roll(one, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(float(np.corrcoef(image.ravel(), other.ravel())[0, 1]) for image in moved)


SEVEN = seven(140, 120, (30, 30, 85, 105), 8)
PLAIN = prepare_symbol(picture(255 * SEVEN))
RNG = np.random.default_rng(0)


def test_embedded_digits_come_out_bit_for_bit() -> None:
    digits = load_symbols("digits")
    for style in (style_of(digits.train.images, "writing"), MNIST_STYLE):
        for image in digits.test.images:
            found = prepare_symbol(picture(image), style)
            assert np.array_equal(found.image, image)
            assert (found.done, found.blank, found.lit) == ((), False, 0.0)


@pytest.mark.realdata
def test_mnist_comes_out_bit_for_bit(real_data: Path) -> None:
    mnist = load_symbols("mnist", data_dir=real_data, offline=True)
    style = style_of(mnist.train.images, kind_of_source("mnist"))
    for image in mnist.test.images:
        assert prepare_symbol(GrayImage(image, ()), style).image is image
        inverted = prepare_symbol(GrayImage(255 - image, ()), style)
        assert np.array_equal(inverted.image, image)
        assert inverted.done == ("inverted",)


def test_what_reading_did_comes_first() -> None:
    turned = GrayImage(load_symbols("digits").test.images[0], ("turned as its EXIF says",))
    assert prepare_symbol(turned).done == ("turned as its EXIF says",)
    drawn = GrayImage(np.uint8(255 * SEVEN), ("first of 3 frames taken",))
    assert prepare_symbol(drawn).done[0] == "first of 3 frames taken"


def test_box_centre_and_ground_are_those_of_training() -> None:
    rows, columns = (np.flatnonzero((PLAIN.image > 127).any(axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)
    for axis, wanted in enumerate(MNIST_STYLE.centre):
        mass = PLAIN.image.sum(1 - axis, dtype=float)
        assert abs(mass @ (np.arange(28) + 0.5) / mass.sum() - 28 * wanted) < 0.6
    assert np.median(PLAIN.image) == 0
    assert MNIST_STYLE.fits(PLAIN.image)


SHADE = np.linspace(0.45, 1, 120) * np.linspace(1, 0.8, 140)[:, None]
TABLE = np.ones((140, 120))
TABLE[:, 105:] = 0.35
DESK = np.full((200, 180), 70.0)
DESK[12:188, 10:170] = 230
DESK[30:170, 30:150] -= 180 * SEVEN
SHADOW = np.where(np.add.outer(np.arange(140), np.arange(120)) < 118, 0.62, 1)
PICTURES = {
    "dark on white": 255 - 255 * SEVEN,
    "dark on grey paper": 215 - 170 * SEVEN + RNG.normal(0, 3, SEVEN.shape),
    "pale": 225 - 25 * SEVEN + RNG.normal(0, 1.5, SEVEN.shape),
    "unevenly lit": (230 - 180 * SEVEN) * SHADE + RNG.normal(0, 2, SEVEN.shape),
    "chalk on a board": 50 + 160 * SEVEN + RNG.normal(0, 4, SEVEN.shape),
    "a table beside it": (230 - 180 * SEVEN) * TABLE,
    "a sheet on a desk": DESK + RNG.normal(0, 2, DESK.shape),
    "the edge of a shadow": (230 - 180 * SEVEN) * SHADOW + RNG.normal(0, 2, SEVEN.shape),
    "a lamp's light beside it": np.pad(90 - 70 * SEVEN, ((0, 0), (0, 40)), constant_values=230),
    "cut out tightly": 230 - 190 * SEVEN[26:106, 26:90],
    "very faint": 225 - 14 * SEVEN + RNG.normal(0, 1.2, SEVEN.shape),
    "small and off-centre": 230 - 200 * np.pad(SEVEN, ((20, 300), (280, 40))),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_strokes_are_the_same_symbol(name: str) -> None:
    found = prepare_symbol(picture(PICTURES[name]))
    assert alike(found.image, PLAIN.image) > 0.95
    assert ("inverted" in found.done) == (name != "chalk on a board")
    assert not found.blank


def test_only_strokes_are_given_room() -> None:
    """A shadow from side to side, with a symbol that it touches, is not cut out around a symbol."""
    lit = np.where(np.arange(140)[:, None] < 45, 0.6, 1)
    found = prepare_symbol(picture((230 - 180 * SEVEN) * lit))
    assert alike(found.image, PLAIN.image) > 0.9


def test_light_that_is_removed_is_said_and_measured() -> None:
    even = prepare_symbol(picture(PICTURES["dark on grey paper"]))
    assert even.lit < 0.05
    assert "uneven light removed" not in even.done
    body = np.zeros((200, 200))
    body[30:170, 50:150] = 160  # a garment, say
    found = prepare_symbol(picture(20 + body + RNG.normal(0, 2, body.shape)))
    assert found.lit > 0.5
    assert "uneven light removed" in found.done


@pytest.mark.parametrize(("pen", "change"), [(2, "thickened"), (15, None), (30, "thinned")])
def test_strokes_are_as_thick_as_in_training(pen: int, change: str | None) -> None:
    drawn = seven(200, 200, (60, 50, 140, 150), pen)
    found = prepare_symbol(picture(235 - 200 * drawn))
    low, high = MNIST_STYLE.stroke
    said = [one for one in found.done if one.startswith("strokes ")]
    assert said == ([f"strokes {change}"] if change else [])
    measured = style_of(found.image[None], "writing").stroke[0]
    assert 0.8 * low < measured < 1.25 * high


def test_thickness_is_that_of_the_training_images() -> None:
    digits = load_symbols("digits").train.images
    thick = style_of(digits)
    thin = style_of(np.where(digits > 200, digits, 0).astype(np.uint8))
    assert thin.stroke[1] < thick.stroke[1]
    ink = [
        prepare_symbol(picture(PICTURES["dark on white"]), replace(MNIST_STYLE, stroke=stroke))
        for stroke in (thin.stroke, thick.stroke)
    ]
    assert 1.1 * ink[0].image.sum() < ink[1].image.sum()


@pytest.mark.parametrize("size", [(28, 28), (20, 20), (56, 56), (40, 28), (64, 96)])
def test_other_sizes_are_in_proportion(size: tuple[int, int]) -> None:
    found = prepare_symbol(picture(PICTURES["dark on white"]), MNIST_STYLE.resized(size))
    assert found.image.shape == size
    rows, columns = (np.flatnonzero((found.image > 127).any(axis)) for axis in (1, 0))
    longest = max(np.ptp(rows), np.ptp(columns)) + 1
    assert longest == pytest.approx(min(size) * 20 / 28, abs=1.5)


def test_dark_training_images_get_dark_ink() -> None:
    digits = load_symbols("digits").train.images
    style = style_of(255 - digits)
    assert style.dark
    found = prepare_symbol(picture(PICTURES["chalk on a board"]), style)
    bright = prepare_symbol(picture(PICTURES["chalk on a board"]), replace(style, dark=False))
    assert np.median(found.image) == 255
    assert np.array_equal(found.image, 255 - bright.image)
    assert "inverted" in found.done
    assert "inverted" not in bright.done
    assert "inverted" not in prepare_symbol(picture(PICTURES["pale"]), style).done
    assert np.array_equal(prepare_symbol(picture(255 - digits[0]), style).image, 255 - digits[0])


@pytest.mark.parametrize(
    "paper",
    [np.zeros((28, 28)), np.full((90, 70), 255), 220 + RNG.normal(0, 4, (150, 150)),
     np.linspace(120, 240, 200) * np.ones((100, 1)), np.ones((1, 1))],
    ids=["black", "white", "grain", "lit", "one pixel"],
)  # fmt: skip
def test_nothing_written_is_blank(paper: NDArray[np.float64]) -> None:
    found = prepare_symbol(picture(paper))
    assert found.blank
    assert not found.image.any()
    assert found.done[-1] == "nothing written found"


def test_specks_are_left_out_and_a_bar_that_stands_apart_is_not() -> None:
    paper = 230 - 190 * SEVEN
    for row, column in ((10, 100), (125, 20), (128, 110), (60, 15)):
        paper[row : row + 3, column : column + 3] = 90
    found = prepare_symbol(picture(paper))
    assert alike(found.image, PLAIN.image) > 0.95
    assert "4 small parts left out" in found.done
    assert not any("left out" in one for one in PLAIN.done)
    barred = SEVEN.copy()
    barred[66:72, 78:100] = 1  # beside the stem, touching nothing
    with_bar = prepare_symbol(picture(230 - 190 * barred)).image
    assert alike(with_bar, prepare_symbol(picture(255 * barred)).image) > 0.95
    assert alike(with_bar, PLAIN.image) < 0.95


def test_other_symbols_are_left_out_and_said() -> None:
    two = np.concatenate([230 - 190 * SEVEN, 230 - 190 * SEVEN[:, ::-1] ** 2], axis=1)
    found = prepare_symbol(picture(two))
    assert alike(found.image, PLAIN.image) > 0.95
    assert "1 other symbol left out" in found.done


def test_sizes_are_width_by_height() -> None:
    found = prepare_symbol(picture(255 - 255 * SEVEN), Style(size=(30, 28)))
    assert found.done[0] == "ink found on 120×140 pixels"
    assert found.done[-1] == "fitted into 20 of 28×30 pixels and centred"


def test_steps_are_kept_where_they_are_asked_for() -> None:
    assert PLAIN.steps == ()
    found = prepare_symbol(picture(PICTURES["unevenly lit"]), steps=True)
    assert [step.name for step in found.steps] == [
        "picture", "light on the paper", "ink", "symbol cut out", "strokes as in training",
        "fitted and centred",
    ]  # fmt: skip
    assert all(step.picture.dtype == np.uint8 for step in found.steps)
    assert np.array_equal(found.steps[-1].picture, found.image)


def test_large_pictures_need_little_memory() -> None:
    pixels = np.full((6000, 8000), 230, np.uint8)
    pixels[2000:4000, 3900:4200] = 30
    tracemalloc.start()
    found = prepare_symbol(GrayImage(pixels, ()))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not found.blank
    assert most < 150e6


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40))
        | st.sampled_from([(1, 1), (1, 300), (300, 5), (2, 90), (64, 1)]),
        elements=st.sampled_from([0, 255]) | st.integers(0, 255),
    )
)
def test_any_pixels_are_prepared_or_blank(pixels: Pixels) -> None:
    for style in (MNIST_STYLE, Style(size=(9, 17), dark=True)):
        found = prepare_symbol(GrayImage(pixels, ()), style)
        assert found.image.shape == style.size
        assert found.image.dtype == np.uint8
        assert np.isfinite(found.lit)
        empty = 255 if style.dark else 0
        assert found.blank == (found.image == empty).all()
    assert prepare_photograph(GrayImage(pixels, ())).image.shape == (28, 28)


@pytest.mark.parametrize("seed", range(6))
def test_noise_of_any_size_is_prepared_or_blank(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for shape in ((28, 28), (300, 5), (5, 300), (150, 220)):
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        assert prepare_symbol(GrayImage(pixels, ())).image.shape == (28, 28)


def test_what_sources_show() -> None:
    assert kind_of_source("digits") == kind_of_source("mnist") == "writing"
    assert kind_of_source("fashion-mnist") == "photographs"
    assert kind_of_source("some/folder") is None


def test_a_style_is_measured_from_training_images() -> None:
    digits = load_symbols("digits").train.images
    style = style_of(digits)
    assert (style.kind, style.size, style.dark) == ("writing", (28, 28), False)
    assert style.box == pytest.approx(20 / 28, abs=0.02)
    assert style.centre == pytest.approx((0.5, 0.5), abs=0.02)
    assert 0.1 < style.stroke[0] < style.stroke[1] < 0.35
    assert Style.from_mapping(json.loads(json.dumps(style.to_mapping()))) == style
    large = style_of(np.pad(digits, ((0, 0), (10, 18), (14, 14))))
    assert large.size == (56, 56)
    assert large.box == pytest.approx(style.box / 2)


@pytest.mark.realdata
def test_garments_are_measured_as_photographs(real_data: Path) -> None:
    garments = load_symbols("fashion-mnist", data_dir=real_data, offline=True)
    assert style_of(garments.train.images).kind == "photographs"


@pytest.mark.parametrize(
    "change",
    [{"kind": "drawings"}, {"size": [28]}, {"size": [0, 5]}, {"size": [28, 10**9]}, {"box": "wide"},
     {"box": float("nan")}, {"boxes": [1, 2, 3]}, {"stroke": None}, {"dark": 1}, {"blur": -1}],
)  # fmt: skip
def test_a_style_of_a_stranger_is_looked_at(change: dict[str, object]) -> None:
    content = {**MNIST_STYLE.to_mapping(), **change}
    with pytest.raises(DataError, match="is no style of images"):
        Style.from_mapping(content)
    with pytest.raises(DataError, match="is no style of images"):
        Style.from_mapping({})


def test_training_images_that_fill_their_canvas_are_writing_as_well() -> None:
    """Those of USPS and KMNIST leave no margin."""
    digits = load_symbols("digits").train.images
    tight = []
    for image in digits[:400]:
        rows, columns = (np.flatnonzero((image > 60).any(axis)) for axis in (1, 0))
        part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        wide = np.pad(part, ((0, 0), ((max(part.shape) - part.shape[1]) // 2,) * 2))
        tight.append(np.asarray(Image.fromarray(wide).resize((16, 16), Image.Resampling.BOX)))
    images = np.stack(tight)
    style = style_of(images)
    assert style.kind == "writing"
    assert style.box > 0.9
    same = [np.array_equal(prepare_symbol(picture(one), style).image, one) for one in images]
    assert np.mean(same) > 0.98
    found = prepare_symbol(picture(PICTURES["dark on white"]), style).image
    assert found.shape == (16, 16)
    assert found[0].any()


def test_what_is_no_sparse_ink_is_photographs() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (20, 28, 28), dtype=np.uint8)
    bodies = np.zeros((20, 28, 28), np.uint8)
    bodies[:, 5:24, 6:22] = 180
    gray_paper = 200 - load_symbols("digits").train.images[:20] // 2
    blank = np.zeros((20, 28, 28), np.uint8)
    for images in (noise, bodies, gray_paper, blank):
        assert style_of(images).kind == "photographs"
    assert style_of(load_symbols("digits").train.images, "photographs").kind == "photographs"


def test_photographs_are_scaled_without_distortion() -> None:
    coat = np.full((200, 100), 240, np.uint8)
    coat[40:160, 30:70] = 60
    found = prepare_photograph(GrayImage(coat, ("turned as its EXIF says",)))
    assert found.done == ("turned as its EXIF says", "scaled from 100×200 to 28×28 pixels")
    assert (found.image[:, :6] == 240).all()
    rows, columns = (np.flatnonzero((found.image < 150).any(axis)) for axis in (1, 0))
    assert (np.ptp(rows) + 1) / (np.ptp(columns) + 1) == pytest.approx(3, rel=0.2)
    same = prepare_photograph(found_as_picture(found.image))
    assert same.image is found.image
    assert same.done == ()
    assert prepare_photograph(GrayImage(np.full((50, 50), 7, np.uint8), ())).blank


def found_as_picture(image: Pixels) -> GrayImage:
    return GrayImage(image, ())


@pytest.mark.parametrize("mode", ["CMYK", "P", "LA", "1", "YCbCr", "RGB"])
def test_files_of_every_mode_are_the_same_symbol(tmp_path: Path, mode: str) -> None:
    ink = Image.fromarray(np.uint8(255 - 255 * SEVEN))
    if mode == "LA":
        image = Image.merge(
            "LA", (Image.new("L", ink.size), Image.fromarray(np.uint8(255 * SEVEN)))
        )
    else:
        image = ink.convert(mode)
    path = tmp_path / ("seven.tif" if mode in ("CMYK", "YCbCr") else "seven.png")
    image.save(path)
    assert alike(prepare_symbol(read_gray(path)).image, PLAIN.image) > 0.93

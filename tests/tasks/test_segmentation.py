"""Pictures of several symbols become images of a scene, or one line that says what is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted import GrayImage
from glyphlab.data import load_symbols
from glyphlab.data.prepare import MNIST_STYLE, Style, prepare_symbol
from glyphlab.tasks import Scene, load_task, preset
from glyphlab.tasks.scenes.segmentation import prepare_scene

DIGITS = load_symbols("digits").test
CHOSEN = [int(np.flatnonzero(DIGITS.labels == label)[2]) for label in range(10)]
Pixels = NDArray[np.uint8]


def large(label: int, side: int = 84) -> NDArray[np.float64]:
    image = Image.fromarray(DIGITS.images[CHOSEN[label]])
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC), float) / 255


def page(
    height: int, width: int, written: dict[tuple[int, int], int], *, lit: bool = True
) -> GrayImage:
    """Return paper with digits whose upper left corners are given, lit from one side."""
    ink = np.zeros((height, width))
    for (top, left), label in written.items():
        digit = large(label)
        ink[top : top + 84, left : left + 84] += digit
    paper = 225 - 180 * np.clip(ink, 0, 1)
    paper *= np.linspace(0.7, 1, width) if lit else 1
    paper += np.random.default_rng(0).normal(0, 2, paper.shape)
    return GrayImage(np.uint8(np.clip(paper, 0, 255)), ())


ALONE = {
    label: prepare_symbol(page(120, 120, {(18, 18): label}, lit=False)).image for label in range(10)
}


def read(image: Pixels, scene: Scene, least: float = 0.9) -> list[int]:
    """Return which digit alone each position is most alike, in the middle of where it may stand."""
    found = []
    for top, left in zip(scene.rows, scene.columns, strict=True):
        down, right = top + scene.free_y // 2, left + scene.free_x // 2
        cell = image[down : down + scene.cell[0], right : right + scene.cell[1]].astype(float)
        scores = [np.corrcoef(cell.ravel(), ALONE[label].ravel())[0, 1] for label in range(10)]
        assert max(scores) > least
        found.append(int(np.argmax(scores)))
    return found


ROW = {(60, 20): 3, (90, 150): 5, (40, 280): 0}
CASES = {
    "three side by side": (preset("triple"), (220, 390), ROW, [3, 5, 0]),
    "two below each other": (
        preset("addition"), (260, 160), {(10, 50): 4, (140, 30): 7}, [4, 7],
    ),
    "two rows of two": (
        Scene.in_grid("square", 2, 2, gap=(4, 4)),
        (300, 300),
        {(10, 40): 1, (30, 170): 2, (160, 20): 3, (180, 180): 4},
        [1, 2, 3, 4],
    ),
    "two rows of three": (
        Scene.in_grid("six", 2, 3), (260, 400),
        {(10, 10): 9, (20, 140): 8, (5, 280): 7, (150, 20): 6, (140, 150): 5, (160, 270): 4},
        [9, 8, 7, 6, 5, 4],
    ),
    "no rows and columns": (
        Scene("pyramid", 3, (60, 84), (28, 28), (28, 0, 56), (0, 32, 32)),
        (260, 320),
        {(150, 10): 2, (10, 110): 1, (150, 220): 6},
        [1, 2, 6],
    ),
    "one on a larger canvas": (
        Scene("one", 1, (40, 48), (28, 28), (4,), (4,), 8, 16), (150, 220), {(30, 100): 8}, [8],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_symbols_are_found_and_put_where_the_scene_has_them(name: str) -> None:
    scene, size, written, expected = CASES[name]
    found = prepare_scene(page(*size, written), scene)
    assert found.image.shape == scene.canvas
    assert read(found.image, scene) == expected
    assert "inverted" in found.done
    assert (f"{scene.count} symbols found" in found.done) == (scene.count > 1)


@pytest.mark.parametrize(
    ("written", "scene", "said"),
    [
        (ROW, "single", "shows 3 symbols, and an image of 'single' has 1"),
        (ROW, "addition", "shows 3 symbols, and an image of 'addition' has 2"),
        ({(60, 20): 3, (60, 200): 5}, "triple", "shows 2 symbols, and an image of 'triple' has 3"),
        ({(60, 20): 3}, "triple", "shows 1 symbol, and an image of 'triple' has 3"),
        ({(60, 20): 3, (50, 200): 5}, "single", "shows 2 symbols"),
    ],
)
def test_a_wrong_number_of_symbols_is_said(
    written: dict[tuple[int, int], int], scene: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        prepare_scene(page(220, 390, written), preset(scene))


def test_what_helps_is_said_where_the_number_is_wrong() -> None:
    def said(written: dict[tuple[int, int], int], scene: str) -> str:
        with pytest.raises(DataError) as error:
            prepare_scene(page(220, 390, written), preset(scene))
        return str(error.value)

    few = said({(60, 20): 3, (60, 200): 5}, "triple")
    assert few.endswith(": write 3 symbols apart from each other: two that touch count as one")
    assert said(ROW, "single").endswith(": cut it so that it shows one")
    assert said(ROW, "addition").endswith(": cut it so that it shows 2")


@pytest.mark.parametrize(("side", "named"), [(84, True), (110, True), (200, False)])
def test_as_is_is_named_only_where_a_picture_is_small(side: int, named: bool) -> None:
    pixels = np.full((side, side), 230, np.uint8)
    pixels[30:60, 30:36] = 40
    with pytest.raises(DataError, match="shows 1 symbol") as error:
        prepare_scene(GrayImage(pixels, ()), preset("triple"))
    assert ("--as-is for an image of 84×84 pixels" in str(error.value)) == named
    wide = np.full((40, 30), 230, np.uint8)
    wide[10:30, 12:16] = 40
    with pytest.raises(DataError, match="--as-is for an image of 28×56 pixels"):
        prepare_scene(GrayImage(wide, ()), preset("addition"))


@pytest.mark.parametrize(
    ("size", "written", "scene", "said"),
    [
        ((390, 180), {(20, 40): 2, (140, 52): 7, (260, 34): 1}, "triple",
         "found 3 symbols one below another, the scene 'triple' has them side by side"),
        ((300, 300), {(30, 30): 2, (30, 170): 7, (170, 100): 1}, "triple",
         "found 3 symbols in 2 rows, the scene 'triple' has them side by side"),
        ((160, 320), {(40, 30): 4, (45, 180): 7}, "addition",
         "found 2 symbols side by side, the scene 'addition' has them one below another"),
    ],
)  # fmt: skip
def test_symbols_that_stand_otherwise_are_refused(
    size: tuple[int, int], written: dict[tuple[int, int], int], scene: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        prepare_scene(page(*size, written), preset(scene))


@pytest.mark.parametrize("slope", [-0.36, 0.36])
def test_a_sloped_row_is_read_in_order(slope: float) -> None:
    written = {(round(120 + slope * (left - 190)), left): k for left, k in
               ((30, 3), (150, 5), (290, 0))}  # fmt: skip
    assert read(prepare_scene(page(330, 400, written), preset("triple")).image,
                preset("triple")) == [3, 5, 0]  # fmt: skip


def unequal(width: int, height: int, *written: tuple[int, int, int, int]) -> GrayImage:
    """Return paper with digits: which one, how high, and the row and column of its upper left."""
    ink = np.zeros((height, width))
    for label, high, top, left in written:
        digit = large(label, round(1.4 * high))
        rows, columns = (np.flatnonzero((digit > 0.4).any(axis)) for axis in (1, 0))
        digit = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        place = ink[top : top + digit.shape[0], left : left + digit.shape[1]]
        place += digit
    paper = 225 - 180 * np.clip(ink, 0, 1)
    paper += np.random.default_rng(0).normal(0, 2, paper.shape)
    return GrayImage(np.uint8(np.clip(paper, 0, 255)), ())


def test_digits_of_different_sizes_are_all_found() -> None:
    three = unequal(900, 450, (2, 180, 110, 60), (5, 300, 70, 330), (6, 90, 160, 720))
    found = prepare_scene(three, preset("triple"))
    assert read(found.image, preset("triple"), 0.8) == [2, 5, 6]
    assert not any("left out" in one for one in found.done)


@pytest.mark.parametrize("small", range(10))
def test_a_small_digit_counts(small: int) -> None:
    four = unequal(
        1100, 400, (2, 240, 80, 50), (5, 240, 80, 330), (6, 240, 80, 610), (small, 70, 170, 900)
    )
    with pytest.raises(DataError, match="shows 4 symbols, and an image of 'triple' has 3"):
        prepare_scene(four, preset("triple"))
    power = unequal(500, 400, (3, 240, 90, 60), (small, 80, 60, 280))
    with pytest.raises(DataError, match="shows 2 symbols, and an image of 'single' has 1"):
        prepare_scene(power, preset("single"))


@pytest.mark.parametrize(("count", "said"), [(0, None), (1, "1 small part"), (3, "3 small parts")])
def test_specks_that_are_left_out_are_said(count: int, said: str | None) -> None:
    pixels = page(220, 390, ROW, lit=False).pixels.copy()
    for number in range(count):
        pixels[190:196, 60 + 110 * number : 66 + 110 * number] = 40
    found = prepare_scene(GrayImage(pixels, ()), preset("triple"))
    assert read(found.image, preset("triple")) == [3, 5, 0]
    assert [one for one in found.done if "left out" in one] == (
        [f"{said} left out"] if said else []
    )


def test_what_is_no_symbol_is_left_out_though_it_is_long() -> None:
    pixels = unequal(500, 400, (3, 240, 60, 60)).pixels.copy()
    pixels[330:334, 330:420] = 40  # a line
    y, x = np.mgrid[:400, :500]
    pixels[np.hypot(y - 60, x - 420) < 30] = 40  # a blot
    found = prepare_scene(GrayImage(pixels, ()), preset("single"))
    assert "2 small parts left out" in found.done
    assert not found.blank


def test_a_bar_that_stands_apart_is_part_of_its_symbol() -> None:
    ink = np.zeros((200, 420))
    for left in (40, 160, 280):
        ink[60:130, left : left + 10] = 1  # a stem
        ink[60:70, left + 14 : left + 60] = 1  # and a bar that does not touch it
    found = prepare_scene(GrayImage(np.uint8(230 - 180 * ink), ()), preset("triple"))
    for left in (0, 28, 56):
        cell = found.image[:, left : left + 28]
        assert np.ptp(np.flatnonzero((cell > 127).any(0))) > 10


@pytest.mark.parametrize(("apart", "count"), [(6, 1), (40, 2)])
def test_the_ends_of_a_broken_stroke_are_one_symbol(apart: int, count: int) -> None:
    ink = np.zeros((200, 300))
    ink[60:120, 100:110] = ink[120 + apart : 170 + apart, 100:110] = 1
    picture = GrayImage(np.uint8(np.pad(230 - 180 * ink, 20, constant_values=230)), ())
    if count == 1:
        assert not prepare_scene(picture, preset("single")).blank
    else:
        with pytest.raises(DataError, match="shows 2 symbols"):
            prepare_scene(picture, preset("single"))


@pytest.mark.parametrize("apart", [3, 8, 25])
def test_symbols_side_by_side_are_not_one(apart: int) -> None:
    ink = np.zeros((200, 300))
    y, x = np.mgrid[:200, :300]
    for left in (60, 110 + apart):
        ink[np.abs(np.hypot((y - 95) / 35, (x - left - 25) / 25) - 0.85) < 0.15] = 1
    with pytest.raises(DataError, match="shows 2 symbols"):
        prepare_scene(GrayImage(np.uint8(230 - 180 * ink), ()), preset("single"))


@pytest.mark.parametrize("name", ["triple", "addition"])
def test_images_of_the_scene_come_out_bit_for_bit(name: str) -> None:
    task = load_task(name, per_label=1) if name == "triple" else load_task(name)
    for image in task.test.images[:50]:
        found = prepare_scene(GrayImage(image, ()), task.scene)
        assert found.image is image
        assert found.done == ()
        inverted = prepare_scene(GrayImage(255 - image, ()), task.scene)
        assert np.array_equal(inverted.image, image)
        assert inverted.done == ("inverted",)


def test_an_image_with_a_symbol_missing_is_none_of_the_scene() -> None:
    image = load_task("triple", per_label=1).test.images[0].copy()
    image[:, 28:56] = 0
    with pytest.raises(DataError, match="shows 2 symbols"):
        prepare_scene(GrayImage(image, ()), preset("triple"))


def test_dark_scenes_get_dark_ink() -> None:
    bright = prepare_scene(page(220, 390, ROW), preset("triple"))
    dark = prepare_scene(page(220, 390, ROW), preset("triple"), replace(MNIST_STYLE, dark=True))
    assert np.array_equal(dark.image, 255 - bright.image)
    assert "inverted" in bright.done
    assert "inverted" not in dark.done
    board = GrayImage(255 - page(220, 390, ROW).pixels, ())
    assert "inverted" not in prepare_scene(board, preset("triple")).done
    chalk = prepare_scene(board, preset("triple"), replace(MNIST_STYLE, dark=True))
    assert "inverted" in chalk.done


def test_nothing_written_is_blank() -> None:
    paper = np.random.default_rng(0).normal(220, 3, (100, 200)).astype(np.uint8)
    for pixels in (paper, np.zeros((84, 84), np.uint8)):
        found = prepare_scene(GrayImage(pixels, ()), preset("triple"))
        assert found.blank
        assert found.image.shape == (84, 84)
        assert not found.image.any()


def test_photographs_are_scaled_as_a_whole() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (168, 168), dtype=np.uint8)
    found = prepare_scene(GrayImage(pixels, ()), preset("triple"), Style("photographs"))
    assert found.image.shape == (84, 84)
    assert found.done == ("scaled from 168×168 to 84×84 pixels",)
    wide = prepare_scene(GrayImage(pixels[:100], ()), preset("addition"), Style("photographs"))
    assert wide.done == ("scaled from 168×100 to 28×56 pixels",)


def test_steps_show_each_symbol() -> None:
    found = prepare_scene(page(220, 390, ROW), preset("triple"), steps=True)
    names = [step.name for step in found.steps]
    assert names[:3] == ["picture", "light on the paper", "ink"]
    assert names.count("fitted and centred") == 3


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60)),
        elements=st.sampled_from([0, 255]) | st.integers(0, 255),
    ),
    st.sampled_from(["single", "triple", "addition"]),
)  # fmt: skip
def test_any_pixels_are_prepared_or_refused(pixels: Pixels, name: str) -> None:
    scene = preset(name)
    try:
        found = prepare_scene(GrayImage(pixels, ()), scene)
    except DataError:
        return
    assert found.image.shape == scene.canvas
    assert found.image.dtype == np.uint8

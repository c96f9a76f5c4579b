import base64
import io
import itertools
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import UsageError
from glyphlab._common.registry import AUGMENTATIONS
from glyphlab.metrics import SizeAtLevel
from glyphlab.reporting import (
    augmentation_figure,
    confusion_figure,
    curve_grid,
    digit_figure,
    error_gallery,
    image_grid,
    image_rows,
    interval_figure,
    label_grid,
    learning_figure,
    overlap_figure,
    pair_grid,
    parameters_figure,
    sweep_figure,
)
from glyphlab.reporting.pictures.image_rows import contact_sheet
from glyphlab.reporting.plots.canvas import drawing, legend_above, settle_ticks
from glyphlab.reporting.plots.scale import accuracy_axis, stretching_helps

ROWS = [
    {"name": "a & <b>", "mean": 0.0, "low": 0.0, "high": 0.002},
    {"name": "price $5 to $6", "mean": 0.99, "low": 0.985, "high": 1.0},
]
COUNTS = np.diag([90, 95, 100]) + np.array([[0, 7, 0], [0, 0, 3], [0, 0, 0]])
PANEL = {"training": [[0.5, 0.9], [0.6, 0.92]], "validation": [[0.7, 0.8], [0.7, 0.85, 0.9]]}
SIZES = {
    f"{first}, {second}": (first * 784 + second, score, score - 0.002, score + 0.002)
    for first, score in ((10, 0.93), (30, 0.97), (100, 0.975), (200, 0.98))
    for second in (10, 100, 200)
}
ESTIMATE = SizeAtLevel(25_000.0, 21_000.0, 29_000.0, 5, True)
SWEEP = {"a": {1e-8: [0.97, 0.98], 1e-2: [0.91]}, "b": {1e-4: [0.5, 0.6]}}
FIGURES = {
    "grid": lambda: curve_grid({f"<{n}>": PANEL for n in range(10)}, "accuracy"),
    "one epoch grid": lambda: curve_grid({"a": {"training": [[0.5]], "validation": [[]]}}, "x"),
    "losses": lambda: curve_grid({"a": PANEL, "b": PANEL}, "loss", share=False),
    "sweep": lambda: sweep_figure(SWEEP, "strength", "accuracy", log=True, marks={"m": 0.9}),
    "depth": lambda: sweep_figure({"a": {1: [0.97], 2: [0.98], 3: [0.979]}}, "layers", "accuracy"),
    "sizes": lambda: parameters_figure(SIZES, "accuracy", level=0.97, estimate=ESTIMATE),
    "few sizes": lambda: parameters_figure({"a": (1, 0.0, 0.0, 0.1), "b": (9, 1, 1, 1)}, "x"),
    "gallery": lambda: error_gallery(np.zeros((2, 8, 8)), ["<", "1"], ["b", "2"], [0.5, 1.0]),
    "interval": lambda: interval_figure(ROWS),
    "learning": lambda: learning_figure({"a": [[0.1, 0.9], [0.2, 0.95, 0.97]], "b": [[]]}, "exact"),
    "one epoch": lambda: learning_figure({"a": [[1.0]]}, "exact"),
    "digit": lambda: digit_figure({"a": [[0.9, 1.0, np.nan]], "b": [[0.5, 0.8, 0.1]]}, "012"),
    "confusion": lambda: confusion_figure(COUNTS, "012"),
    "labels": lambda: label_grid({"train": [0, 1, 2], "test": [5]}, 10),
    "overlap": lambda: overlap_figure({"published": 0.94, "disjoint": 0.0}),
    "interval of three": lambda: interval_figure([{**ROWS[1], "each": [0.98, 0.99, 1.0]}]),
    "rows": lambda: image_rows({"a\nnone": np.zeros((2, 6, 9)), "<": np.ones((2, 6, 9))}, "12", 3),
    "augmented": lambda: augmentation_figure(
        np.eye(30, dtype=np.uint8) * 255, ["none", "columns"], 3
    ),
    "images": lambda: image_grid(
        np.eye(8, dtype=np.uint8)[None].repeat(3, 0) * 255, ["1", "", "<"]
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_whole_named_and_the_same_every_time(name):
    settings = dict(mpl.rcParams)
    text = FIGURES[name]()
    assert text == FIGURES[name]()
    assert dict(mpl.rcParams) == settings
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert root.get("aria-label")
    assert "<style" not in text
    assert "<metadata" not in text
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert "var(--" in text


def test_ids_are_only_those_that_something_points_to():
    text = FIGURES["learning"]()
    used = set(re.findall(r"(?:url\(|href=\")#([\w-]+)", text))
    assert used
    assert set(re.findall(r' id="([^"]+)"', text)) == used


def test_text_stays_text_and_names_are_escaped():
    text = interval_figure(ROWS)
    words = [node.text for node in ET.fromstring(text).iter() if node.tag.endswith("text")]
    assert "a & <b>" in words
    assert "price $5 to $6" in words
    assert "exact match" in words


def test_the_scale_names_what_is_shown():
    near = interval_figure([{"name": "a", "mean": 0.99, "low": 0.985, "high": 0.992}])
    assert "99 %" in near
    assert "50 %" not in near
    wide = interval_figure(ROWS)
    assert "50 %" in wide
    assert "stretched" not in wide  # two values far from each other are seen on a linear axis


def test_an_axis_is_stretched_only_where_that_helps_and_says_so():
    def of(*means):
        return interval_figure([{"name": "m", "mean": m, "low": m, "high": m} for m in means])

    assert "exact match (stretched towards 100 %)" in words_of(of(0.0, 0.968, 0.991))
    assert not stretching_helps([0.3, 0.5, 0.7])
    assert not stretching_helps([0.95, 0.96, 0.97])
    assert not stretching_helps([0.0, 0.99])
    assert "exact match" in words_of(of(0.95, 0.96, 0.97))
    curves = {"a": [[0.0, 0.96, 0.99]]}
    assert not any("stretched" in str(word) for word in words_of(learning_figure(curves, "x")))


def label_boxes(figure, axis):
    figure.draw_without_rendering()
    return [
        label.get_window_extent()
        for label, place in zip(axis.get_majorticklabels(), axis.get_majorticklocs(), strict=True)
        if label.get_text() and axis.get_view_interval()[0] <= place <= axis.get_view_interval()[1]
    ]


@pytest.mark.parametrize("seed", range(12))
def test_no_two_numbers_of_an_axis_lie_on_each_other(seed):
    rng = np.random.default_rng(seed)
    with drawing(float(rng.uniform(120, 700)), float(rng.uniform(90, 400))) as figure:
        axes = figure.subplots()
        low = float(rng.uniform(0, 1))
        high = min(1.0, low + float(10 ** rng.uniform(-3, 0)))
        shown = sorted(rng.uniform(low, high, 5))
        accuracy_axis(axes.yaxis, shown, shown)
        first = float(10 ** rng.uniform(0, 6))
        axes.set_xlim(first, first * float(10 ** rng.uniform(0.1, 4)))
        axes.set_xscale("log" if rng.random() < 0.5 else "linear")
        places = np.geomspace(*axes.get_xlim(), int(rng.integers(2, 30)))
        axes.set_xticks(places, [f"{place:,.0f}" for place in places])
        axes.minorticks_off()
        settle_ticks(figure)
        for axis, ends in ((axes.xaxis, ("x0", "x1")), (axes.yaxis, ("y0", "y1"))):
            boxes = sorted([getattr(box, end) for end in ends] for box in label_boxes(figure, axis))
            assert all(a[1] <= b[0] + 0.01 for a, b in itertools.pairwise(boxes))
            assert boxes


def test_errors_stand_out_by_how_many_they_are():
    text = confusion_figure(COUNTS, "012")
    assert text.count("var(--warm") == 4  # two kinds of error, and two colours of the key
    depths = [float(found) for found in re.findall(r"opacity: (0\.\d+)", text)]
    assert max(depths) == pytest.approx(0.6)  # its number is readable, light and dark
    words = words_of(text)
    assert {"93", "97", "100", "7", "3"} <= set(words)  # per cent of each row
    assert "7.2 % wrongly" in words
    assert "3.39%" in ET.fromstring(text).get("aria-label")


def test_pictures_come_through_unchanged():
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 56), dtype=np.uint8)
    text = image_grid(images, list("abcde"), columns=3)
    found = re.findall(r'href="data:image/png;base64,([^"]+)"', text)
    back = [np.array(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]
    np.testing.assert_array_equal(back, images)


def words_of(text):
    return [node.text for node in ET.fromstring(text).iter() if node.tag.endswith("text")]


def test_small_multiples_name_every_chart_and_share_one_scale():
    words = words_of(FIGURES["grid"]())
    assert [word for word in words if word and word.startswith("<")] == [
        f"<{n}>" for n in range(10)
    ]
    assert words.count("epoch") == words.count("accuracy") == 1
    assert words.count("training") == words.count("validation") == 1
    assert words.count("80 %") == 2  # the two rows' first charts; the others follow them


def test_small_multiples_draw_as_far_as_every_seed_got():
    longer = {"training": [[0.5, 0.9, 0.95], [0.6, 0.92]]}
    even = {"training": [[0.5, 0.9], [0.6, 0.92]]}
    assert curve_grid({"a": longer}, "x") == curve_grid({"a": even}, "x")


def test_a_long_title_is_cut_so_that_it_does_not_run_into_the_next():
    words = words_of(curve_grid({"x" * 60: PANEL, **{str(n): PANEL for n in range(3)}}, "y"))
    assert any(word and word.endswith("…") and len(word) < 25 for word in words)


def test_losses_stand_on_plain_numbers():
    words = words_of(curve_grid({"a": {"training": [[2.0, 0.3]]}}, "loss", share=False))
    assert {"0.5", "1", "2"} <= set(words)
    assert not any(word and "%" in word for word in words)


def test_a_sweep_names_its_numbers_its_lines_and_its_marks():
    words = words_of(FIGURES["sweep"]())
    assert {"1e−8", "1e−4", "0.01", "strength", "a", "b", "m"} <= set(words)
    assert {"1", "2", "3"} <= set(words_of(FIGURES["depth"]()))


def test_every_model_is_named_beside_its_parameters_and_no_name_strikes_another():
    text = FIGURES["sizes"]()
    names = {
        node.text: [float(n) for n in re.findall(r"-?[\d.]+", node.get("transform") or "")]
        for node in ET.fromstring(text).iter()
        if node.tag.endswith("text") and node.text in SIZES
    }
    assert set(names) == set(SIZES)
    places = [(where[-2], where[-1], 5.2 * len(name)) for name, where in names.items()]
    for one, (x, y, wide) in enumerate(places):
        for x2, y2, wide2 in places[:one]:
            assert abs(y - y2) > 9 or x + wide < x2 or x2 + wide2 < x


def test_a_reading_is_drawn_only_where_it_lies_between_the_models():
    assert "97 % at 25,000" in FIGURES["sizes"]()
    outside = SizeAtLevel(25_000.0, 21_000.0, 29_000.0, 5, False)
    text = parameters_figure(SIZES, "accuracy", level=0.97, estimate=outside)
    assert "25,000" not in text
    assert text.count("stroke-dasharray") == 1  # the level is marked all the same


def test_a_narrow_range_of_accuracies_still_has_three_numbers():
    words = words_of(sweep_figure({"a": {1: [0.9705], 2: [0.979]}}, "layers", "accuracy"))
    assert sum(bool(word and word.endswith(" %")) for word in words) >= 3


def test_a_gallery_says_what_each_is_and_was_taken_for():
    images = np.random.default_rng(0).integers(0, 256, (3, 9, 7), dtype=np.uint8)
    text = error_gallery(images, ["coat", "a", "<"], ["ankle boot", "b", "c"], [0.5, 0.999, 1], 2)
    found = re.findall(r'href="data:image/png;base64,([^"]+)"', text)
    back = [np.array(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]
    np.testing.assert_array_equal(back, images)
    root = ET.fromstring(text)
    assert "coat predicted as ankle boot" in root.get("aria-label")
    assert {"coat", "ankle boot", "50.0 %", "99.9 %", "<"} <= {node.text for node in root.iter()}
    with pytest.raises(UsageError, match="one of each an image"):
        error_gallery(images, ["a"], ["b"], [0.5])


def test_a_contact_sheet_shows_every_class() -> None:
    images = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((6, 9), np.uint8)
    names = [f"letters of the alphabet, {kind}" for kind in ("small", "large", "curly")]
    root = ET.fromstring(contact_sheet(images, [0, 1, 2], names))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}image"))) == 3
    assert [node.text for node in root.iter() if node.text and "image" in node.text] == [
        "1 image"
    ] * 3


def test_rows_of_images_are_told_apart_and_cut_into_columns() -> None:
    images = np.arange(2 * 6 * 9, dtype=np.uint8).reshape(2, 6, 9)
    text = image_rows({"as it is\nnone": images, "turned": images[:, ::-1]}, ["left", "right"], 3)
    root = ET.fromstring(text)
    shown = [e.get("href") for e in root.iter("{http://www.w3.org/2000/svg}image")]
    decoded = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(one.split(",")[1])))) for one in shown
    ]
    np.testing.assert_array_equal(decoded, [*images, *images[:, ::-1]])
    borders = [e.get("d") for e in root.iter("{http://www.w3.org/2000/svg}path")]
    assert len(borders) == 2 * len(decoded)
    assert borders[0].startswith("M136 ")  # a third of 96 pixels right of the first image's 104
    for word in ("as it is", "none", "turned", "left", "right"):
        assert f">{word}<" in text
    assert "2 images each: as it is, turned" in root.get("aria-label")


def test_what_an_augmentation_leaves_is_drawn() -> None:
    image = np.zeros((30, 30), np.uint8)
    image[8:22, 12:18] = 255
    root = ET.fromstring(augmentation_figure(image, ["none", "affine"], 3))
    shown = [e.get("href") for e in root.iter("{http://www.w3.org/2000/svg}image")]
    assert len(set(shown[:4])) == 1
    assert len({*shown[4:], shown[0]}) == 5


def test_every_augmentation_has_a_name_for_its_picture() -> None:
    image = np.full((28, 28), 200, np.uint8)
    kinds = [*AUGMENTATIONS, "flip+roll+erase"]
    text = "".join(ET.fromstring(augmentation_figure(image, kinds, 1)).itertext())
    assert "mirrored, rolled, a square out" in text
    for kind in kinds:
        assert kind in text


@pytest.mark.parametrize(
    "names",
    [
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
         "Ankle boot"],
        [f"{number}" for number in range(62)],
        ["お", "き", "$x$ and $y$", "<b>", "a" * 255],
    ],
    ids=["garments", "62 classes", "names of strangers"],
)  # fmt: skip
def test_class_names_of_any_length_stand_on_the_axes(names: list[str]) -> None:
    count = len(names)
    matrix = ET.fromstring(confusion_figure(np.eye(count, dtype=int), names))
    by_class = ET.fromstring(digit_figure({"a": np.full((2, count), 0.5)}, names))
    shown = [name if len(name) <= 18 else name[:17] + "…" for name in names]
    for figure, times in ((matrix, 2), (by_class, 1)):
        texts = [node.text for node in figure.iter() if node.text]
        assert all(texts.count(name) >= times for name in shown)


def test_short_names_stand_upright_and_long_ones_do_not() -> None:
    upright = digit_figure({"a": np.full((1, 10), 0.5)}, "0123456789")
    turned = digit_figure({"a": np.full((1, 10), 0.5)}, [f"garment {n}" for n in range(10)])
    assert turned.count("rotate(-90") - upright.count("rotate(-90") == 10


def test_a_name_too_long_for_its_image_is_cut_and_said_whole_elsewhere() -> None:
    long = "T-shirt/top, Ankle boot, Sneaker"
    root = ET.fromstring(image_grid(np.zeros((2, 8, 8)), [long, "042"]))
    texts = [node.text for node in root.iter() if node.text]
    assert any(text.endswith("…") for text in texts)
    assert "042" in texts
    assert long in str(root.get("aria-label"))


@pytest.mark.parametrize(("names", "columns"), [("abcdef", 4), (["a rather long name"] * 6, 2)])
def test_every_series_is_named_within_the_figure(names, columns):
    with drawing(400, 240) as figure:
        axes = figure.subplots()
        for name in names:
            axes.plot([0, 1], label=name)
        legend_above(figure)
        (legend,) = figure.legends
        assert legend.get_window_extent().width <= 400
        tops = [text.get_window_extent().y0 for text in legend.get_texts()]
        assert len(tops) / len(set(np.round(tops))) == pytest.approx(columns, abs=1)


def test_shares_by_pair_are_written_and_gaps_stay_empty() -> None:
    table = np.array([[0.5, np.nan], [1.0, 0.0]])
    root = ET.fromstring(
        pair_grid({"one": table, "other": 1 - table}, ["3", "5"], "up", "down", "p")
    )
    words = [text.strip() for text in root.itertext() if text.strip()]
    for number in ("50", "100", "0", "3", "5", "one", "other", "up", "down"):
        assert number in words
    assert "nan" not in "".join(words)
    assert root.get("aria-label") == (
        "p by up and down, in percent: one 50.0%, other 50.0% on the mean"
    )

"""Numbers of several digits, each glyph once, and the pairs of the addition report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import SceneError, UnknownName, UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.tasks import load_task, preset
from glyphlab.tasks.arithmetic import of_numbers
from glyphlab.tasks.labels import RULES, labels_of

SYMBOLS = numpy_rng(0).integers(0, 10, (40, 4))


def written(row: list[int], digits: int) -> list[int]:
    """The numbers that symbols write, by their decimal notation."""
    text = "".join(map(str, row))
    return [int(text[at : at + digits]) for at in range(0, len(text), digits)]


@pytest.mark.parametrize("digits", [1, 2, 4])
def test_labels_are_reckoned_from_the_numbers(digits: int) -> None:
    numbers = [written(row, digits) for row in SYMBOLS.tolist()]
    sums, products, differences = (
        labels_of(rule, SYMBOLS, digits).tolist() for rule in ("sum", "product", "difference")
    )
    assert sums == [sum(row) for row in numbers]
    assert products == [int(np.prod(row)) for row in numbers]
    assert differences == [row[0] - sum(row[1:]) for row in numbers]
    assert labels_of("digits", SYMBOLS, digits) is SYMBOLS


def test_fifteen_digits_fit() -> None:
    nines = np.full((1, 30), 9)
    assert labels_of("sum", nines, 15).tolist() == [2 * (10**15 - 1)]


@pytest.mark.parametrize("digits", [18, 19, 20])
@pytest.mark.parametrize("rule", ["addition", "product", "difference"])
def test_numbers_longer_than_int64(rule: str, digits: int) -> None:
    derive = {"addition": int.__add__, "product": int.__mul__, "difference": int.__sub__}[rule]
    task = load_task(rule, digits=digits, without_glyph_reuse=True)
    for split in task.splits.values():
        assert len(split)
        numbers = [written(row, digits) for row in split.symbols.tolist()]
        assert split.labels.tolist() == [derive(*pair) for pair in numbers]
        assert (split.labels.dtype == object) == (rule == "product" or digits > 18)
    audit = task.audit()
    known = {name: set(split.labels.tolist()) for name, split in task.splits.items()}
    assert audit.label_overlap["train_test"] == len(known["train"] & known["test"])
    assert audit.balance["train"].labels == len(known["train"])
    assert audit.ceilings["sum"] == 1
    assert not audit.leaks
    few = task.with_train_images(3)
    assert set(few.train.labels.tolist()) <= known["train"]


def test_a_thousand_digits_are_the_most() -> None:
    assert of_numbers(preset("addition"), 1000).count == 2000
    with pytest.raises(UsageError, match="use another number of digits"):
        of_numbers(preset("addition"), 1001)


def test_the_scene_of_numbers() -> None:
    scene = of_numbers(preset("addition"), 3)
    assert (scene.count, scene.canvas, scene.digits) == (6, (56, 84), 3)
    assert scene.columns == (0, 28, 56) * 2
    assert scene.rows == (0, 0, 0, 28, 28, 28)
    assert not scene.may_overlap


@pytest.mark.parametrize("digits", [1, 3])
def test_each_glyph_stands_on_one_image(digits: int) -> None:
    task = load_task("addition", digits=digits, without_glyph_reuse=True)
    for name, split in task.splits.items():
        assert len(split) == len(task.pools[name]) // (2 * digits)
        assert len(np.unique(split.glyph_ids)) == split.glyph_ids.size
        assert split.labels.tolist() == [
            sum(written(row, digits)) for row in split.symbols.tolist()
        ]
    assert not task.audit().leaks
    assert "each glyph on one image" in task.protocol
    again = load_task("addition", digits=digits, without_glyph_reuse=True)
    np.testing.assert_array_equal(task.train.images, again.train.images)
    other = load_task("addition", digits=digits, without_glyph_reuse=True, seed=1)
    assert not np.array_equal(task.train.images, other.train.images)


def test_the_images_show_their_glyphs() -> None:
    task = load_task("addition", digits=2, without_glyph_reuse=True)
    pool = task.pools["test"]
    by_id = {int(one): image for one, image in zip(pool.ids, pool.images, strict=True)}
    for image, ids in zip(task.test.images[:5], task.test.glyph_ids[:5].tolist(), strict=True):
        rows = [np.hstack([by_id[one] for one in line]) for line in (ids[:2], ids[2:])]
        np.testing.assert_array_equal(image, np.vstack(rows))


def test_all_glyphs_may_be_for_training() -> None:
    task = load_task("addition", without_glyph_reuse=True, validation_glyph_fraction=0)
    assert len(task.val) == 0
    assert len(task.train) == len(task.pools["train"]) // 2


def test_the_pairs_of_the_report() -> None:
    task = load_task("addition", as_published=True)
    images = len(task.pools["train"])
    assert (len(task.train) + len(task.val), len(task.val)) == (images, round(images * 0.2))
    assert len(task.test) == len(task.pools["test"])
    counts = np.unique(task.train.glyph_ids, return_counts=True)[1]
    assert counts.max() > 1  # with replacement
    said = " ".join(task.audit().leaks)
    assert "validation glyphs occur in training" in said
    assert "test glyphs occur in training by id" not in said
    assert not np.intersect1d(task.train.glyph_ids, task.test.glyph_ids).size


@pytest.mark.parametrize("name", ["product", "difference"])
def test_other_rules(name: str) -> None:
    task = load_task(name)
    left, right = task.train.symbols.T
    expected = left * right if name == "product" else left - right
    np.testing.assert_array_equal(task.train.labels, expected)


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "digits of no number": ({"name": "triple", "digits": 2}, UsageError, "has no numbers"),
    "no digits": ({"digits": 0}, UsageError, "expected at least 1"),
    "too many digits": (
        {"without_glyph_reuse": True, "digits": 1001},
        UsageError,
        "1,001 digits, .* most 1,000",
    ),
    "far too many digits": (
        {"without_glyph_reuse": True, "digits": 10**15},
        UsageError,
        "at most 1,000",
    ),
    "once by label": ({"without_glyph_reuse": True, "per_label": 3}, UsageError, "--per-label out"),
    "once with glyphs in common": (
        {"without_glyph_reuse": True, "glyphs": "shared"},
        UsageError,
        "--glyphs",
    ),
    "report with other glyphs": (
        {"as_published": True, "glyphs": "disjoint"},
        UsageError,
        "leave --glyphs out",
    ),
    "report by label": ({"as_published": True, "per_label": 2}, UsageError, "--per-label out"),
    "report once": (
        {"as_published": True, "without_glyph_reuse": True},
        UsageError,
        "--without-glyph-reuse out",
    ),
    "labels nobody counts": (
        {"digits": 4, "labels": "disjoint"},
        SceneError,
        "too many to be counted",
    ),
    "so many of labels nobody counts": ({"digits": 4, "per_label": 1}, UsageError, "--images"),
    "too long for the glyphs": (
        {"without_glyph_reuse": True, "digits": 400},
        SceneError,
        "use fewer digits",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant(case: str) -> None:
    options, error, said = WRONG[case]
    with pytest.raises(error, match=said):
        load_task(**{"name": "addition", **options})


def test_nothing_is_drawn_twice_where_glyphs_stand_once() -> None:
    with pytest.raises(UsageError, match="--redraw out"):
        load_task("addition", without_glyph_reuse=True).redraw(0)


def test_a_scene_knows_the_rules() -> None:
    assert set(RULES) == {"difference", "digits", "product", "signed-sum", "sum"}
    with pytest.raises(UnknownName, match="did you mean 'product'"):
        preset("prodcut")
    with pytest.raises(SceneError, match="numbers of 3 digits"):
        type(preset("addition"))("x", 2, (56, 28), (28, 28), (0, 0), (0, 28), rule="sum", digits=3)


def test_fewer_training_images_are_some_of_more() -> None:
    task = load_task("addition", as_published=True)
    few, more = (task.with_train_images(count) for count in (20, 200))
    assert (len(few.train), len(more.train)) == (20, 200)
    assert {bytes(image) for image in few.train.images} <= {
        bytes(image) for image in more.train.images
    }
    np.testing.assert_array_equal(few.val.images, task.val.images)
    np.testing.assert_array_equal(task.with_train_images(len(task.train)).train.images,
                                  task.train.images)  # fmt: skip
    for count in (0, len(task.train) + 1):
        with pytest.raises(UsageError, match="expected from 1 to all of them"):
            task.with_train_images(count)

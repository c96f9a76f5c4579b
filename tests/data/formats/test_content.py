"""Symbols of what a reader found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import DataError
from glyphlab.data.formats.content import Content, Part, symbols_of

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 3, 4), dtype=np.uint8)
HERE = Path("here")


def part(labels: list[int], first: int = 0) -> Part:
    return Part(IMAGES[first : first + len(labels)], np.array(labels, np.int64))


def test_ids_count_training_then_test() -> None:
    found = symbols_of("mine", HERE, Content(("a", "b"), part([0, 1]), part([1, 0], 2), "CC0"))
    assert found.train.ids.tolist() == [0, 1]
    assert found.test.ids.tolist() == [2, 3]
    assert (found.name, found.train.origin, found.train.licence) == ("mine", "mine", "CC0")
    assert found.train.remarks == ()


def test_a_division_is_said_and_ids_stay_places() -> None:
    found = symbols_of("mine", HERE, Content(("a", "b"), part([0, 1] * 5), None))
    assert sorted([*found.train.ids, *found.test.ids]) == list(range(10))
    for one in (found.train, found.test):
        np.testing.assert_array_equal(one.images, IMAGES[one.ids])
        assert one.remarks == (
            "no test images of its own: 2 of 10 are taken for test, 20% of each class, chosen by "
            "their content",
        )


def test_classes_of_one_image_leave_nothing_to_test_on() -> None:
    found = symbols_of("mine", HERE, Content(("a", "b"), part([0, 1]), None))
    assert (len(found.train), len(found.test)) == (2, 0)
    assert "none is taken for test" in found.train.remarks[0]


def test_absent_classes_are_named() -> None:
    names = tuple(f"class {number}" for number in range(3))
    found = symbols_of("mine", HERE, Content(names, part([0, 1]), part([1], 2)))
    assert found.train.remarks == (
        "no training image of class 2", "no test image of class 0, class 2",
    )  # fmt: skip


def test_remarks_can_be_shown() -> None:
    content = Content(("a",), part([0]), part([0], 1), remarks=("left out: a\x1b[2J\udcff",))
    (remark,) = symbols_of("mine", HERE, content).train.remarks
    assert remark.isprintable()
    remark.encode()


def test_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="here: holds no labelled image"):
        symbols_of("mine", HERE, Content(("a",), part([]), None))

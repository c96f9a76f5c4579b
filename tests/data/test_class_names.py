"""What classes are called, and labels in these names."""

from __future__ import annotations

import pytest

from glyphlab.data.class_names import (
    LONGEST_NAME,
    in_class_order,
    label_text,
    numbered,
    own_names,
)

ONE_TO_TEN = tuple(str(number) for number in range(1, 11))
GARMENTS = ("T-shirt/top", "Bag", "Ankle boot")


def test_numbers_keep_their_value() -> None:
    assert in_class_order(["10", "9", "1", "2"]) == ["1", "2", "9", "10"]
    assert in_class_order(["010", "1", "01"]) == ["01", "1", "010"]


def test_names_with_a_word_among_them_are_in_the_order_of_text() -> None:
    assert in_class_order(["b", "10", "9"]) == ["10", "9", "b"]
    assert in_class_order(["²", "10", "9"]) == ["10", "9", "²"]


@pytest.mark.parametrize(
    ("row", "names", "text"),
    [
        ([0, 4, 2], numbered(10), "042"),
        ([9], ONE_TO_TEN, "10"),
        ([9, 0], ONE_TO_TEN, "10, 1"),
        ([1, 2], GARMENTS, "Bag, Ankle boot"),
        ([25, 0], tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "ZA"),
        ([1, 1], numbered(11), "1, 1"),
        ([18], numbered(10), "18"),  # a sum of digits, which is no class
        ([-7], numbered(10), "-7"),
        (["123456789012345678901234567890"], numbered(10), "123456789012345678901234567890"),
        ([0, 4, 2], (), "042"),
        ([10, 4], (), "10, 4"),
    ],
)
def test_a_label_as_text(row: list[object], names: tuple[str, ...], text: str) -> None:
    assert label_text(row, names) == text


def test_numbers_are_no_names_of_their_own() -> None:
    assert own_names(numbered(10)) is None
    assert own_names(()) is None
    assert own_names(ONE_TO_TEN) == ONE_TO_TEN


def test_names_that_a_run_records_are_short_and_can_be_shown() -> None:
    assert own_names(["a\x1b[31m", "x" * 300, ""]) == ("a\\x1b[31m", "x" * LONGEST_NAME, "''")

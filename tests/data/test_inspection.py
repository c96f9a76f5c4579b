"""What images are like before anything is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from glyphlab.data import Symbols, load_symbols
from glyphlab.data.inspection import Inspection, inspect_symbols, is_dark_on_light

RNG = np.random.default_rng(0)


def part(images: np.ndarray, labels: Sequence[int] | None = None, first: int = 0) -> Symbols:
    codes = np.arange(len(images)) % 2 if labels is None else np.array(labels)
    ids = np.arange(first, first + len(images))
    return Symbols(images.astype(np.uint8), codes.astype(np.int64), ids, "mine", "CC0", ("a", "b"))


def ink(count: int) -> np.ndarray:
    images = np.zeros((count, 8, 8), np.uint8)
    images[:, 2:6, 2:6] = RNG.integers(100, 256, (count, 4, 4))
    return images


def look(train: np.ndarray, test: np.ndarray, labels: Sequence[int] | None = None) -> Inspection:
    return inspect_symbols(part(train, labels), part(test, first=len(train)))


def test_images_as_they_should_be_leave_nothing_to_say() -> None:
    found = look(ink(10), ink(4))
    assert found.remarks == ()
    assert found.classes == {"a": (5, 2), "b": (5, 2)}
    assert found.size == (8, 8)
    embedded = load_symbols("digits")
    assert inspect_symbols(embedded.train, embedded.test).remarks == ()


def test_blanks_are_counted() -> None:
    images = ink(10)
    images[3:5] = 0
    images[5] = 77
    assert "blank images: 3 of 14" in look(images, ink(4)).remarks
    assert "all images are blank" in look(np.zeros((4, 8, 8)), np.zeros((2, 8, 8))).remarks


@pytest.mark.parametrize(
    ("dark", "said"), [(10, "images are dark on light"), (5, "50% of the images are dark on light")]
)
def test_ink_that_is_darker_than_its_ground(dark: int, said: str) -> None:
    images = ink(10)
    images[:dark] = 255 - images[:dark]
    (remark,) = look(images[:6], images[6:]).remarks if dark == 10 else look(images, ink(0)).remarks
    assert remark.startswith(said)
    assert "data import" in remark


def test_a_border_decides() -> None:
    images = np.zeros((3, 8, 8), np.uint8)
    images[1] = 255
    images[2, :, 0] = 255  # one side of four
    assert is_dark_on_light(images).tolist() == [False, True, False]


def test_copies_across_the_split_are_said_first() -> None:
    images = ink(10)
    found = look(images, np.concatenate([images[:3], ink(1)]))
    assert found.test_in_training == 3
    assert found.remarks[0].startswith(
        "test images that are copies of training images: 3 of 4, so that"
    )


def test_copies_within_training_and_with_two_labels() -> None:
    images = ink(6)
    images[1:3] = images[0]  # the label of the one in the middle is another
    found = look(images, ink(2), [0, 1, 0, 1, 0, 1])
    assert (found.copies_in_training, found.two_labels) == (2, 1)
    assert found.remarks == (
        "training images that are copies of others: 2", "images with two labels: 1",
    )  # fmt: skip


def test_few_images_of_a_class() -> None:
    assert look(ink(10), ink(2), [0] * 10).remarks == (
        "one class only ('a'): nothing can be learned",
    )
    remarks = look(ink(12), ink(2), [0] * 11 + [1]).remarks
    assert remarks == (
        "one training image only of b",
        "unbalanced: 11 training images of 'a', 1 of 'b'",
    )


def test_images_that_hardly_show_anything() -> None:
    assert "the brightest pixel is 16 of 255" in look(ink(10) // 16 + 1, ink(4) // 16 + 1).remarks


def test_a_document_of_it() -> None:
    found = look(ink(10), ink(4))
    document = found.to_json()
    assert document["classes"] == {"a": (5, 2), "b": (5, 2)}
    assert document["remarks"] == []


def test_nothing_to_test_on() -> None:
    train = part(ink(4))
    empty = replace(train.take(np.zeros(0, np.int64)))
    assert inspect_symbols(train, empty).remarks == ()

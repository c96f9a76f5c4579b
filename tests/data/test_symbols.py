"""What symbols refuse to be."""

import numpy as np
import pytest

from glyphlab._common.errors import DataError
from glyphlab.data import Symbols, SymbolSet


def symbols(n=4, ids=None, **changes):
    fields = {
        "images": np.arange(n * 6, dtype=np.uint8).reshape(n, 2, 3),
        "labels": np.arange(n) % 2,
        "ids": np.arange(n) if ids is None else np.asarray(ids),
        "origin": "made",
        "licence": "none",
        "class_names": ("a", "b"),
    }
    return Symbols(**{**fields, **changes})


def test_take_keeps_ids():
    taken = symbols(ids=[7, 5, 3, 1]).take(np.array([2, 0]))
    assert taken.ids.tolist() == [3, 7]
    assert taken.images[0, 0, 0] == 12
    assert (len(taken), taken.classes) == (2, 2)


def test_joined_is_in_order():
    both = symbols().joined(symbols(ids=[9, 8, 7, 6]))
    assert both.ids.tolist() == [0, 1, 2, 3, 9, 8, 7, 6]
    assert both.labels.tolist() == [0, 1, 0, 1] * 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((4, 2, 3))}, "images are float64"),
        ({"images": np.zeros((4, 6), np.uint8)}, r"\(4, 6\)"),
        ({"labels": np.zeros(3, np.int64)}, r"labels are int64 \(3,\)"),
        ({"labels": np.zeros(4, np.int32)}, "labels are int32"),
        ({"labels": np.array([0, 1, 2, 0])}, "labels run from 0 to 2, expected 0 … 1"),
        ({"labels": np.array([0, -1, 1, 0])}, "labels run from -1"),
        ({"ids": np.array([0, 1, 1, 1])}, "2 ids are repeated"),
    ],
)
def test_wrong_arrays(changes, message):
    with pytest.raises(DataError, match=message):
        symbols(**changes)


def test_joining_two_sizes():
    with pytest.raises(DataError, match="one size"):
        symbols().joined(symbols(ids=[9, 8, 7, 6], images=np.zeros((4, 3, 3), np.uint8)))


def test_sets_share_no_id():
    with pytest.raises(DataError, match="2 ids are in training and test"):
        SymbolSet("made", symbols(), symbols(ids=[2, 3, 4, 5]))


def test_sets_are_of_one_size_and_one_naming():
    other = symbols(ids=[9, 8, 7, 6], images=np.zeros((4, 3, 3), np.uint8))
    with pytest.raises(DataError, match="expected one size"):
        SymbolSet("made", symbols(), other)
    with pytest.raises(DataError, match="different classes"):
        SymbolSet("made", symbols(), symbols(ids=[9, 8, 7, 6], class_names=("a", "c")))

"""Label rules and their inverse, against counting by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab.compose.labels import all_tuples, label_keys, labels_of, tuples_giving
from glyphlab.errors import SceneError


def test_labels():
    symbols = np.array([[1, 2], [9, 9]])
    assert labels_of("digits", symbols).tolist() == [[1, 2], [9, 9]]
    assert labels_of("sum", symbols).tolist() == [3, 18]
    assert label_keys(symbols, 10).tolist() == [12, 99]
    assert label_keys(np.array([3, 18]), 10).tolist() == [3, 18]


@given(
    st.sampled_from(["digits", "sum"]),
    st.integers(2, 4),
    st.integers(1, 3),
    st.lists(st.integers(0, 70), unique=True),
)
def test_the_inverse_against_counting(rule, classes, count, keys):
    expected = []
    for key in keys:
        for symbols in itertools.product(range(classes), repeat=count):
            number = 0
            for symbol in symbols:
                number = number * classes + symbol
            if key == (number if rule == "digits" else sum(symbols)):
                expected.append(list(symbols))
    found = tuples_giving(rule, np.array(keys, np.int64), classes, count)
    assert found.tolist() == expected


def test_counting_order():
    assert all_tuples(2, 2).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_too_many_labels():
    with pytest.raises(SceneError, match="10000000000 labels"):
        all_tuples(10, 10)

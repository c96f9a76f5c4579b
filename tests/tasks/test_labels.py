"""Label rules and their inverse, against counting by hand."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common.errors import SceneError
from glyphlab.tasks.labels import (
    all_tuples,
    distinct,
    in_places,
    is_long,
    label_keys,
    labels_of,
    signs_of,
    tuples_giving,
    where_among,
)

LARGEST = np.iinfo(np.int64).max
RECKON = {
    "sum": sum,
    "product": math.prod,
    "difference": lambda numbers: numbers[0] - sum(numbers[1:]),
}
EVERY_SECOND = {
    "signed-sum": lambda numbers: sum((-1) ** n * number for n, number in enumerate(numbers, 1)),
}
"""The first number is taken away, the second added, and so on."""


def signs_for(rule, terms):
    return tuple((-1) ** number for number in range(1, terms + 1)) if rule == "signed-sum" else ()


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


def test_the_inverse_of_many_positions_counts_nothing():
    symbols = np.random.default_rng(0).integers(0, 10, (6, 30))
    keys = label_keys(symbols, 10)
    assert tuples_giving("digits", keys, 10, 30).tolist() == symbols.tolist()
    assert tuples_giving("digits", np.array([-1, 10**30], object), 10, 30).shape == (0, 30)


def test_counting_order():
    assert all_tuples(2, 2).tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_too_many_labels():
    with pytest.raises(SceneError, match="10000000000 labels"):
        all_tuples(10, 10)


def written(rng, count, digits, nines=False):
    """Symbols of `count` numbers, and the numbers by their decimal notation."""
    text = ["9" * digits if nines else "".join(map(str, rng.integers(0, 10, digits)))
            for _ in range(count)]  # fmt: skip
    return [int(one) for one in "".join(text)], [int(one) for one in text]


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([*sorted(RECKON), "signed-sum"]),
    st.one_of(st.integers(1, 40), st.integers(1, 400)),
    st.integers(1, 4),
    st.integers(0, 5),
    st.integers(0, 2**32 - 1),
)
def test_labels_are_those_of_python_integers(rule, digits, terms, images, seed):
    rng = np.random.default_rng(seed)
    rows = [written(rng, terms, digits, nines=number == 0) for number in range(images)]
    symbols = np.array([row for row, _ in rows], np.int64).reshape(images, terms * digits)
    signs = signs_for(rule, terms)
    labels = labels_of(rule, symbols, digits, signs)
    expected = [(RECKON | EVERY_SECOND)[rule](numbers) for _, numbers in rows]
    assert labels.shape == (images,)
    assert labels.tolist() == expected
    assert (labels.dtype == object) == is_long(rule, terms * digits, digits, signs)
    if labels.dtype == object:
        assert all(type(label) is int for label in labels)
    elif images:
        assert max(map(abs, expected)) <= LARGEST
    assert distinct(labels).tolist() == sorted(set(expected))
    assert distinct(labels[:, None]).tolist() == [[label] for label in sorted(set(expected))]


@pytest.mark.parametrize(
    ("rule", "terms", "longest"),
    [
        ("sum", 2, 18),
        ("sum", 9, 18),
        ("sum", 10, 17),
        ("difference", 2, 18),
        ("difference", 10, 18),
        ("difference", 11, 17),
        ("product", 1, 18),
        ("product", 2, 9),
        ("product", 3, 6),
    ],
)
def test_the_scene_says_whether_labels_are_int64(rule, terms, longest):
    for digits in (longest, longest + 1):
        long = digits > longest
        assert is_long(rule, terms * digits, digits) == long
        for symbol in (0, 9):  # whatever the digits are
            symbols = np.full((3, terms * digits), symbol)
            labels = labels_of(rule, symbols, digits)
            assert labels.dtype == (object if long else np.int64)
            assert labels.tolist() == [RECKON[rule]([int(str(symbol) * digits)] * terms)] * 3


@pytest.mark.parametrize("digits", [18, 19, 20])
@pytest.mark.parametrize("rule", sorted(RECKON))
def test_labels_at_the_border(rule, digits):
    symbols = np.full((1, 2 * digits), 9)
    symbols[0, : digits + 1] = 0  # 0 and 0999…
    for shown in (symbols, symbols[:, ::-1], np.full_like(symbols, 9)):
        text = "".join(map(str, shown[0]))
        numbers = [int(text[:digits]), int(text[digits:])]
        assert labels_of(rule, shown, digits).tolist() == [RECKON[rule](numbers)]
    assert is_long(rule, 2 * digits, digits) == (rule == "product" or digits > 18)


@pytest.mark.parametrize(
    ("signs", "longest"),
    [((1, -1), 18), ((-1,) * 9 + (1,) * 9, 18), ((-1,) * 10, 17), ((1,) * 10 + (-1,), 17)],
)
def test_signs_that_are_alike_add_up_to_long_labels(signs, longest):
    for digits in (longest, longest + 1):
        symbols = np.full((1, digits * len(signs)), 9)
        labels = labels_of("signed-sum", symbols, digits, signs)
        assert labels.tolist() == [sum(signs) * (10**digits - 1)]
        assert (labels.dtype == object) == (digits > longest)


@pytest.mark.parametrize("terms", [1, 2, 4])
def test_a_difference_is_a_sum_with_signs(terms):
    symbols = np.random.default_rng(0).integers(0, 10, (20, 2 * terms))
    signs = signs_of("difference", terms)
    assert signs == (1, *[-1] * (terms - 1))
    for rule, same in (("difference", signs), ("sum", (1,) * terms)):
        expected = labels_of(rule, symbols, 2).tolist()
        assert labels_of("signed-sum", symbols, 2, same).tolist() == expected
    assert signs_of("product", terms) is None


@given(st.lists(st.integers(0, 10**25)), st.lists(st.integers(0, 10**25)), st.booleans())
def test_which_keys_are_known(keys, known, small):
    if small:
        keys, known = [k % 5 for k in keys], [k % 5 for k in known]
    for kind in (object, np.int64) if small else (object,):
        found = where_among(np.array(keys, kind), np.array(known, kind))
        assert found.tolist() == [key in known for key in keys]


def test_one_rule_is_never_long():
    assert not is_long("digits", 1000)


@settings(deadline=None)
@given(
    st.lists(st.integers(-(10**45), 10**45), max_size=5),
    st.integers(1, 45),
    st.sampled_from([2, 3, 10, 62]),
)
def test_places_are_those_of_python_integers(numbers, places, base):
    for tried in (np.array(numbers, object), np.array([n % 10**18 for n in numbers], np.int64)):
        found = in_places(tried, places, base)
        assert (found.shape, found.dtype) == ((len(numbers), places + 1), np.int64)
        for number, row in zip(tried.tolist(), found.tolist(), strict=True):
            assert row[:-1] == [number // base**place % base for place in range(places)]
            assert row[-1] == min(max(number // base**places, -LARGEST), LARGEST)


@pytest.mark.parametrize("positions", [17, 18, 19, 20, 70])
@pytest.mark.parametrize("classes", [2, 10, 62])
def test_keys_of_many_positions(classes, positions):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, (4, positions))
    labels[0] = classes - 1
    expected = []
    for row in labels.tolist():
        key = 0
        for symbol in row:
            key = key * classes + symbol
        expected.append(key)
    assert label_keys(labels, classes).tolist() == expected

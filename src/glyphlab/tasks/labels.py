"""How the symbols of an image become its label, and back.

Labels are exact at every length. They are int64 where the largest that a scene can have is one, and
Python integers in an array of objects where it is not: the scene decides, never the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import SceneError

__all__ = [
    "MOST_TUPLES",
    "RULES",
    "Rule",
    "all_tuples",
    "distinct",
    "in_places",
    "is_long",
    "label_keys",
    "labels_of",
    "signs_of",
    "tuples_giving",
    "where_among",
]

Rule = Literal["difference", "digits", "product", "signed-sum", "sum"]
RULES: tuple[Rule, ...] = ("difference", "digits", "product", "signed-sum", "sum")

MOST_TUPLES = 1_000_000
"""At most this number of tuples of symbols are counted one by one."""
_LARGEST = int(np.iinfo(np.int64).max)
_BASE = 10


def signs_of(rule: Rule, terms: int, signs: Sequence[int] = ()) -> tuple[int, ...] | None:
    """Return the sign of each number where the label is their sum with signs; None of other rules.

    Parameters
    ----------
    rule : {"difference", "digits", "product", "signed-sum", "sum"}
    terms : int
        How many numbers there are.
    signs : sequence of int
        Of ``signed-sum``: 1 or -1 for each number.
    """
    if rule == "signed-sum":
        return tuple(signs)
    if rule == "difference":
        return (1, *[-1] * (terms - 1))
    return (1,) * terms if rule == "sum" else None


def is_long(rule: Rule, count: int, digits: int = 1, signs: Sequence[int] = ()) -> bool:
    """Return whether labels of `count` symbols may be too large for int64.

    Parameters
    ----------
    rule, digits, signs
        As in `labels_of`.
    count : int
        Symbols on an image.
    """
    if rule == "digits":
        return False
    terms, most = count // digits, int(_BASE**digits) - 1
    each = signs_of(rule, terms, signs)
    largest = most**terms if each is None else most * max(each.count(1), each.count(-1))
    return largest > _LARGEST


def labels_of(
    rule: Rule, symbols: NDArray[np.int64], digits: int = 1, signs: Sequence[int] = ()
) -> NDArray[Any]:
    """Return the labels of images by the symbols they show.

    Parameters
    ----------
    rule : {"difference", "digits", "product", "signed-sum", "sum"}
        ``digits``: the symbols themselves, in order. ``sum``, ``product``: of the numbers that they
        write. ``signed-sum``: of the numbers, each with its sign. ``difference``: the first number
        less all others.
    symbols : (n, k) int64
        Class of each symbol.
    digits : int
        How many symbols write a number, in base ten, the first counting most.
    signs : sequence of int
        Of ``signed-sum``: 1 or -1 for each number.

    Returns
    -------
    (n, k) int64 for ``digits``, (n,) for all else
        Of int64, or of Python integers where the scene `is_long`.
    """
    if rule == "digits":
        return symbols
    count = symbols.shape[1]
    numbers = _numbers(symbols.reshape(len(symbols), count // digits, digits), _BASE)
    if is_long(rule, count, digits, signs):
        numbers = numbers.astype(object)
    each = signs_of(rule, count // digits, signs)
    if each is None:
        product: NDArray[Any] = numbers.prod(axis=1)
        return product
    positive = np.array(each) > 0
    # both sides by themselves: what is taken away first may be too large on the way
    total: NDArray[Any] = numbers[:, positive].sum(axis=1) - numbers[:, ~positive].sum(axis=1)
    return total


def in_places(numbers: NDArray[Any], places: int, base: int = _BASE) -> NDArray[np.int64]:
    """Write numbers of any length place by place.

    Parameters
    ----------
    numbers : (n,) int64, or Python integers
    places : int
    base : int

    Returns
    -------
    (n, places + 1) int64
        The digit at each place, the last place first, and what is left above them, rounded down:
        -1 of a small negative number, and of one too large for int64 the largest of those.
    """
    columns = []
    for start in range(0, places, _width(base)):
        count = min(_width(base), places - start)
        part = (numbers % base**count).astype(np.int64)
        numbers = numbers // base**count
        for _ in range(count):
            columns.append(part % base)
            part = part // base
    rest = np.minimum(np.maximum(numbers, -_LARGEST), _LARGEST)
    return np.stack([*columns, rest.astype(np.int64)], axis=1)


def _numbers(written: NDArray[np.int64], base: int) -> NDArray[Any]:
    """Return the numbers that digits ``(…, k)`` write; Python integers where int64 is too small."""
    places = written.shape[-1]
    if base**places - 1 <= _LARGEST:
        numbers: NDArray[Any] = written @ _powers(base, places)
        return numbers
    numbers = np.zeros(written.shape[:-1], dtype=object)
    for start in range(0, places, _width(base)):
        part = written[..., start : start + _width(base)]
        count = part.shape[-1]
        numbers = numbers * base**count + (part @ _powers(base, count)).astype(object)
    return numbers


def _powers(base: int, places: int) -> NDArray[np.int64]:
    powers: NDArray[np.int64] = base ** np.arange(places - 1, -1, -1, dtype=np.int64)
    return powers


def _width(base: int) -> int:
    """Return how many digits an int64 holds, whatever they are."""
    return next(count for count in range(63, 0, -1) if base**count <= _LARGEST)


def distinct(labels: NDArray[Any]) -> NDArray[Any]:
    """Return the different labels of ``(n,)`` or ``(n, k)``, sorted."""
    if labels.dtype != object:
        return np.unique(labels, axis=0)
    # rows of objects cannot be sorted, and only labels of one number are Python integers
    return np.unique(labels.ravel()).reshape(-1, *labels.shape[1:])


def all_tuples(classes: int, count: int) -> NDArray[np.int64]:
    """Return every tuple of `count` symbols in counting order, ``(classes**count, count)``.

    Raises
    ------
    SceneError
        Where there are more than a million.
    """
    if classes**count > MOST_TUPLES:
        raise SceneError(
            f"{classes} classes in {count} positions give {classes**count} labels, expected at "
            f"most {MOST_TUPLES}; use fewer positions"
        )
    return np.indices((classes,) * count, dtype=np.int64).reshape(count, -1).T.copy()


def label_keys(labels: NDArray[Any], classes: int) -> NDArray[Any]:
    """Return one integer a label: the digits read as a number in base `classes`, or the label."""
    return labels if labels.ndim == 1 else _numbers(labels, classes)


def where_among(keys: NDArray[Any], known: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which of `keys`, as `label_keys` writes them, are among `known` ones."""
    if object not in (keys.dtype, known.dtype):
        return np.isin(keys, known)
    among = set(known.tolist())  # of Python integers NumPy compares every pair
    return np.array([key in among for key in keys.tolist()], bool)


def tuples_giving(
    rule: Rule,
    keys: NDArray[Any],
    classes: int,
    count: int,
    digits: int = 1,
    signs: Sequence[int] = (),
) -> NDArray[np.int64]:
    """Return the tuples whose label is one of `keys`: the inverse of `labels_of`.

    Parameters
    ----------
    rule, digits, signs
        As in `labels_of`.
    keys : (m,) int64, or Python integers
        Labels as `label_keys` writes them.
    classes, count : int
        Number of classes and of positions.

    Returns
    -------
    (t, count) int64
        In the order of `keys`, and in counting order for one key.

    Raises
    ------
    SceneError
        Where a label is derived and there are more than a million tuples.
    """
    if rule == "digits":  # a label is its tuple, so that any number of positions will do
        written = in_places(keys, count, classes)
        return written[written[:, -1] == 0, -2::-1]
    tuples = all_tuples(classes, count)
    found = labels_of(rule, tuples, digits, signs)
    by_key = np.argsort(found, kind="stable")
    first = np.searchsorted(found[by_key], keys, side="left")
    last = np.searchsorted(found[by_key], keys, side="right")
    picked = [by_key[low:high] for low, high in zip(first, last, strict=True)]
    return tuples[np.concatenate(picked)] if picked else tuples[:0]

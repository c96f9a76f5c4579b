"""How the symbols of an image become its label, and back.

Labels are exact at every length. They are int64 where the largest that a scene can have is one, and
Python integers in an array of objects where it is not: the scene decides, never the values.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glyphlab.errors import SceneError

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
    "tuples_giving",
]

Rule = Literal["difference", "digits", "product", "sum"]
RULES: tuple[Rule, ...] = ("difference", "digits", "product", "sum")

MOST_TUPLES = 1_000_000
"""So many tuples of symbols are counted one by one, and no more."""
_LARGEST = int(np.iinfo(np.int64).max)
_BASE = 10


def is_long(rule: Rule, count: int, digits: int = 1) -> bool:
    """Return whether labels of `count` symbols may be too large for int64.

    Parameters
    ----------
    rule, digits
        As in `labels_of`.
    count : int
        Symbols on an image.
    """
    terms, most = count // digits, int(_BASE**digits) - 1
    largest: dict[Rule, int] = {
        "difference": most * max(1, terms - 1),
        "digits": 0,
        "product": most**terms,
        "sum": most * terms,
    }
    return largest[rule] > _LARGEST


def labels_of(rule: Rule, symbols: NDArray[np.int64], digits: int = 1) -> NDArray[Any]:
    """Return the labels of images by the symbols they show.

    Parameters
    ----------
    rule : {"difference", "digits", "product", "sum"}
        ``digits``: the symbols themselves, in order. ``sum``, ``product``: of the numbers that they
        write. ``difference``: the first number less all others.
    symbols : (n, k) int64
        Class of each symbol.
    digits : int
        How many symbols write a number, in base ten, the first counting most.

    Returns
    -------
    (n, k) int64 for ``digits``, (n,) for all else
        Of int64, or of Python integers where the scene `is_long`.
    """
    if rule == "digits":
        return symbols
    count = symbols.shape[1]
    numbers = _numbers(symbols.reshape(len(symbols), count // digits, digits), _BASE)
    if is_long(rule, count, digits):
        numbers = numbers.astype(object)
    if rule == "difference":  # and not twice the first less all, which may be too large on the way
        difference: NDArray[Any] = numbers[:, 0] - numbers[:, 1:].sum(axis=1)
        return difference
    total: NDArray[Any] = numbers.prod(axis=1) if rule == "product" else numbers.sum(axis=1)
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
        The digit at each place, the last place first, and what is left above them: -1 of a negative
        number, and of one too large for int64 the largest of those.
    """
    columns = []
    for start in range(0, places, _width(base)):
        count = min(_width(base), places - start)
        part = (numbers % base**count).astype(np.int64)
        numbers = numbers // base**count
        for _ in range(count):
            columns.append(part % base)
            part = part // base
    rest = np.minimum(np.maximum(numbers, -1), _LARGEST)
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


def tuples_giving(
    rule: Rule, keys: NDArray[Any], classes: int, count: int, digits: int = 1
) -> NDArray[np.int64]:
    """Return the tuples whose label is one of `keys`: the inverse of `labels_of`.

    Parameters
    ----------
    rule, digits
        As in `labels_of`.
    keys : (m,) int64, or Python integers
        Labels as `label_keys` writes them.
    classes, count : int
        Number of classes and of positions.

    Returns
    -------
    (t, count) int64
        In the order of `keys`, and in counting order for one key.
    """
    tuples = all_tuples(classes, count)
    found = label_keys(labels_of(rule, tuples, digits), classes)
    by_key = np.argsort(found, kind="stable")
    first = np.searchsorted(found[by_key], keys, side="left")
    last = np.searchsorted(found[by_key], keys, side="right")
    picked = [by_key[low:high] for low, high in zip(first, last, strict=True)]
    return tuples[np.concatenate(picked)] if picked else tuples[:0]

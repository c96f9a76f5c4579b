"""How the symbols of an image become its label, and back."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glyphlab.errors import SceneError

__all__ = ["RULES", "Rule", "all_tuples", "label_keys", "labels_of", "tuples_giving"]

Rule = Literal["difference", "digits", "product", "sum"]
RULES: tuple[Rule, ...] = ("difference", "digits", "product", "sum")

_MOST_TUPLES = 1_000_000


def labels_of(rule: Rule, symbols: NDArray[np.int64], digits: int = 1) -> NDArray[np.int64]:
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
    (n, k) int64 for ``digits``, (n,) int64 for all else
    """
    if rule == "digits":
        return symbols
    places = 10 ** np.arange(digits - 1, -1, -1, dtype=np.int64)
    numbers: NDArray[np.int64] = (
        symbols.reshape(len(symbols), symbols.shape[1] // digits, digits) @ places
    )
    total: NDArray[np.int64] = numbers.prod(axis=1) if rule == "product" else numbers.sum(axis=1)
    return 2 * numbers[:, 0] - total if rule == "difference" else total


def all_tuples(classes: int, count: int) -> NDArray[np.int64]:
    """Return every tuple of `count` symbols in counting order, ``(classes**count, count)``.

    Raises
    ------
    SceneError
        Where there are more than a million.
    """
    if classes**count > _MOST_TUPLES:
        raise SceneError(
            f"{classes} classes in {count} positions give {classes**count} labels, expected at "
            f"most {_MOST_TUPLES}; use fewer positions"
        )
    return np.indices((classes,) * count, dtype=np.int64).reshape(count, -1).T.copy()


def label_keys(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Return one integer a label: the digits read as a number in base `classes`, or the label."""
    if labels.ndim == 1:
        return labels
    powers = classes ** np.arange(labels.shape[1] - 1, -1, -1, dtype=np.int64)
    keys: NDArray[np.int64] = labels @ powers
    return keys


def tuples_giving(
    rule: Rule, keys: NDArray[np.int64], classes: int, count: int, digits: int = 1
) -> NDArray[np.int64]:
    """Return the tuples whose label is one of `keys`: the inverse of `labels_of`.

    Parameters
    ----------
    rule, digits
        As in `labels_of`.
    keys : (m,) int64
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

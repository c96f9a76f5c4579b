"""Scores of predicted labels against true ones.

Labels are integers, `(n,)` for one label an image or `(n, k)` for one at each of k positions:
NumPy's, or in an array of objects Python's, where they may be larger than int64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.errors import UsageError

__all__ = [
    "confusion",
    "correct_images",
    "digit_accuracy",
    "exact_match",
    "macro_f1_digit",
    "macro_f1_label",
    "position_accuracy",
    "score_all",
]

Labels = NDArray[Any]


def correct_images(pred: ArrayLike, true: ArrayLike) -> NDArray[np.bool_]:
    """Say of each image whether its whole label is right.

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels.

    Returns
    -------
    ndarray of bool, (n,)
        What :func:`~glyphlab.metrics.mean_interval` and the paired tests are made of.

    Raises
    ------
    UsageError
        Where the shapes differ, there is nothing to score, or a label is not an integer.
    """
    predicted, known = _rows(pred, true)
    return np.asarray((predicted == known).all(axis=1))


def exact_match(pred: ArrayLike, true: ArrayLike) -> float:
    """Return the share of images, 0 to 1, whose label is right at every position.

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels.
    """
    return float(correct_images(pred, true).mean())


def position_accuracy(pred: ArrayLike, true: ArrayLike) -> NDArray[np.float64]:
    """Return the share of right labels at each position, `(k,)` float64 (`(1,)` for `(n,)` labels).

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels.
    """
    predicted, known = _rows(pred, true)
    return np.asarray((predicted == known).mean(axis=0), dtype=np.float64)


def digit_accuracy(pred: ArrayLike, true: ArrayLike, classes: int) -> NDArray[np.float64]:
    """Return the recall of each class over all positions; NaN where a class never occurs.

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels, in ``0..classes-1``.
    classes : int
        Number of classes.

    Returns
    -------
    ndarray of float64, (classes,)
        In [0, 1], or NaN.
    """
    counts = confusion(pred, true, classes)
    occurs = counts.sum(axis=1)
    recall = np.full(classes, np.nan)
    np.divide(np.diag(counts), occurs, out=recall, where=occurs > 0)
    return recall


def confusion(pred: ArrayLike, true: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Count, over all positions, how often each class (row) was read as each class (column).

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels, in ``0..classes-1``.
    classes : int
        Number of classes.

    Returns
    -------
    ndarray of int64, (classes, classes)

    Raises
    ------
    UsageError
        Where a label lies outside ``0..classes-1``.
    """
    predicted, known = _rows(pred, true)
    for name, labels in (("predicted", predicted), ("true", known)):
        if labels.min() < 0 or labels.max() >= classes:
            raise UsageError(
                f"a {name} label lies in {labels.min()}..{labels.max()}, expected "
                f"0..{classes - 1}: give the number of classes the labels were made with"
            )
    codes = (known.ravel() * classes + predicted.ravel()).astype(np.int64)
    return np.bincount(codes, minlength=classes * classes).reshape(classes, classes)


def macro_f1_digit(pred: ArrayLike, true: ArrayLike) -> float:
    """Return the unweighted mean F1 over the classes of single positions, all positions pooled.

    The mean runs over every class that occurs among the true or the predicted labels, as
    scikit-learn's ``f1_score(average="macro", zero_division=0)`` does.

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels.
    """
    predicted, known = _rows(pred, true)
    return _macro_f1(predicted.ravel(), known.ravel())


def macro_f1_label(pred: ArrayLike, true: ArrayLike) -> float:
    """Return the unweighted mean F1 over whole labels, each distinct row being one class.

    A wrong row that is the label of no image counts as a class with an F1 of 0, so this score falls
    faster than the exact match.

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels.
    """
    predicted, known = _rows(pred, true)
    both = np.concatenate([predicted, known])
    if both.dtype == object:  # whose rows cannot be sorted: their values are numbered first
        both = np.unique(both, return_inverse=True)[1].reshape(both.shape)
    _, codes = np.unique(both, axis=0, return_inverse=True)
    codes = codes.reshape(-1)  # NumPy 2.0 kept the reduced axis
    return _macro_f1(codes[: len(predicted)], codes[len(predicted) :])


def score_all(pred: ArrayLike, true: ArrayLike, classes: int | None) -> dict[str, Any]:
    """Return every score of this module, ready for JSON.

    Parameters
    ----------
    pred, true : array_like of int, (n,) or (n, k)
        Predicted and true labels, in ``0..classes-1``.
    classes : int or None
        Number of classes at one position; None where labels are no such classes, as sums of long
        numbers.

    Returns
    -------
    dict
        ``exact_match`` float, ``position_accuracy`` list of k floats, ``digit_accuracy`` list of
        `classes` floats (None where a class never occurs; empty without `classes`),
        ``macro_f1_digit`` and ``macro_f1_label`` floats; all in [0, 1].
    """
    digits = np.empty(0) if classes is None else digit_accuracy(pred, true, classes)
    return {
        "exact_match": exact_match(pred, true),
        "position_accuracy": position_accuracy(pred, true).tolist(),
        "digit_accuracy": [None if np.isnan(value) else float(value) for value in digits],
        "macro_f1_digit": macro_f1_digit(pred, true),
        "macro_f1_label": macro_f1_label(pred, true),
    }


def _rows(pred: ArrayLike, true: ArrayLike) -> tuple[Labels, Labels]:
    """Return both label arrays as `(n, k)` int64 or Python integers, checked."""
    predicted, known = np.asarray(pred), np.asarray(true)
    if predicted.shape != known.shape or known.ndim not in (1, 2):
        raise UsageError(
            f"predicted labels have shape {predicted.shape} and true ones {known.shape}, expected "
            "the same (n,) or (n, k): score both on the same images"
        )
    if known.size == 0:
        raise UsageError("found no labels, expected at least one: give a split that is not empty")
    for labels in (predicted, known):
        if not (np.issubdtype(labels.dtype, np.integer) or _of_python_integers(labels)):
            raise UsageError(
                f"labels are {labels.dtype}, expected integers: give classes, not probabilities"
            )
    kind = object if object in (predicted.dtype, known.dtype) else np.int64
    shape = (len(known), -1)
    return predicted.astype(kind).reshape(shape), known.astype(kind).reshape(shape)


def _of_python_integers(labels: NDArray[Any]) -> bool:
    return labels.dtype == object and all(isinstance(one, int) for one in labels.flat)


def _macro_f1(predicted: Labels, known: Labels) -> float:
    _, codes = np.unique(np.concatenate([predicted, known]), return_inverse=True)
    guess, truth = codes[: len(predicted)], codes[len(predicted) :]
    size = int(codes.max()) + 1
    hits = np.bincount(truth[truth == guess], minlength=size)
    # Precision and recall share one form: F1 = 2 TP / (predicted + true); never 0 / 0 in the union.
    return float(
        np.mean(
            2 * hits / (np.bincount(guess, minlength=size) + np.bincount(truth, minlength=size))
        )
    )

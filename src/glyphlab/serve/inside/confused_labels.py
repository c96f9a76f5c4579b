"""Which label is predicted as which, per position, and the images behind each pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.class_names import label_text
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.inside.scored_images import Predicted

__all__ = ["ALL_POSITIONS", "Confusion", "confusion_of", "images_of_cell"]

ALL_POSITIONS = 0
MOST_VALUES = 64
"""In a matrix: of more there is only the list of pairs."""
MOST_PAIRS = 40


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each label was predicted as each.

    Attributes
    ----------
    values : list of str
        What occurs, in decimal notation, in its order.
    texts : list of str
        The same in class names.
    counts : (v, v) int64 array
        Rows are true. Empty where there are too many values for a matrix.
    pairs : list of (true, predicted, count)
        Places among the values of the most frequent wrong pairs, the most frequent first.
    symbols : int
        What was counted: images, or their symbols where all positions are taken together.
    wrong : int
        Of these, predicted wrongly.
    """

    values: list[str]
    texts: list[str]
    counts: NDArray[np.int64]
    pairs: list[tuple[int, int, int]]
    symbols: int
    wrong: int


def confusion_of(of: Predicted, position: int) -> Confusion:
    """Count pairs of true and predicted labels.

    Parameters
    ----------
    of : Predicted
    position : int
        From 1; `ALL_POSITIONS` counts all together.
    """
    true, pred = _at(of, position)
    values = _values(of, true, pred)
    place = {value: number for number, value in enumerate(values)}
    texts = [label_text([_as_class(of, value)], of.names if of.are_classes else ())
             for value in values]  # fmt: skip
    codes = np.array([[place[a], place[b]] for a, b in zip(true, pred, strict=True)], np.int64)
    keys, times = np.unique(codes[:, 0] * len(values) + codes[:, 1], return_counts=True)
    counts = np.zeros((0, 0), np.int64)
    if len(values) <= MOST_VALUES:
        counts = np.zeros((len(values), len(values)), np.int64)
        counts.flat[keys] = times
    wrong = [
        (*divmod(int(key), len(values)), int(count))
        for key, count in zip(keys, times, strict=True) if key // len(values) != key % len(values)
    ]  # fmt: skip
    wrong.sort(key=lambda pair: -pair[2])
    return Confusion(
        values, texts, counts, wrong[:MOST_PAIRS], len(true), sum(one[2] for one in wrong)
    )


def images_of_cell(of: Predicted, position: int, true: str, predicted: str) -> NDArray[np.int64]:
    """Return the images with a true label that were predicted as another, or as itself.

    Wrong ones begin with the most confident, correct ones with the least: what is remarkable is
    first.

    Parameters
    ----------
    of : Predicted
    position : int
        As `confusion_of` takes it; with all positions one of them is enough.
    true, predicted : str
        In decimal notation.
    """
    columns = _columns(of, position)
    both = (of.true[:, columns].astype(str) == true) & (
        of.pred[:, columns].astype(str) == predicted
    )
    rows = np.flatnonzero(both.any(1))
    sure = of.confidence[rows]
    order = np.argsort(sure if true == predicted else -sure, kind="stable")
    return np.asarray(rows[order], np.int64)


def _columns(of: Predicted, position: int) -> list[int]:
    positions = of.true.shape[1]
    if not 0 <= position <= positions:
        raise Refused(422, f"position {position}, expected 1 to {positions}, or 0 for all")
    return list(range(positions)) if position == ALL_POSITIONS else [position - 1]


def _at(of: Predicted, position: int) -> tuple[list[str], list[str]]:
    columns = _columns(of, position)
    return tuple(labels[:, columns].ravel().astype(str).tolist()
                 for labels in (of.true, of.pred))  # type: ignore[return-value]  # fmt: skip


def _values(of: Predicted, true: list[str], pred: list[str]) -> list[str]:
    if of.are_classes:
        return [str(number) for number in range(len(of.names))]
    return sorted({*true, *pred}, key=int)


def _as_class(of: Predicted, value: str) -> Any:
    return int(value) if of.are_classes else value

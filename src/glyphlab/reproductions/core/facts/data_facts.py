"""Facts of a task's images and of the glyphs that they are drawn from.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.reproductions.core.rows import Measured, from_fact
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "commonest_label",
    "first_column",
    "glyph_images",
    "glyph_side",
    "images_a_symbol",
    "images_each_label",
    "images_of_label",
    "labels_possible",
    "most_over_fewest",
    "pairs_without_reuse",
    "share_in_grid",
    "share_of_commonest",
    "splits_apart",
    "steps_an_epoch",
    "symbols_over_labels",
]


def glyph_images(task: Task, _runs: Sequence[Run], split: str) -> Measured:
    """Count the glyphs that a split is drawn from."""
    return from_fact(len(task.pools[split]))


def glyph_side(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return the height of a glyph in pixels."""
    return from_fact(task.pools["train"].images.shape[1])


def labels_possible(task: Task, _runs: Sequence[Run]) -> Measured:
    """Count the labels that are possible: every class at every position."""
    return from_fact(task.classes**task.scene.count)


def first_column(task: Task, _runs: Sequence[Run], position: int) -> Measured:
    """Return the first column of a position's strip, where the image is cut into equal ones."""
    return from_fact(task.train.images.shape[2] // task.scene.count * position)


def images_each_label(
    task: Task, _runs: Sequence[Run], which: Literal["fewest", "most"]
) -> Measured:
    """Return how many training images the rarest or the commonest label has."""
    counts = _counts(task.train.labels)
    return from_fact(int(counts.min() if which == "fewest" else counts.max()))


def images_of_label(task: Task, _runs: Sequence[Run], label: Sequence[int]) -> Measured:
    """Return how many training images have this label."""
    labels, wanted = _rows_of(task.train.labels), np.asarray(label)
    if wanted.shape != labels.shape[1:]:
        return from_fact(0)  # a smaller task, whose labels have another length
    return from_fact(int((labels == wanted).all(axis=1).sum()))


def images_a_symbol(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return the mean number of training symbols of a class."""
    return from_fact(len(task.train) * task.scene.count / task.classes)


def symbols_over_labels(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return how many times as many images a class has as a symbol than as a label."""
    labels = len(_counts(task.train.labels))
    return from_fact(task.scene.count / task.classes * labels)


def commonest_label(task: Task, _runs: Sequence[Run], split: str) -> Measured:
    """Return the commonest label of a split, where labels are single numbers."""
    labels = _rows_of(task.splits[split].labels)
    return from_fact(int(np.bincount(labels[:, 0]).argmax()))


def share_of_commonest(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return the share of the test images that have the label which training holds most often."""
    values, counts = np.unique(_rows_of(task.train.labels), axis=0, return_counts=True)
    commonest = values[counts.argmax()]
    return from_fact(float((_rows_of(task.test.labels) == commonest).all(axis=1).mean()))


def steps_an_epoch(task: Task, _runs: Sequence[Run], batch: int) -> Measured:
    """Return how many batches it takes to show every training image once."""
    return from_fact(-(-len(task.train) // batch))


def most_over_fewest(task: Task, _runs: Sequence[Run], split: str) -> Measured:
    """Return how many times as often the commonest symbol occurs in the source as the rarest."""
    counts = np.bincount(task.pools[split].labels, minlength=task.classes)
    return from_fact(float(counts.max() / max(counts.min(), 1)))


def splits_apart(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return the largest share of images that would need another label for two splits to be alike.

    0 where training, validation and test have every label equally often; 1 where they share none.
    """
    most = int(max(part.labels.max() for part in task.splits.values())) + 1
    shares = [
        np.bincount(_rows_of(part.labels)[:, 0], minlength=most) / len(part)
        for part in task.splits.values()
    ]
    apart = [float(np.abs(one - other).sum() / 2) for one, other in combinations(shares, 2)]
    return from_fact(max(apart))


def pairs_without_reuse(task: Task, _runs: Sequence[Run]) -> Measured:
    """Return how many images there would be where each glyph stood on one, as a share of them."""
    every = sum(len(task.splits[split]) for split in ("train", "val"))
    return from_fact(len(task.pools["train"]) // task.scene.count / every)


def share_in_grid(_task: Task, _runs: Sequence[Run], grid: str, symbols: str) -> Measured:
    """Return the share of a printed grid of symbols that is one of these.

    Parameters
    ----------
    grid : str
        The symbols as the report prints them, row after row, without spaces.
    symbols : str
        Those that are counted.
    """
    if not grid:
        raise UsageError("the grid of 'share_in_grid' is empty: type its symbols, row after row")
    return from_fact(sum(one in symbols for one in grid) / len(grid))


def _counts(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = np.unique(_rows_of(labels), axis=0, return_counts=True)[1]
    return counts


def _rows_of(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels ``(n, k)``, also where they are single numbers."""
    return labels.reshape(len(labels), -1)

"""What reports say of generators in words: which digits, how soon, how wild.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphlab.reproductions.core.grouping import (
    column_of,
    first_above_second,
    nearest_after,
    runs_in_pairs,
)
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "highest_of_column",
    "lowest_of_column",
    "precision_above",
    "reaches_sooner",
    "share_of_classes",
    "symbol_above_others",
]


def share_of_classes(_task: Task, runs: Sequence[Run], classes: Sequence[int]) -> Measured:
    """Return the share of the samples that these classes make up at the end."""

    def share(run: Run) -> float:
        counts = np.asarray(run.generator_summary.scores.classes)
        known = [one for one in classes if one < len(counts)]
        return float(counts[known].sum() / counts.sum())

    return from_values([share(run) for run in runs])


def symbol_above_others(_task: Task, runs: Sequence[Run], which: int) -> Measured:
    """Return the share of one class among the samples at the end, less the largest of another."""

    def beside(run: Run) -> float:
        counts = np.asarray(run.generator_summary.scores.classes, dtype=float)
        return float((counts[which] - np.delete(counts, which).max()) / counts.sum())

    return from_values([beside(run) for run in runs])


def precision_above(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much more samples lie among real images than with the second model."""
    return first_above_second(runs, lambda run: run.generator_summary.scores.precision)


def lowest_of_column(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return the lowest value of a column over all epochs."""
    return from_values([float(column_of(run, column).min()) for run in runs])


def highest_of_column(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return the highest value of a column over all epochs."""
    return from_values([float(column_of(run, column).max()) for run in runs])


def reaches_sooner(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return how much sooner the first model is as near to real images as the second ever is.

    In shares of the training; below 0 where it is sooner. One that never is counts as the next
    epoch after its last.
    """
    pairs = runs_in_pairs(runs)
    return from_values([_reached(first, second) - nearest_after(second) for first, second in pairs])


def _reached(run: Run, other: Run) -> float:
    distances, level = column_of(run, "frechet"), float(column_of(other, "frechet").min())
    there = distances <= level
    return float((np.argmax(there) if there.any() else len(there)) + 1) / len(distances)

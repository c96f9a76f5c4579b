"""What reports say of learning curves: how they end, rise, part, and jump.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name. Of two models the first half of the runs is the first, and they are compared seed
by seed; of several the mean over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from glyphlab.reproductions.core.grouping import (
    column_of,
    first_above_second,
    mean_over_models,
)
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.reproductions.core.scores import last, last_gap
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "ends_above",
    "gained_in_the_end",
    "gained_over_all",
    "gap_at_the_end",
    "in_epoch",
    "loss_gap",
    "loss_gap_above",
    "loss_gap_grows",
    "rougher_than",
    "sooner_share",
]


def in_epoch(_task: Task, runs: Sequence[Run], column: str, epoch: int) -> Measured:
    """Return the mean over seeds of a column after an epoch; of a shorter training, of its last."""
    found = [column_of(run, column) for run in runs]
    return from_values([float(one[min(epoch, len(one)) - 1]) for one in found])


def ends_above(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return by how much a column of the last epoch is above that of the second model."""
    return first_above_second(runs, lambda run: last(run, column))


def gap_at_the_end(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return training less validation accuracy after the last epoch, mean over models."""
    return mean_over_models(runs, last_gap)


def loss_gap(_task: Task, runs: Sequence[Run], extreme: Literal["smallest", "largest"]) -> Measured:
    """Return the least or the most that validation loss is above training loss after an epoch."""
    pick = min if extreme == "smallest" else max
    return mean_over_models(
        runs, lambda run: float(pick(column_of(run, "val_loss") - column_of(run, "loss")))
    )


def loss_gap_above(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much validation loss is further above training loss than with the second."""
    return first_above_second(runs, lambda run: last(run, "val_loss") - last(run, "loss"))


def gained_in_the_end(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return what the last epoch added to a column."""

    def gained(run: Run) -> float:
        values = column_of(run, column)
        return float(values[-1] - values[-2]) if len(values) > 1 else 0.0

    return mean_over_models(runs, gained)


def gained_over_all(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return what all epochs after the first added to a column."""
    return mean_over_models(
        runs, lambda run: float(column_of(run, column)[-1] - column_of(run, column)[0])
    )


def loss_gap_grows(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return how much further validation loss is above training loss at the end than half way."""

    def grown(run: Run) -> float:
        gap = column_of(run, "val_loss") - column_of(run, "loss")
        return float(gap[-1] - gap[(len(gap) - 1) // 2])

    return mean_over_models(runs, grown)


def rougher_than(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return how much more a column changes from epoch to epoch than with the second model.

    Over the second half of the epochs, where a smooth curve hardly moves.
    """

    def roughness(run: Run) -> float:
        values = column_of(run, column)
        late = values[len(values) // 2 :]
        return float(np.abs(np.diff(late)).mean()) if len(late) > 1 else 0.0

    return first_above_second(runs, roughness)


def sooner_share(_task: Task, runs: Sequence[Run], column: str, share: float) -> Measured:
    """Return which part of all that a column changes it changes in the first `share` of epochs."""

    def changed_early(run: Run) -> float:
        curve = column_of(run, column)
        early = curve[max(int(len(curve) * share), 1) - 1]
        whole = curve[-1] - curve[0]
        return float((early - curve[0]) / whole) if whole else 0.0

    return mean_over_models(runs, changed_early)

"""How likely classifiers of the addition report take the true sum to be, in numbers.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphlab.reproductions.core.grouping import first_above_second, runs_in_pairs
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.reproductions.mnist_addition.pair_probabilities import (
    probabilities_by_pair,
    probabilities_of_true_labels,
)
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "pairs_above",
    "probability_above",
    "probability_of_hardest_pair",
    "probability_of_true_label",
]


def probability_of_true_label(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean probability of the true label on test, seed by seed."""
    return from_values([_mean(run, task) for run in runs], len(task.test))


def probability_above(task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the first model's probability of the true label is above the second's."""
    return first_above_second(runs, lambda run: _mean(run, task))


def probability_of_hardest_pair(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean probability of the true label of the symbols with the lowest."""
    return from_values([float(np.nanmin(probabilities_by_pair(run.path, task))) for run in runs])


def pairs_above(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of pairs of symbols whose label the first model takes for likelier."""
    values = []
    for pair in runs_in_pairs(runs):
        ours, theirs = (probabilities_by_pair(run.path, task) for run in pair)
        values.append(float((ours > theirs)[~np.isnan(ours)].mean()))
    return from_values(values)


def _mean(run: Run, task: Task) -> float:
    return float(probabilities_of_true_labels(run.path, task).mean())

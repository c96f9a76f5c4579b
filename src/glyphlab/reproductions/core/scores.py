"""What a measure over several models may ask of each run: a number a run.

Every public function here is a score that a row may name: its first argument is the run, and a row
gives the others.
"""

from __future__ import annotations

import numpy as np

from glyphlab.reproductions.core.grouping import column_of, units_of
from glyphlab.runs import Run

__all__ = [
    "converged_after",
    "first_units",
    "last",
    "last_gap",
    "met_after",
    "on_test",
    "penalty_strength",
    "total_units",
]


def total_units(run: Run) -> float:
    """Return how many hidden units a perceptron has."""
    return float(sum(units_of(run)))


def first_units(run: Run) -> float:
    """Return how many units the first hidden layer of a perceptron has."""
    return float(units_of(run)[0])


def on_test(run: Run) -> float:
    """Return the accuracy on the test images."""
    return run.classifier_summary.metrics.exact_match


def penalty_strength(run: Run) -> float:
    """Return the strength of the L2 penalty that a run was trained with."""
    return float(run.recipe["training"]["l2"])


def last(run: Run, column: str) -> float:
    """Return a column of the last epoch."""
    return float(column_of(run, column)[-1])


def last_gap(run: Run) -> float:
    """Return training less validation accuracy after the last epoch."""
    return last(run, "accuracy") - last(run, "val_exact_match")


def met_after(run: Run) -> float:
    """Return after how many epochs the two curves meet; one more than there are, where never.

    Training accuracy is the mean over an epoch while the weights move, and so begins below.
    """
    met = column_of(run, "accuracy") >= column_of(run, "val_exact_match")
    return float(np.argmax(met) + 1 if met.any() else len(met) + 1)


def converged_after(run: Run, within: float) -> float:
    """Return after how many epochs validation stands within `within` of its end."""
    scores = column_of(run, "val_exact_match")
    return float(np.argmax(scores >= scores[-1] - within) + 1)

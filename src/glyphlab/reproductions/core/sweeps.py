"""What a row may measure of several models together: orders, effects, curves, predictions.

Every measure takes the runs of all its models, distinguishes them by the name in their summary, and
works seed by seed: the spread over seeds is then that of the statement, not of its parts. As in
`glyphlab.reproductions.core.measures`, every public function is a measure that a row may name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from glyphlab.metrics import size_at_level
from glyphlab.reproductions.core.grouping import (
    Score,
    by_name,
    column_of,
    mean_over_models,
    overfit,
    seed_by_seed,
    units_of,
)
from glyphlab.reproductions.core.measured.paired import mean_above_on_answers
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.reproductions.core.scores import met_after
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "curve_between",
    "epochs_to_meet",
    "errors_shared",
    "first_layer_above_second",
    "gap_grows",
    "later_than",
    "mean_above_on_test",
    "overfits_from",
    "parameters_for",
    "rank_correlation",
    "smallest_gap",
    "spread_shrinks",
]


def rank_correlation(_task: Task, runs: Sequence[Run], order: Score, score: Score) -> Measured:
    """Return Spearman's rank correlation over the models of a setting with a score.

    Its interval is cut at -1 and 1.
    """
    values = []
    for models in seed_by_seed(runs):
        chosen = list(models.values())
        scores = [score(run) for run in chosen]
        # Of scores that are all the same no order can be said.
        same = len(set(scores)) == 1
        rank = 0.0 if same else stats.spearmanr(list(map(order, chosen)), scores).statistic
        values.append(float(rank))
    found = from_values(values)
    if found.low is None or found.high is None:
        return found
    return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))


def first_layer_above_second(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return how much more the first layer's units bring than the second's.

    From the grid of fewest to most units: the gain from widening the first layer, averaged over the
    widths of the second, less the gain from widening the second, averaged over those of the first.
    """
    widths = sorted({units_of(run)[1] for run in runs})
    few, many = widths[0], widths[-1]
    values = []
    for models in seed_by_seed(runs):
        last = {units_of(run): column_of(run, column)[-1] for run in models.values()}
        first = np.mean([last[many, other] - last[few, other] for other in widths])
        second = np.mean([last[other, many] - last[other, few] for other in widths])
        values.append(float(first - second))
    return from_values(values)


def smallest_gap(_task: Task, runs: Sequence[Run], above: str, below: str) -> Measured:
    """Return by how much one column ends above another, of the model where it does so least."""
    gaps = [
        from_values(
            [float(column_of(run, above)[-1] - column_of(run, below)[-1]) for run in members]
        )
        for members in by_name(runs).values()
    ]
    return min(gaps, key=lambda gap: gap.value)


def spread_shrinks(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return how far the models lie apart after the first epoch, less how far after the last."""
    values = []
    for models in seed_by_seed(runs):
        curves = [column_of(run, column) for run in models.values()]
        first, last = [curve[0] for curve in curves], [curve[-1] for curve in curves]
        values.append(float(np.ptp(first) - np.ptp(last)))
    return from_values(values)


def gap_grows(_task: Task, runs: Sequence[Run], epoch: int) -> Measured:
    """Return how much further training and validation lie apart at the end than after `epoch`."""

    def grown(run: Run) -> float:
        gap = np.abs(column_of(run, "accuracy") - column_of(run, "val_exact_match"))
        return float(gap[-1] - gap[min(epoch, len(gap)) - 1])

    return mean_over_models(runs, grown)


def epochs_to_meet(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return after how many epochs training accuracy first reaches validation accuracy."""
    return mean_over_models(runs, met_after)


def later_than(
    _task: Task, runs: Sequence[Run], models: Sequence[str], others: Sequence[str], epochs: Score
) -> Measured:
    """Return how many epochs later the models are than the others, on the mean of each."""
    values = [
        float(
            np.mean([epochs(found[name]) for name in models])
            - np.mean([epochs(found[name]) for name in others])
        )
        for found in seed_by_seed(runs)
    ]
    return from_values(values)


def curve_between(_task: Task, runs: Sequence[Run], model: str, near: str, far: str) -> Measured:
    """Return how far a validation curve lies from that of `near`, in distances of near and far.

    Distances are means over epochs of the absolute difference: 0 is the curve of `near` itself, 1
    is as far from it as `far` is.
    """
    values = []
    for found in seed_by_seed(runs):
        ours, start, end = (
            column_of(found[name], "val_exact_match") for name in (model, near, far)
        )
        whole = max(float(np.abs(start - end).mean()), 1e-9)
        values.append(float(np.abs(ours - start).mean()) / whole)
    return from_values(values)


def parameters_for(_task: Task, runs: Sequence[Run], level: float) -> Measured:
    """Return how many parameters it takes to score `level` on the test set."""
    models = by_name(runs).values()
    counts = [members[0].classifier_summary.parameters for members in models]
    scores = [[run.classifier_summary.metrics.exact_match for run in members] for members in models]
    found = size_at_level(counts, scores, level)
    low, high = (end and float(round(end)) for end in (found.low, found.high))
    return Measured(float(round(found.size)), low, high, found.seeds)


def errors_shared(_task: Task, runs: Sequence[Run], model: str, other: str) -> Measured:
    """Return the share of a model's test errors that most seeds of another model make too."""
    found = by_name(runs)
    missed = np.mean([~run.correct for run in found[other]], axis=0) > 0.5
    values = []
    for run in found[model]:
        wrong = ~run.correct
        values.append(float(missed[wrong].mean()) if wrong.any() else 0.0)
    return from_values(values)


def mean_above_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the first half of the models scores above the second, on the mean."""
    return mean_above_on_answers(runs)


def overfits_from(_task: Task, runs: Sequence[Run], by: float) -> Measured:
    """Return the smallest depth of a tree whose training accuracy is `by` above that on test.

    Where none is, it is one more than the largest depth.
    """
    values = []
    for models in seed_by_seed(runs):
        gaps = {_depth_of(run): overfit(run) for run in models.values()}
        over = [depth for depth, gap in gaps.items() if gap > by]
        values.append(float(min(over, default=max(gaps) + 1)))
    return from_values(values)


def _depth_of(run: Run) -> int:
    return int(run.recipe["model"]["classical"]["max_depth"])

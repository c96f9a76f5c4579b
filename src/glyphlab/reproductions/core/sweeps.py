"""What a row may measure of several models together: orders, effects, curves, readings.

Every measure takes the runs of all its models, distinguishes them by the name in their summary, and
works seed by seed: the spread over seeds is then that of the statement, not of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from glyphlab.metrics import size_needed
from glyphlab.reproductions.core.rows import Measure, Measured, from_values
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "by_name",
    "converged_after",
    "curve_between",
    "epochs_to_meet",
    "errors_shared",
    "first_layer_above_second",
    "gap_grows",
    "last",
    "last_gap",
    "later_than",
    "met_after",
    "parameters_for",
    "penalty_strength",
    "rank_correlation",
    "smallest_gap",
    "spread_shrinks",
    "total_units",
    "units_of",
]

Curve = NDArray[np.float64]
Score = Callable[[Run], float]


def by_name(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs of each model, in the order they come."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.summary.model, []).append(run)
    return found


def units_of(run: Run) -> tuple[int, ...]:
    """Return the units of each hidden layer of a perceptron."""
    return tuple(int(layer.split()[1]) for layer in run.recipe["model"]["layers"])


def total_units(run: Run) -> float:
    """Return how many hidden units a perceptron has."""
    return float(sum(units_of(run)))


def penalty_strength(run: Run) -> float:
    """Return the strength of the L2 penalty that a run was trained with."""
    return float(run.recipe["training"]["l2"])


def last(column: str) -> Score:
    """Return a column of the last epoch."""
    return lambda run: float(_curve(run, column)[-1])


def last_gap(run: Run) -> float:
    """Return training less validation accuracy after the last epoch."""
    return last("accuracy")(run) - last("val_exact_match")(run)


def rank_correlation(order: Score, score: Score) -> Measure:
    """Return Spearman's rank correlation over the models of a setting with a score.

    Its interval is cut at -1 and 1.
    """

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        models = by_name(runs)
        values = []
        for seed in range(_seeds(models)):
            chosen = [members[seed] for members in models.values()]
            scores = [score(run) for run in chosen]
            # Of scores that are all the same no order can be said.
            same = len(set(scores)) == 1
            rank = 0.0 if same else stats.spearmanr(list(map(order, chosen)), scores).statistic
            values.append(float(rank))
        found = from_values(values)
        if found.low is None or found.high is None:
            return found
        return replace(found, low=max(found.low, -1.0), high=min(found.high, 1.0))

    return measure


def first_layer_above_second(column: str) -> Measure:
    """Return how much more the first layer's units bring than the second's.

    From the grid of fewest to most units: the gain from widening the first layer, averaged over the
    widths of the second, less the gain from widening the second, averaged over those of the first.
    """

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        models = {units_of(members[0]): members for members in by_name(runs).values()}
        widths = sorted({units[1] for units in models})
        few, many = widths[0], widths[-1]
        values = []
        for seed in range(_seeds(models)):
            last = {units: _curve(group[seed], column)[-1] for units, group in models.items()}
            first = np.mean([last[many, other] - last[few, other] for other in widths])
            second = np.mean([last[other, many] - last[other, few] for other in widths])
            values.append(float(first - second))
        return from_values(values)

    return measure


def smallest_gap(above: str, below: str) -> Measure:
    """Return by how much one column ends above another, of the model where it does so least."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        gaps = [
            from_values([float(_curve(run, above)[-1] - _curve(run, below)[-1]) for run in members])
            for members in by_name(runs).values()
        ]
        return min(gaps, key=lambda gap: gap.value)

    return measure


def spread_shrinks(column: str) -> Measure:
    """Return how far the models lie apart after the first epoch, less how far after the last."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        models = by_name(runs)
        values = []
        for seed in range(_seeds(models)):
            curves = [_curve(members[seed], column) for members in models.values()]
            first, last = [curve[0] for curve in curves], [curve[-1] for curve in curves]
            values.append(float(np.ptp(first) - np.ptp(last)))
        return from_values(values)

    return measure


def gap_grows(epoch: int) -> Measure:
    """Return how much further training and validation lie apart at the end than after `epoch`."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        def grown(run: Run) -> float:
            gap = np.abs(_curve(run, "accuracy") - _curve(run, "val_exact_match"))
            return float(gap[-1] - gap[min(epoch, len(gap)) - 1])

        return _mean_over_models(runs, grown)

    return measure


def epochs_to_meet(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return after how many epochs training accuracy first reaches validation accuracy."""
    return _mean_over_models(runs, met_after)


def met_after(run: Run) -> float:
    """Return after how many epochs the two curves meet; one more than there are, where never.

    Training accuracy is the mean over an epoch while the weights move, and so begins below.
    """
    met = _curve(run, "accuracy") >= _curve(run, "val_exact_match")
    return float(np.argmax(met) + 1 if met.any() else len(met) + 1)


def converged_after(within: float) -> Score:
    """Return after how many epochs validation stands within `within` of its end."""

    def epochs(run: Run) -> float:
        scores = _curve(run, "val_exact_match")
        return float(np.argmax(scores >= scores[-1] - within) + 1)

    return epochs


def later_than(models: Sequence[str], others: Sequence[str], epochs: Score) -> Measure:
    """Return how many epochs later the models are than the others, on the mean of each."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        found = by_name(runs)
        values = [
            float(
                np.mean([epochs(found[name][seed]) for name in models])
                - np.mean([epochs(found[name][seed]) for name in others])
            )
            for seed in range(_seeds(found))
        ]
        return from_values(values)

    return measure


def curve_between(model: str, near: str, far: str) -> Measure:
    """Return how far a validation curve lies from that of `near`, in distances of near and far.

    Distances are means over epochs of the absolute difference: 0 is the curve of `near` itself, 1
    is as far from it as `far` is.
    """

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        found = by_name(runs)
        values = []
        for seed in range(_seeds(found)):
            ours, start, end = (
                _curve(found[name][seed], "val_exact_match") for name in (model, near, far)
            )
            whole = max(float(np.abs(start - end).mean()), 1e-9)
            values.append(float(np.abs(ours - start).mean()) / whole)
        return from_values(values)

    return measure


def parameters_for(level: float) -> Measure:
    """Return how many parameters it takes to score `level` on the test set."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        models = by_name(runs).values()
        counts = [members[0].classifier_summary.parameters for members in models]
        scores = [
            [run.classifier_summary.metrics.exact_match for run in members] for members in models
        ]
        found = size_needed(counts, scores, level)
        low, high = (end and float(round(end)) for end in (found.low, found.high))
        return Measured(float(round(found.size)), low, high, found.seeds)

    return measure


def errors_shared(model: str, judges: str) -> Measure:
    """Return the share of a model's test errors that most seeds of another model make too."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        found = by_name(runs)
        judged = np.mean([~run.correct for run in found[judges]], axis=0) > 0.5
        values = []
        for run in found[model]:
            wrong = ~run.correct
            values.append(float(judged[wrong].mean()) if wrong.any() else 0.0)
        return from_values(values)

    return measure


def _curve(run: Run, column: str) -> Curve:
    return np.array([float(row[column]) for row in run.metrics()])


def _seeds(models: Mapping[Any, Sequence[Run]]) -> int:
    return min(len(members) for members in models.values())


def _mean_over_models(runs: Sequence[Run], value: Score) -> Measured:
    models = by_name(runs)
    return from_values(
        [
            float(np.mean([value(members[seed]) for members in models.values()]))
            for seed in range(_seeds(models))
        ]
    )

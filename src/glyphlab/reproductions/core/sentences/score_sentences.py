"""What reports say of scores: which is highest, what a search chose, what overfits.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from glyphlab.experiments.results.classifier_runs import has_chance
from glyphlab.reproductions.core.grouping import (
    Score,
    by_name,
    fastest_epoch,
    first_above_second,
    mean_over_models,
    overfit,
    runs_in_pairs,
    seed_by_seed,
    test_loss,
)
from glyphlab.reproductions.core.measures import loss_under_own_numbers
from glyphlab.reproductions.core.rows import Measured, from_events, from_fact, from_values
from glyphlab.reproductions.core.scores import last_gap, on_test
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "best_without_overfitting",
    "chosen_on_validation",
    "digit_above_others",
    "digit_below_others",
    "epoch_seconds",
    "epoch_seconds_ratio",
    "gap_above_smallest",
    "highest_rival",
    "loss_above_on_test",
    "lowest_digit",
    "mean_of_models_on_test",
    "mean_trained_above",
    "own_loss_rises",
    "rounded_accuracy",
    "seconds_above_others",
    "stopped_unconverged",
    "train_above_positions",
    "train_above_symbols",
    "validation_above_test",
]


def own_loss_rises(task: Task, runs: Sequence[Run]) -> Measured:
    """Return how far the validation loss under own numbers is above that of the second model."""
    half = len(runs) // 2
    first, second = (loss_under_own_numbers(task, part) for part in (runs[:half], runs[half:]))
    return from_values([a - b for a, b in zip(first.values, second.values, strict=True)])


def digit_above_others(_task: Task, runs: Sequence[Run], which: int) -> Measured:
    """Return the test accuracy of a digit less the highest of the others."""
    return from_values([_beside(run, which, max) for run in runs])


def digit_below_others(_task: Task, runs: Sequence[Run], which: int) -> Measured:
    """Return the test accuracy of a digit less the lowest of the others."""
    return from_values([_beside(run, which, min) for run in runs])


def lowest_digit(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the lowest test accuracy of a digit."""
    return from_values([min(_digits(run)) for run in runs])


def highest_rival(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the test accuracy of the first model less the highest of the others."""
    return from_values([_above_others(models, on_test) for models in seed_by_seed(runs)])


def gap_above_smallest(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the first model overfits more than that of the others which does least.

    Overfitting is training less validation accuracy after the last epoch.
    """
    return from_values(
        [-_above_others(models, lambda run: -last_gap(run)) for models in seed_by_seed(runs)]
    )


def loss_above_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the first half's loss on test is above the second's, seed by seed."""
    return first_above_second(runs, test_loss)


def mean_of_models_on_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over the models of the test accuracy, seed by seed."""
    return mean_over_models(runs, on_test)


def chosen_on_validation(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the test accuracy of the model with the highest validation, chosen in each seed."""
    return from_values(
        [on_test(max(models.values(), key=_ends_on_validation)) for models in seed_by_seed(runs)]
    )


def validation_above_test(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return validation less test accuracy, mean over seeds."""
    return from_values([_ends_on_validation(run) - on_test(run) for run in runs])


def train_above_positions(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return training accuracy less the mean accuracy over positions on validation.

    Of models that are trained on single symbols, whose training accuracy is of these.
    """
    found = [run.classifier_summary for run in runs]
    return from_values(
        [one.train_accuracy - float(np.mean(one.validation.position_accuracy)) for one in found]
    )


def train_above_symbols(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return training accuracy of a symbol less its accuracy on the symbols of the test images."""
    found = [run.classifier_summary for run in runs]
    return from_values(
        [one.train_accuracy - (one.symbols.accuracy if one.symbols else 0.0) for one in found]
    )


def best_without_overfitting(_task: Task, runs: Sequence[Run], by: float) -> Measured:
    """Return the highest test accuracy of the models whose training is at most `by` above it.

    0 where every model overfits by more.
    """
    values = []
    for models in seed_by_seed(runs):
        kept = [run for run in models.values() if overfit(run) <= by]
        values.append(max(map(on_test, kept), default=0.0))
    return from_values(values)


def mean_trained_above(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much the mean training accuracy of the first half of the models is higher."""
    half = len(by_name(runs)) // 2
    values = []
    for models in seed_by_seed(runs):
        scores = [run.classifier_summary.train_accuracy for run in models.values()]
        values.append(float(np.mean(scores[:half]) - np.mean(scores[half:])))
    return from_values(values)


def stopped_unconverged(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of fits that scikit-learn stopped before they converged.

    Of fits without chance it is a fact: they stop again.
    """
    said = [" ".join(run.classifier_summary.warnings or ()).lower() for run in runs]
    found = from_events(["converge" in one for one in said])
    if any(map(has_chance, runs)):
        return found
    return replace(found, low=found.value, high=found.value)


def epoch_seconds(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the seconds of the fastest epoch."""
    return from_values([fastest_epoch(run) for run in runs])


def epoch_seconds_ratio(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the seconds of the fastest epoch over those of the second model."""
    pairs = runs_in_pairs(runs)
    return from_values(
        [fastest_epoch(first) / max(fastest_epoch(second), 1e-9) for first, second in pairs]
    )


def seconds_above_others(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the seconds of the first model's training less the most of any other."""

    def seconds(run: Run) -> float:
        return run.summary.fit_seconds

    return from_values([_above_others(models, seconds) for models in seed_by_seed(runs)])


def rounded_accuracy(_task: Task, _runs: Sequence[Run], targets: Sequence[float]) -> Measured:
    """Return the largest share of predictions that Keras can count as correct of such targets.

    It rounds a prediction to 0 or 1, and counts it where that equals the target.
    """
    shares = [float(np.mean(np.asarray(targets) == rounded)) for rounded in (0.0, 1.0)]
    return from_fact(max(shares))


def _above_others(models: Mapping[str, Run], value: Score) -> float:
    """Return a score of the first model less the highest of the others."""
    first, *others = map(value, models.values())
    return first - max(others)


def _beside(run: Run, which: int, extreme: Callable[[list[float]], float]) -> float:
    scores = _digits(run)
    others = [score for digit, score in enumerate(scores) if digit != which]
    return scores[which] - extreme(others)


def _digits(run: Run) -> list[float]:
    """Return the test accuracy of each digit, 0 of one that no test image shows."""
    return [score or 0.0 for score in run.classifier_summary.metrics.digit_accuracy]


def _ends_on_validation(run: Run) -> float:
    rows = run.metrics()
    if rows and rows[-1].get("val_exact_match") is not None:
        return float(rows[-1]["val_exact_match"])
    return run.classifier_summary.validation.exact_match

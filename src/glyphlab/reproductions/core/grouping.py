"""What measures take from the runs of several models: by model, by seed, by epoch, by layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RunError
from glyphlab.experiments.results.classifier_runs import has_chance
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.runs import Run

__all__ = [
    "Score",
    "by_name",
    "column_of",
    "fastest_epoch",
    "first_above_second",
    "known",
    "mean_over_models",
    "nearest_after",
    "overfit",
    "runs_in_pairs",
    "seed_by_seed",
    "test_loss",
    "units_of",
]

Score = Callable[[Run], float]
"""What one run says as a number."""


def by_name(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return the runs of each model, in the order they come."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.summary.model, []).append(run)
    return found


def known(run: Run, score: float | None) -> float:
    """Return a score of a run; `RunError` where its model does not give it."""
    if score is None:
        raise RunError(f"{run.name} has no such score: its model does not give one")
    return score


def test_loss(run: Run) -> float:
    """Return the loss on the test images; `RunError` of a model that has none."""
    return known(run, run.classifier_summary.test_loss)


def seed_by_seed(runs: Sequence[Run]) -> list[dict[str, Run]]:
    """Return the run of each model, seed by seed, for as many seeds as all models have.

    A model without chance has one run, which stands beside every seed of the others.
    """
    models = by_name(runs)
    counts = {name: len(members) for name, members in models.items()}
    differ = len(set(counts.values())) > 1
    once = {one for one, count in counts.items() if count == 1 and differ}
    once -= {one for one in once if has_chance(models[one][0])}
    seeds = min(count for name, count in counts.items() if name not in once)
    return [
        {name: members[0 if name in once else seed] for name, members in models.items()}
        for seed in range(seeds)
    ]


def runs_in_pairs(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Return the runs of two models, which follow each other, as a pair a seed."""
    if len(by_name(runs)) == 2:
        return [(first, second) for first, second in (one.values() for one in seed_by_seed(runs))]
    half = len(runs) // 2
    return list(zip(runs[:half], runs[half:], strict=True))


def first_above_second(runs: Sequence[Run], value: Score) -> Measured:
    """Return by how much a score of the first model is above the second's, seed by seed."""
    return from_values([value(first) - value(second) for first, second in runs_in_pairs(runs)])


def column_of(run: Run, column: str) -> NDArray[np.float64]:
    """Return a column of a run's history, epoch by epoch."""
    return np.array([float(row[column]) for row in run.metrics()])


def fastest_epoch(run: Run) -> float:
    """Return the seconds of the fastest epoch: what else the machine does only adds to others.

    A generator's last epoch may be cut short, so its epochs count by their images. Of a fit without
    epochs these are the seconds of all of it.
    """
    spent = [
        (float(row["seconds"]), float(row.get("epoch_images") or 1))
        for row in run.metrics()
        if "seconds" in row
    ]
    if not spent:
        return run.summary.fit_seconds / max(run.summary.epochs_run, 1)
    whole = max(images for _, images in spent)
    return min(seconds * whole / images for seconds, images in spent)


def overfit(run: Run) -> float:
    """Return training less test accuracy."""
    return run.classifier_summary.train_accuracy - run.classifier_summary.metrics.exact_match


def nearest_after(run: Run) -> float:
    """Return the share of a generator's training after which its samples were nearest to real."""
    distances = column_of(run, "frechet")
    return float(np.argmin(distances) + 1) / len(distances)


def units_of(run: Run) -> tuple[int, ...]:
    """Return the units of each hidden layer of a perceptron."""
    return tuple(int(layer.split()[1]) for layer in run.recipe["model"]["layers"])


def mean_over_models(runs: Sequence[Run], value: Score) -> Measured:
    """Return the mean over the models of a score, seed by seed."""
    return from_values(
        [float(np.mean([value(run) for run in models.values()])) for models in seed_by_seed(runs)]
    )

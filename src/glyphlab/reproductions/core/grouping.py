"""What measures take from the runs of several models: by model, by seed, by epoch, by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.recipes import Recipe
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.runs import GeneratorSummary, Run

__all__ = [
    "Score",
    "by_name",
    "column_of",
    "first_above_second",
    "has_chance",
    "in_pairs",
    "mean_over_models",
    "runs_in_pairs",
    "seeds_of",
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


def seeds_of(models: Mapping[Any, Sequence[Run]]) -> int:
    """Return how many seeds every model has."""
    return min(len(members) for members in models.values())


def has_chance(run: Run) -> bool:
    """Return whether another seed could have given another result."""
    drawn = isinstance(run.summary, GeneratorSummary)
    return drawn or Recipe.from_mapping(run.recipe, str(run.path)).has_chance


def in_pairs(values: Sequence[float]) -> list[tuple[float, float]]:
    """Return the values of two models, whose runs follow each other, as a pair a seed."""
    half = len(values) // 2
    return list(zip(values[:half], values[half:], strict=True))


def runs_in_pairs(runs: Sequence[Run]) -> list[tuple[Run, Run]]:
    """Return the runs of two models as a pair a seed.

    A model without chance has one run, which stands beside each of the other's.
    """
    half = len(runs) // 2
    models = list(by_name(runs).values())
    if len(models) != 2 or len(models[0]) == len(models[1]):
        return list(zip(runs[:half], runs[half:], strict=True))
    count = max(map(len, models))
    first, second = (one * count if len(one) == 1 else one for one in models)
    return list(zip(first, second, strict=True))


def first_above_second(values: Sequence[float]) -> Measured:
    """Return by how much the values of the first model are above the second's, seed by seed."""
    return from_values([first - second for first, second in in_pairs(values)])


def column_of(run: Run, column: str) -> NDArray[np.float64]:
    """Return a column of a run's history, epoch by epoch."""
    return np.array([float(row[column]) for row in run.metrics()])


def units_of(run: Run) -> tuple[int, ...]:
    """Return the units of each hidden layer of a perceptron."""
    return tuple(int(layer.split()[1]) for layer in run.recipe["model"]["layers"])


def mean_over_models(runs: Sequence[Run], value: Score) -> Measured:
    """Return the mean over the models of a score, seed by seed."""
    models = by_name(runs)
    return from_values(
        [
            float(np.mean([value(members[seed]) for members in models.values()]))
            for seed in range(seeds_of(models))
        ]
    )

"""What a study searches for: the score of a trial, and which of two is better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glyphlab.experiments.results.table import accuracy_interval, figure_interval
from glyphlab.runs import Answers, Run

__all__ = ["ACCURACY", "FRECHET", "Objective", "objective_of"]


@dataclass(frozen=True)
class Objective:
    """A score on validation.

    Attributes
    ----------
    name : str
        What it is called.
    minimize : bool
        Whether a smaller one is better.
    """

    name: str
    minimize: bool

    def score(self, run: Run) -> float:
        """Return the score of a finished training of a trial."""
        if self.minimize:
            return run.generator_summary.scores.frechet
        return run.classifier_summary.validation.exact_match

    def interval(self, runs: Sequence[Run]) -> tuple[float, float] | None:
        """Return the 95 % interval of the mean of some trainings.

        An accuracy has one over trainings and images; a distance over trainings alone, and none
        from a single one.
        """
        if self.minimize:
            return figure_interval([self.score(run) for run in runs], 0.0, distance=True)
        # of a trial the validation images stand in the place of the test set
        found = accuracy_interval(Answers.of(runs))
        return found.low, found.high

    def gain(self, now: float, before: float) -> float:
        """Return by how much one value is better than another."""
        return before - now if self.minimize else now - before

    def is_better(self, now: float, before: float) -> bool:
        """Say whether one value is better than another."""
        return self.gain(now, before) > 0

    def best(self, values: Mapping[int, float]) -> int:
        """Return the number of the best value; the first of those that are equal."""
        sign = -1 if self.minimize else 1
        return max(values, key=lambda number: (sign * values[number], -number))

    def text(self, value: float) -> str:
        """Return a value as people read it."""
        return f"{value:.3f}" if self.minimize else f"{value:.2%}"


ACCURACY = Objective("exact match on validation", minimize=False)
FRECHET = Objective("Fréchet distance on validation", minimize=True)


def objective_of(kind: Any) -> Objective:
    """Return what a study of a kind of recipe searches for."""
    return FRECHET if kind == "generator" else ACCURACY

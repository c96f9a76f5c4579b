"""What a row may measure of generators: functions of their finished runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glyphlab.compose import Task
from glyphlab.reproductions.rows import Measure, Measured, from_values
from glyphlab.runs import Run

__all__ = [
    "alarm_at",
    "best_at",
    "most_frequent",
    "nearer_by",
    "ratio_of",
    "worse_than_best",
]


def nearer_by(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much farther from real images the first half's samples are, seed by seed."""
    found = [float(run.summary["judged"]["frechet"]) for run in runs]
    half = len(found) // 2
    return from_values([a - b for a, b in zip(found[:half], found[half:], strict=True)])


def ratio_of(*path: str) -> Measure:
    """Return a summary's value of the first half of the runs over that of the second."""

    def measure(_task: Task, runs: Sequence[Run]) -> Measured:
        found = []
        for run in runs:
            value = run.summary
            for key in path:
                value = value[key]
            found.append(float(value))  # type: ignore[arg-type]
        half = len(found) // 2
        pairs = zip(found[:half], found[half:], strict=True)
        return from_values([a / max(b, 1e-9) for a, b in pairs])

    return measure


def most_frequent(kinds: int) -> Measure:
    """Return the share of the samples that the most frequent symbols make up at the end."""

    def share(run: Run) -> float:
        counts = np.sort(run.summary["judged"]["classes"])[::-1]
        return float(counts[:kinds].sum() / counts.sum())

    return _of_each(share)


def _best(run: Run) -> int:
    return int(np.argmin([row["frechet"] for row in run.metrics()]))


def best_at(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of the training after which samples were nearest to real images."""
    return from_values([(1 + _best(run)) / len(run.metrics()) for run in runs])


def worse_than_best(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much farther from real images the last epoch is than the best one was."""
    return from_values(
        [run.metrics()[-1]["frechet"] - run.metrics()[_best(run)]["frechet"] for run in runs]
    )


def alarm_at(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of the training after which the first alarm came; 1 where none did."""
    return from_values(
        [
            run.summary["alarms"][0]["epoch"] / len(run.metrics()) if run.summary["alarms"] else 1.0
            for run in runs
        ]
    )


def _of_each(value: Callable[[Run], float]) -> Measure:
    return lambda _task, runs: from_values([value(run) for run in runs])

"""What a row may measure of generators: functions of their finished runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from glyphlab.models.generators.papers import report_pair
from glyphlab.reproductions.core.rows import Measure, Measured, from_fact, from_values
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "alarm_at",
    "best_at",
    "class_kl",
    "first_loss",
    "kinds_found",
    "loss_at_the_end",
    "loss_change",
    "loss_drop",
    "mean_loss",
    "most_frequent",
    "nearer_by",
    "player_size",
    "precision",
    "rise_from_lowest",
    "seconds_ratio",
    "told_right",
    "worse_than_best",
]


def nearer_by(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much farther from real images the first half's samples are, seed by seed."""
    found = [run.generator_summary.judged.frechet for run in runs]
    half = len(found) // 2
    return from_values([a - b for a, b in zip(found[:half], found[half:], strict=True)])


def seconds_ratio(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the seconds in steps of the first half of the runs over those of the second."""
    found = [run.generator_summary.fit_seconds for run in runs]
    half = len(found) // 2
    pairs = zip(found[:half], found[half:], strict=True)
    return from_values([a / max(b, 1e-9) for a, b in pairs])


def class_kl(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of how far the samples' classes are from the expected, in nats."""
    return from_values([run.generator_summary.judged.class_kl for run in runs])


def precision(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the share of samples that lie among real images."""
    return from_values([run.generator_summary.judged.precision for run in runs])


def most_frequent(kinds: int) -> Measure:
    """Return the share of the samples that the most frequent symbols make up at the end."""

    def share(run: Run) -> float:
        counts = np.sort(run.generator_summary.judged.classes)[::-1]
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
    found = [(run.generator_summary.alarms, len(run.metrics())) for run in runs]
    return from_values([alarms[0].epoch / epochs if alarms else 1.0 for alarms, epochs in found])


def player_size(family: str, latent: int, height: int, width: int, player: str) -> Measure:
    """Count the numbers that a player of a report holds, batch norm's running means included."""

    def count(_task: Task, _runs: Sequence[Run]) -> Measured:
        generator, discriminator = report_pair(family, latent, height, width)
        state = (generator if player == "generator" else discriminator).state_dict()
        return from_fact(sum(t.numel() for name, t in state.items() if "num_batches" not in name))

    return count


def first_loss(column: str, times: float) -> Measure:
    """Return a loss of the first step, times a factor."""
    return _of_each(lambda run: times * _first(run, column))


def mean_loss(column: str, times: float, images: int) -> Measure:
    """Return the mean of a loss over all steps until so many real images, times a factor.

    Of a shorter training it is that over all its steps.
    """

    def until(run: Run) -> float:
        rows = run.metrics()
        kept = [row for row in rows if row["images"] <= images] or rows
        shown = [row["shown"] for row in kept]
        return times * float(np.average([row[column] for row in kept], weights=shown))

    return _of_each(until)


def loss_at_the_end(column: str, times: float) -> Measure:
    """Return a loss of the last epoch, times a factor."""
    return _of_each(lambda run: times * float(run.metrics()[-1][column]))


def loss_change(column: str, times: float) -> Measure:
    """Return a loss of the last epoch less that of the first step, times a factor."""

    def change(run: Run) -> float:
        return times * (float(run.metrics()[-1][column]) - _first(run, column))

    return _of_each(change)


def loss_drop(column: str) -> Measure:
    """Return a loss of the first epoch less that of the last."""
    return _of_each(lambda run: float(run.metrics()[0][column] - run.metrics()[-1][column]))


def rise_from_lowest(column: str) -> Measure:
    """Return a loss of the last epoch less the lowest of any epoch."""
    return _of_each(
        lambda run: float(run.metrics()[-1][column] - min(row[column] for row in run.metrics()))
    )


def told_right(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of images that the discriminator told right in the last epoch."""
    last = [run.metrics()[-1] for run in runs]
    return from_values([float(row["real_right"] + row["made_right"]) / 2 for row in last])


def kinds_found(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of the possible labels that are among the samples."""
    judged = [run.generator_summary.judged for run in runs]
    return from_values([one.modes / one.modes_possible for one in judged])


def _first(run: Run, column: str) -> float:
    return float(getattr(run.generator_summary.first_losses, column))


def _of_each(value: Callable[[Run], float]) -> Measure:
    return lambda _task, runs: from_values([value(run) for run in runs])

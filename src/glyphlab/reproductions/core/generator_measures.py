"""What a row may measure of generators: functions of their finished runs.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from glyphlab.models.generators.losses import smoothed
from glyphlab.models.generators.papers import paper_pair
from glyphlab.reproductions.core.grouping import (
    column_of,
    fastest_epoch,
    first_above_second,
    nearest_after,
    runs_in_pairs,
)
from glyphlab.reproductions.core.measured.kept_weights import last_above_best_kept
from glyphlab.reproductions.core.rows import Measured, from_events, from_fact, from_values
from glyphlab.reproductions.core.scores import last
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "best_at",
    "best_kept_nearer",
    "class_kl",
    "discriminator_accuracy",
    "ends_in_alarm",
    "first_loss",
    "frechet_above",
    "frechet_ratio",
    "labels_generated",
    "least_seconds",
    "loss_at_the_end",
    "loss_change",
    "loss_drop",
    "mean_loss",
    "most_frequent",
    "most_frequent_above",
    "net_size",
    "precision",
    "rise_from_lowest",
    "seconds_ratio",
    "smoothed_target",
    "worse_than_best",
]


def frechet_above(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much farther from real images the first half's samples are, seed by seed."""
    return first_above_second(runs, lambda run: run.generator_summary.scores.frechet)


def frechet_ratio(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the distance of the first half's samples from real images over the second's."""
    return from_values(
        [
            first.generator_summary.scores.frechet / second.generator_summary.scores.frechet
            for first, second in runs_in_pairs(runs)
        ]
    )


def seconds_ratio(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the seconds in steps of the first half of the runs over those of the second."""
    return from_values(
        [
            first.summary.fit_seconds / max(second.summary.fit_seconds, 1e-9)
            for first, second in runs_in_pairs(runs)
        ]
    )


def least_seconds(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the seconds of a training at its fastest epoch's pace."""
    shown = [column_of(run, "epoch_images") for run in runs]
    return from_values(
        [fastest_epoch(run) * one.sum() / one.max() for run, one in zip(runs, shown, strict=True)]
    )


def class_kl(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of how far the samples' classes are from the expected, in nats."""
    return from_values([run.generator_summary.scores.class_kl for run in runs])


def precision(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the mean over seeds of the share of samples that lie among real images."""
    return from_values([run.generator_summary.scores.precision for run in runs])


def most_frequent(_task: Task, runs: Sequence[Run], classes: int) -> Measured:
    """Return the share of the samples that the most frequent classes make up at the end."""
    return from_values([_most(run, classes) for run in runs])


def most_frequent_above(_task: Task, runs: Sequence[Run], classes: int) -> Measured:
    """Return by how much that share is above the second model's, seed by seed."""
    return first_above_second(runs, lambda run: _most(run, classes))


def best_kept_nearer(task: Task, runs: Sequence[Run]) -> Measured:
    """Return how much nearer to test images the best weights on validation are than the last."""
    return from_values([last_above_best_kept(run, task) for run in runs])


def best_at(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of the training after which samples were nearest to real images."""
    return from_values([nearest_after(run) for run in runs])


def worse_than_best(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return by how much farther from real images the last epoch is than the best one was."""
    return from_values(
        [run.metrics()[-1]["frechet"] - run.metrics()[_best(run)]["frechet"] for run in runs]
    )


def ends_in_alarm(_task: Task, runs: Sequence[Run], alarm: str) -> Measured:
    """Return the share of the trainings at whose end an alarm stands."""

    def stands(run: Run) -> bool:
        end = len(run.metrics())
        return any(one.name == alarm and one.last == end for one in run.generator_summary.alarms)

    return from_events([stands(run) for run in runs])


def net_size(
    _task: Task,
    _runs: Sequence[Run],
    family: str,
    latent: int,
    height: int,
    width: int,
    net: Literal["generator", "discriminator"],
) -> Measured:
    """Count the numbers in a published generator or discriminator, batch norm's means included."""
    generator, discriminator = paper_pair(family, latent, height, width)
    state = (generator if net == "generator" else discriminator).state_dict()
    return from_fact(sum(t.numel() for name, t in state.items() if "num_batches" not in name))


def smoothed_target(
    _task: Task, _runs: Sequence[Run], target: float, label_smoothing: float
) -> Measured:
    """Return what Keras makes of a target under its label smoothing."""
    return from_fact(smoothed(target, label_smoothing))


def first_loss(_task: Task, runs: Sequence[Run], column: str, times: float) -> Measured:
    """Return a loss of the first step, times a factor."""
    return from_values([times * _first(run, column) for run in runs])


def mean_loss(_task: Task, runs: Sequence[Run], column: str, times: float, images: int) -> Measured:
    """Return the mean of a loss over all steps until a number of real images, times a factor.

    Of a shorter training it is that over all its steps.
    """

    def until(run: Run) -> float:
        rows = run.metrics()
        kept = [row for row in rows if row["images"] <= images] or rows
        shown = [row["epoch_images"] for row in kept]
        return times * float(np.average([row[column] for row in kept], weights=shown))

    return from_values([until(run) for run in runs])


def loss_at_the_end(_task: Task, runs: Sequence[Run], column: str, times: float) -> Measured:
    """Return a loss of the last epoch, times a factor."""
    return from_values([times * last(run, column) for run in runs])


def loss_change(_task: Task, runs: Sequence[Run], column: str, times: float) -> Measured:
    """Return a loss of the last epoch less that of the first step, times a factor."""
    return from_values([times * (last(run, column) - _first(run, column)) for run in runs])


def loss_drop(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return a loss of the first epoch less that of the last."""
    losses = [column_of(run, column) for run in runs]
    return from_values([float(loss[0] - loss[-1]) for loss in losses])


def rise_from_lowest(_task: Task, runs: Sequence[Run], column: str) -> Measured:
    """Return a loss of the last epoch less the lowest of any epoch."""
    losses = [column_of(run, column) for run in runs]
    return from_values([float(loss[-1] - loss.min()) for loss in losses])


def discriminator_accuracy(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return how often the discriminator of the last epoch tells real from generated images."""
    ends = [run.metrics()[-1] for run in runs]
    return from_values([float(row["real_correct"] + row["generated_correct"]) / 2 for row in ends])


def labels_generated(_task: Task, runs: Sequence[Run]) -> Measured:
    """Return the share of the possible labels that are among the samples."""
    scores = [run.generator_summary.scores for run in runs]
    return from_values([one.modes / one.modes_possible for one in scores])


def _most(run: Run, classes: int) -> float:
    counts = np.sort(run.generator_summary.scores.classes)[::-1]
    return float(counts[:classes].sum() / counts.sum())


def _best(run: Run) -> int:
    return int(np.argmin(column_of(run, "frechet")))


def _first(run: Run, column: str) -> float:
    return float(getattr(run.generator_summary.first_losses, column))

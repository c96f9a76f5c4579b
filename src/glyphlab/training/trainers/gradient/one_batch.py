"""One batch of a training, the place after it, and the row of an epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import seed_for, torch_rng
from glyphlab.backends import PLAIN
from glyphlab.models.nets.cnns import as_float
from glyphlab.models.strategies import Strategy
from glyphlab.optim.schedule import rate_factor
from glyphlab.recipes import TrainingRecipe
from glyphlab.training.augment import augment
from glyphlab.training.batches import EpochData
from glyphlab.training.checkpoint import Position
from glyphlab.training.trainers.gradient.captured import CapturedStep
from glyphlab.training.trainers.gradient.divergence import diverged
from glyphlab.training.trainers.gradient.step import Step

__all__ = ["BatchPosition", "close_epoch", "settle", "train_batch"]


@dataclass(kw_only=True)
class BatchPosition(Position):
    """Where a training stands between two batches.

    Attributes
    ----------
    epoch, batch : int
        The next batch to train on.
    loss_sum, correct, seen : float, int, int
        Running sums of the epoch that is under way; of captured steps only after `settle`.
    """

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0


def train_batch(
    step: Step,
    captured: CapturedStep | None,
    data: EpochData,
    index: Tensor,
    images: Tensor,
    position: BatchPosition,
    settings: TrainingRecipe,
    seed: int,
    steps: int,
    strategy: Strategy,
) -> None:
    """Take one step, and move the position past it.

    Parameters
    ----------
    captured : CapturedStep, optional
        Takes it where it can.
    index : Tensor
        Rows of `data`, on its device.
    images : (b, h, w) tensor
        Those of `data` in these rows.
    steps : int
        Of the epoch.
    """
    epoch, batch = position.epoch, position.batch
    rate = _rate(position, batch, settings, steps)
    images = images.unsqueeze(1)
    if settings.augment != "none":
        generator = torch_rng(seed, "augment", epoch, batch)
        images = augment(
            settings.augment, as_float(images), generator, strategy.columns, strategy.rows
        )
    targets = data.targets[index]
    try:
        if captured is not None and not captured.failed:
            if captured.tally.is_full:
                settle(captured, position, settings, steps, step.precision)
            if captured(images, targets, rate, seed_for(seed, "dropout", epoch, batch), batch):
                _pass(position, len(index))
                return
            if captured.failed:
                position.engine = replace(position.engine, backend=PLAIN)
        loss, correct = step(images, targets, rate, torch_rng(seed, "dropout", epoch, batch))
    except ValueError as error:
        if len(index) > 1 or "more than 1 value per channel" not in str(error):
            raise
        raise RecipeError(
            f"training.batch_size = {settings.batch_size} leaves batches of one image, and batch "
            "norm takes "
            "mean and spread over a batch: set training.batch_size to 2 or more, or leave the norm "
            "out"
        ) from error
    _count(position, batch, len(index), loss, correct, settings, steps, step.precision)
    _pass(position, len(index))


def settle(
    captured: CapturedStep | None,
    position: BatchPosition,
    settings: TrainingRecipe,
    steps: int,
    precision: str,
) -> None:
    """Count what captured steps left: before anything is read off the position, or written.

    Raises
    ------
    TrainingDiverged
        Where a loss was not finite.
    """
    for batch, images, loss, correct in captured.take() if captured is not None else ():
        _count(position, batch, images, loss, correct, settings, steps, precision)


def close_epoch(position: BatchPosition, settings: TrainingRecipe, steps: int) -> dict[str, Any]:
    """Return the history row of the epoch that has just ended, and start the next."""
    last = (position.epoch + 1) - 0.5 / steps
    row = {
        "epoch": position.epoch + 1,
        "loss": position.loss_sum / position.seen,
        "accuracy": position.correct / position.seen,
        "learning_rate": settings.learning_rate
        * rate_factor(settings.schedule, last / settings.epochs),
        "seconds": position.seconds - sum(r["seconds"] for r in position.history),
    }
    position.epoch += 1
    position.batch, position.loss_sum, position.correct, position.seen = 0, 0.0, 0, 0
    return row


def _pass(position: BatchPosition, images: int) -> None:
    position.seen += images
    position.batch += 1


def _count(
    position: BatchPosition,
    batch: int,
    images: int,
    loss: float,
    correct: int,
    settings: TrainingRecipe,
    steps: int,
    precision: str,
) -> None:
    if not math.isfinite(loss):
        place = f"epoch {position.epoch + 1}, batch {batch + 1} of {steps}"
        raise diverged(loss, place, _rate(position, batch, settings, steps), settings, precision)
    position.loss_sum += loss * images
    position.correct += correct


def _rate(position: BatchPosition, batch: int, settings: TrainingRecipe, steps: int) -> float:
    done = (position.epoch * steps + batch) / (settings.epochs * steps)
    # Half a step ahead, so that neither the first nor the last step has rate zero.
    return settings.learning_rate * rate_factor(
        settings.schedule, done + 0.5 / (settings.epochs * steps)
    )

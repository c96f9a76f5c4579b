"""The training loop: one readable fit that can die between any two batches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError
from glyphlab._common.process import owns_process
from glyphlab._common.seeds import torch_rng
from glyphlab.backends import keep_freed_memory, working_seconds
from glyphlab.metrics import exact_match
from glyphlab.models.nets.cnns import as_float
from glyphlab.models.strategies import Strategy
from glyphlab.optim.optimizers import build_optimizer
from glyphlab.optim.regularization import Penalty
from glyphlab.optim.schedule import rate_factor
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs.documents import unreadable
from glyphlab.runs.engine import Engine
from glyphlab.training.augment import augment
from glyphlab.training.batches import EpochData, Pictures, as_epoch_data, batch_count, batches
from glyphlab.training.checkpoint import (
    CHECKPOINT_SECONDS,
    Position,
    load_optimizer,
    optimizer_tensors,
    prefixed,
    recorded_engine,
    require_epochs,
    require_shapes,
    resumed,
    save_checkpoint,
    under,
)
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.inference import predict_probabilities
from glyphlab.training.interrupt import deferred_interrupt
from glyphlab.training.trainers.gradient.divergence import diverged, require_finite
from glyphlab.training.trainers.gradient.step import Step

__all__ = ["BatchPosition", "FitResult", "Validation", "fit_net"]

Validation = tuple[EpochData, Any]
"""Validation data in the strategy's form, and its labels ``(n, k)``."""


@dataclass(kw_only=True)
class BatchPosition(Position):
    """Where a training stands between two batches.

    Attributes
    ----------
    epoch, batch : int
        The next batch to train on.
    loss_sum, correct, seen : float, int, int
        Running sums of the epoch that is under way.
    """

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    correct: int = 0
    seen: int = 0


@dataclass(frozen=True)
class FitResult:
    """How training went.

    Attributes
    ----------
    history : list of dict
        One row an epoch: ``epoch, loss, accuracy, rate, seconds`` and, with validation,
        ``val_loss, val_exact_match``.
    best_epoch : int
        Epoch whose weights the net holds.
    train_seconds : float
        Seconds in training steps, over all the times it was resumed; drawing of fresh
        pictures counts, evaluation and checkpoints do not.
    engine : Engine
        What it ran on.
    """

    history: list[dict[str, Any]]
    best_epoch: int
    train_seconds: float
    engine: Engine


def fit_net(
    net: nn.Module,
    strategy: Strategy,
    pictures: Pictures,
    settings: TrainingRecipe,
    *,
    seed: int,
    validation: Validation | None = None,
    engine: Engine | None = None,
    redrawn: bool = False,
    checkpoint: Path | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    on_epoch: Callable[[dict[str, Any]], None] = lambda _row: None,
) -> FitResult:
    """Train a net in place.

    Parameters
    ----------
    net : torch.nn.Module
        Is moved to the engine's device in channels-last form, and holds the selected weights
        afterwards.
    strategy : Strategy
        How labels become targets.
    pictures : callable
        Images and labels of an epoch; called once unless `redrawn`.
    settings : TrainingRecipe
        Epochs, batch, optimiser and so on; its device and precision are not read.
    seed : int
        Root of every random choice.
    validation : Validation, optional
        Selects the epoch and stops early.
    engine : Engine, optional
        What to run on, from `engine_for`; by default what the checkpoint was begun on, or the CPU
        in float32 on torch's threads. Threads are set for the duration of the fit.
    redrawn : bool
        Whether every epoch has images of its own.
    checkpoint : Path, optional
        Where to write a checkpoint, and to resume one.
    checkpoint_seconds : float
        Longest time between two checkpoints within an epoch; every epoch ends with one as well.
    on_epoch : callable
        Called with the history row of every epoch, also of those before a resume.

    Raises
    ------
    TrainingDiverged
        Where the loss is not finite.
    KeyboardInterrupt
        After Ctrl-C: in a block of `own_process` once the checkpoint is written, else at once.
    """
    if engine is None:
        begun = None if checkpoint is None else recorded_engine(checkpoint)
        engine = engine_for("cpu", "float32", net, begun)
    device, precision = engine.device, engine.precision
    if device == "cpu" and owns_process():
        keep_freed_memory()
    net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = build_optimizer(
        settings.optimizer,
        net,
        rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        momentum=settings.momentum,
        nesterov=settings.nesterov,
    )
    penalty = Penalty(settings.l1, settings.l2)
    best: dict[str, Tensor] | None = None

    def load(tensors: dict[str, Tensor], there: BatchPosition) -> None:
        nonlocal best
        best = _put_back(tensors, net, optimizer)
        if best is not None and not 1 <= there.selection.epoch <= there.epoch:
            raise ValueError("best weights of no epoch")

    position = resumed(checkpoint, BatchPosition(engine=engine), load)
    if checkpoint is not None:
        _require_sound(checkpoint, position)
    for row in position.history:
        on_epoch(row)
    saved_at = time.monotonic()

    def save() -> None:
        nonlocal saved_at
        if checkpoint is not None:
            save_checkpoint(checkpoint, position, _tensors(net, optimizer, best))
        saved_at = time.monotonic()

    data: EpochData | None = None
    with (
        engine.in_force(),
        deferred_interrupt() as interrupted,
        Step(net, optimizer, strategy, settings.label_smoothing, precision, penalty) as step,
    ):
        while position.epoch < settings.epochs and not _out_of_patience(position, settings):
            started = working_seconds()
            if data is None or redrawn:
                data = as_epoch_data(*pictures(position.epoch), strategy, device)
            steps = batch_count(len(data), settings.batch_size)
            net.train()
            remaining = batches(
                len(data), settings.batch_size, seed, position.epoch, position.batch
            )
            for index in remaining:
                _train_batch(step, data, index, position, settings, seed, steps, strategy)
                if interrupted() or time.monotonic() - saved_at > checkpoint_seconds:
                    position.seconds += working_seconds() - started
                    save()
                    if interrupted():
                        raise KeyboardInterrupt
                    started = working_seconds()
            position.seconds += working_seconds() - started
            row = _close_epoch(position, settings, steps)
            if validation is not None:
                row |= _validate(net, strategy, validation, precision)
                if row["val_loss"] is not None:
                    row["val_loss"] += penalty.of(net)
                require_finite(row, settings, precision)
                score = row["val_exact_match"]
                position.selection = position.selection.take(score, row["epoch"])
                if position.selection.is_latest and settings.select == "best":
                    best = {name: t.detach().clone() for name, t in net.state_dict().items()}
            position.history.append(row)
            save()
            on_epoch(row)
            if interrupted():  # asked for during the validation
                raise KeyboardInterrupt
    if best is not None:
        net.load_state_dict(best)
    chosen = position.selection.epoch if best is not None else position.epoch
    return FitResult(position.history, chosen, position.seconds, engine)


def _tensors(
    net: nn.Module, optimizer: torch.optim.Optimizer, best: dict[str, Tensor] | None
) -> dict[str, Tensor]:
    """Return what a checkpoint holds: weights, those that are kept, and the optimiser's state."""
    found = prefixed("net", net.state_dict()) | prefixed("best", best or {})
    return found | optimizer_tensors("optimizer", optimizer)


def _put_back(
    tensors: dict[str, Tensor], net: nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, Tensor] | None:
    """Put back what `_tensors` returned; return the weights that are kept."""
    net.load_state_dict(under("net", tensors))
    load_optimizer("optimizer", optimizer, tensors)
    best = under("best", tensors) or None
    if best is not None:
        require_shapes(best, net)
    return best


def _require_sound(path: Path, position: BatchPosition) -> None:
    require_epochs(path, position, position.epoch)
    if min(position.batch, position.seen) < 0 or (position.batch > 0) != (position.seen > 0):
        raise unreadable(path, f"{position.seen} images seen in {position.batch} batches")


def _train_batch(
    step: Step,
    data: EpochData,
    index: Tensor,
    position: BatchPosition,
    settings: TrainingRecipe,
    seed: int,
    steps: int,
    strategy: Strategy,
) -> None:
    """Take one step, and move the position past it."""
    done = (position.epoch * steps + position.batch) / (settings.epochs * steps)
    # Half a step ahead, so that neither the first nor the last step has rate zero.
    rate = settings.learning_rate * rate_factor(
        settings.schedule, done + 0.5 / (settings.epochs * steps)
    )
    index = index.to(data.images.device)
    images = data.images[index].unsqueeze(1)
    if settings.augment != "none":
        generator = torch_rng(seed, "augment", position.epoch, position.batch)
        images = augment(
            settings.augment, as_float(images), generator, strategy.columns, strategy.rows
        )
    masks = torch_rng(seed, "dropout", position.epoch, position.batch)
    try:
        loss, correct = step(images, data.targets[index], rate, masks)
    except ValueError as error:
        if len(index) > 1 or "more than 1 value per channel" not in str(error):
            raise
        raise RecipeError(
            f"training.batch_size = {settings.batch_size} leaves batches of one image, and batch "
            "norm takes "
            "mean and spread over a batch: set training.batch_size to 2 or more, or leave the norm "
            "out"
        ) from error
    if not math.isfinite(loss):
        place = f"epoch {position.epoch + 1}, batch {position.batch + 1} of {steps}"
        raise diverged(loss, place, rate, settings, step.precision)
    position.loss_sum += loss * len(index)
    position.correct += correct
    position.seen += len(index)
    position.batch += 1


def _close_epoch(position: BatchPosition, settings: TrainingRecipe, steps: int) -> dict[str, Any]:
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


def _validate(
    net: nn.Module, strategy: Strategy, validation: Validation, precision: str
) -> dict[str, Any]:
    data, labels = validation
    probability = predict_probabilities(net, data, precision)
    return {
        "val_loss": strategy.mean_loss(probability, data.targets.cpu().numpy()),
        "val_exact_match": exact_match(strategy.decode(probability), labels),
    }


def _out_of_patience(position: BatchPosition, settings: TrainingRecipe) -> bool:
    return settings.patience is not None and position.selection.waited >= settings.patience

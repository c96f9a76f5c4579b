"""The training loop: one readable fit that can die between any two batches."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from glyphlab._common.process import owns_process
from glyphlab.backends import keep_freed_memory, working_seconds
from glyphlab.backends.cuda import CAPTURED
from glyphlab.metrics import exact_match
from glyphlab.models.strategies import Strategy
from glyphlab.optim.optimizers import build_optimizer
from glyphlab.optim.regularization import Penalty
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs.documents import unreadable
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import EpochData, Pictures, as_epoch_data, batch_count, batches
from glyphlab.training.checkpoint import (
    CHECKPOINT_SECONDS,
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
from glyphlab.training.trainers.gradient.captured import CapturedStep
from glyphlab.training.trainers.gradient.divergence import require_finite
from glyphlab.training.trainers.gradient.one_batch import (
    BatchPosition,
    close_epoch,
    settle,
    train_batch,
)
from glyphlab.training.trainers.gradient.step import Step

__all__ = ["BatchPosition", "FitResult", "Validation", "fit_net"]

Validation = tuple[EpochData, Any]
"""Validation data in the strategy's form, and its labels ``(n, k)``."""


@dataclass(frozen=True)
class FitResult:
    """How training went.

    Attributes
    ----------
    history : list of dict
        One row an epoch: ``epoch, loss, accuracy, learning_rate, seconds`` and, with
        validation, ``val_loss, val_exact_match``.
    best_epoch : int
        Epoch whose weights the net holds.
    train_seconds : float
        Seconds in training steps, over all the times it was resumed; drawing of fresh
        pictures counts, evaluation and checkpoints do not.
    engine : Engine
        What it ran on.
    capture_seconds : float
        Those of `train_seconds`, since it was last resumed, in which steps were captured.
    """

    history: list[dict[str, Any]]
    best_epoch: int
    train_seconds: float
    engine: Engine
    capture_seconds: float = 0.0


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
        engine = engine_for("cpu", "float32", net, begun, strategy=strategy)
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
    captured: CapturedStep | None = None
    with (
        engine.in_force(),
        deferred_interrupt() as interrupted,
        Step(net, optimizer, strategy, settings.label_smoothing, precision, penalty) as step,
    ):
        if engine.backend == CAPTURED:
            captured = CapturedStep(step)
        while position.epoch < settings.epochs and not _out_of_patience(position, settings):
            started = working_seconds()
            if data is None or redrawn:
                data = as_epoch_data(*pictures(position.epoch), strategy, device)
            steps = batch_count(len(data), settings.batch_size)
            net.train()
            remaining = batches(
                len(data), settings.batch_size, seed, position.epoch, position.batch, device
            )
            for index, images in data.shown(remaining):
                train_batch(
                    step, captured, data, index, images, position, settings, seed, steps, strategy
                )
                if interrupted() or time.monotonic() - saved_at > checkpoint_seconds:
                    settle(captured, position, settings, steps, precision)
                    position.seconds += working_seconds() - started
                    save()
                    if interrupted():
                        raise KeyboardInterrupt
                    started = working_seconds()
            settle(captured, position, settings, steps, precision)
            position.seconds += working_seconds() - started
            row = close_epoch(position, settings, steps)
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
    capture_seconds = 0.0 if captured is None else captured.seconds
    return FitResult(position.history, chosen, position.seconds, position.engine, capture_seconds)


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

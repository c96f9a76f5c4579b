"""The alternating loop: one for every adversarial pair, that can die between any two steps."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from glyphlab._common.errors import TrainingDiverged
from glyphlab._common.process import owns_process
from glyphlab._common.seeds import torch_rng
from glyphlab.backends import PLAIN, keep_freed_memory, working_seconds
from glyphlab.backends.cuda import CAPTURED
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.runs.documents import unreadable
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import batch_count
from glyphlab.training.checkpoint import (
    CHECKPOINT,
    CHECKPOINT_SECONDS,
    Position,
    require_epochs,
    resumed,
    save_checkpoint,
)
from glyphlab.training.interrupt import deferred_interrupt
from glyphlab.training.selection import Selection
from glyphlab.training.trainers.adversarial.both_steps import (
    StepLeft,
    both_steps,
    is_penalised,
    numbers_of,
)
from glyphlab.training.trainers.adversarial.captured_pair import CapturedPair
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
from glyphlab.training.trainers.adversarial.images import Pictures
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.adversarial.real_batches import real_batch

__all__ = [
    "AdversarialPosition",
    "count_step",
    "one_step",
    "steps_of",
    "train_pair",
]


@dataclass(kw_only=True)
class AdversarialPosition(Position):
    """Where a training stands between two steps.

    Attributes
    ----------
    step : int
        Steps of the generator so far; all chance is derived from it by name.
    sums : dict
        Running sums of the epoch under way.
    first : dict
        Both losses of the first step.
    selection : Selection
        The epoch with the smallest Fréchet distance, where the best is kept.
    """

    step: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    selection: Selection = field(default_factory=lambda: Selection("lowest"))


def steps_of(recipe: GeneratorRecipe, count: int) -> tuple[int, int]:
    """Return the generator's steps of the training and of an epoch over `count` pictures."""
    shown = recipe.training.batch_size * recipe.training.batches
    whole = max(1, math.ceil(recipe.training.images / shown))
    epoch = batch_count(recipe.training.epoch_images or count, shown)
    return whole, min(whole, epoch)


def train_pair(
    run: Run,
    pair: AdversarialPair,
    recipe: GeneratorRecipe,
    pictures: Pictures,
    *,
    engine: Engine,
    mitigation: CollapseMitigation,
    evaluate: Callable[[], dict[str, Any]],
    on_epoch: Callable[[dict[str, Any]], bool],
    keep_best: bool = False,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> AdversarialPosition:
    """Train generator and discriminator to the end, or until `on_epoch` says that it is enough.

    Parameters
    ----------
    run : Run
        Holds the checkpoint, which is resumed where there is one.
    pair : AdversarialPair
    recipe : GeneratorRecipe
    pictures : Pictures
    engine : Engine
        What both nets stand on; the caller sets its threads.
    mitigation : CollapseMitigation
    evaluate : callable
        Evaluates the generator at the end of an epoch; what it returns joins the row.
    on_epoch : callable
        Called with the row of every epoch, also of those before a resume; True ends the training.
    keep_best : bool
        Keep the generator of the epoch with the smallest ``frechet`` that `evaluate` found, in the
        checkpoint and in ``pair.best``.
    checkpoint_seconds : float
        Longest time between two checkpoints within an epoch.

    Raises
    ------
    TrainingDiverged
        Where a loss is not finite: names the net. The checkpoint is of before.
    RunError
        Where the checkpoint is of another recipe.
    KeyboardInterrupt
        After Ctrl-C: in a block of `own_process` once the checkpoint is written, else at once.
    """
    if pair.device == "cpu" and owns_process():
        keep_freed_memory()
    whole, epoch_steps = steps_of(recipe, len(pictures))
    path = run.path / CHECKPOINT

    def load(tensors: dict[str, Tensor], position: AdversarialPosition) -> None:
        pair.load(tensors, position.step)
        mitigation.load(tensors)

    position = resumed(path, AdversarialPosition(engine=engine), load)
    _require_place(path, position, whole, epoch_steps)
    ended = False
    for row in position.history:
        ended = on_epoch(row) or ended
    saved_at = time.monotonic()

    captured: CapturedPair | None = None
    if engine.backend == CAPTURED:
        captured = CapturedPair(pair, recipe, pictures, engine.precision)

    def take_step() -> None:
        if captured is not None and not captured.failed:
            if captured.is_full:
                settle()
            if captured(position.step, whole):
                position.step += 1
                return
            if captured.failed:
                position.engine = replace(position.engine, backend=PLAIN)
        settle()
        one_step(pair, recipe, pictures, position, mitigation, whole)

    def settle() -> None:
        for step, left in captured.take() if captured is not None else ():
            count_step(position, recipe, step, whole, left)

    def save() -> None:
        nonlocal saved_at
        _require_sound(pair, position, whole)
        save_checkpoint(path, position, {**pair.tensors(), **mitigation.tensors()})
        saved_at = time.monotonic()

    with deferred_interrupt() as interrupted:
        while position.step < whole and not ended:
            started = working_seconds()
            take_step()
            closes = position.step % epoch_steps == 0 or position.step == whole
            saves = interrupted() or time.monotonic() - saved_at > checkpoint_seconds
            if closes or saves:
                settle()
            position.seconds += working_seconds() - started
            if closes:
                _require_sound(pair, position, whole)
                row = {**_close(position), **evaluate()}
                if pair.balanced:
                    row["balance"] = float(pair.balance)
                mitigation.on_row(row)
                position.history.append(row)
                if keep_best:
                    position.selection = position.selection.take(row["frechet"], row["epoch"])
                    if position.selection.is_latest:
                        pair.keep()
                save()
                ended = on_epoch(row)
            elif saves:
                save()
            if (closes or saves) and interrupted():  # otherwise the next step saves first
                raise KeyboardInterrupt
    return position


def _require_place(path: Path, position: AdversarialPosition, whole: int, epoch_steps: int) -> None:
    """Check that a training of this number of steps can stand there."""
    ended = -(-whole // epoch_steps) if position.step == whole else position.step // epoch_steps
    if not 0 <= position.step <= whole:
        raise unreadable(path, f"it stands at step {position.step} of {whole}")
    require_epochs(path, position, ended)
    if position.step and position.first.keys() != {"d_loss", "g_loss"}:
        raise unreadable(path, f"losses of {', '.join(position.first) or 'nobody'} at first")


def one_step(
    pair: AdversarialPair,
    recipe: GeneratorRecipe,
    pictures: Pictures,
    position: AdversarialPosition,
    mitigation: CollapseMitigation,
    whole: int,
) -> None:
    """Take one step of the generator with the discriminator's before it."""
    training, seed, step = recipe.training, recipe.seed, position.step
    pair.set_rates(step / whole)
    numbers = numbers_of(training, step)
    shown = [
        real_batch(pictures, training.batch_size, seed, number, pair.device) for number in numbers
    ]
    turned = None
    if training.resample_generated:
        count = training.generator_batch_size or training.batch_size
        turned = real_batch(pictures, count, seed, numbers[-1], pair.device, turned=True)
    seen, loss = both_steps(
        pair, recipe, shown, turned, torch_rng(seed, "step", step),
        penalised=[is_penalised(training, number) for number in numbers],
        precision=position.engine.precision, mitigation=mitigation,
    )  # fmt: skip
    pair.follow()
    sizes = [len(real) for real, _ in shown]
    of_discriminator = [
        (float(one.loss), float(one.real_correct), float(one.generated_correct)) for one in seen
    ]
    generated = sizes[-1] if turned is None else len(turned[0])
    count_step(
        position, recipe, step, whole, StepLeft(sizes, of_discriminator, generated, float(loss))
    )
    position.step += 1


def count_step(
    position: AdversarialPosition,
    recipe: GeneratorRecipe,
    step: int,
    whole: int,
    left: StepLeft,
) -> None:
    """Add what a step left to the sums of its epoch.

    Raises
    ------
    TrainingDiverged
        Where a loss is not finite.
    """
    training = recipe.training
    rate = training.discriminator_learning_rate or training.learning_rate
    for images, (loss, real_correct, generated_correct) in zip(
        left.shown, left.of_discriminator, strict=True
    ):
        _require_finite("discriminator", loss, step, whole, rate)
        _add(position.sums, "d_loss", loss, images)
        _add(position.sums, "real_correct", real_correct, images)
        _add(position.sums, "generated_correct", generated_correct, images)
        _add(position.sums, "epoch_images", 1.0, images)
    _require_finite("generator", left.of_generator, step, whole, training.learning_rate)
    _add(position.sums, "g_loss", left.of_generator, left.generated)
    _add(position.sums, "generated", 1.0, left.generated)
    if not step:
        position.first = {"d_loss": left.of_discriminator[-1][0], "g_loss": left.of_generator}


def _add(sums: dict[str, float], name: str, value: float, count: int) -> None:
    sums[name] = sums.get(name, 0.0) + value * count


def _close(position: AdversarialPosition) -> dict[str, Any]:
    """Return the history row of the epoch that has just ended, and begin the next."""
    sums = position.sums
    shown = int(sums["epoch_images"])
    row: dict[str, Any] = {
        "epoch": len(position.history) + 1,
        "images": shown + sum(int(before["epoch_images"]) for before in position.history),
        "epoch_images": shown,
        **{name: sums[name] / shown for name in ("d_loss", "real_correct", "generated_correct")},
        "g_loss": sums["g_loss"] / sums["generated"],
        "seconds": position.seconds - sum(before["seconds"] for before in position.history),
    }
    position.sums = {}
    return row


def _require_sound(pair: AdversarialPair, position: AdversarialPosition, whole: int) -> None:
    """Insist on finite weights, so that no checkpoint holds any other."""
    of_generator, of_discriminator = pair.rates
    every = [("discriminator", net, of_discriminator) for net in pair.discriminators]
    for net_name, net, rate in (*every, ("generator", pair.generator, of_generator)):
        if not all(bool(torch.isfinite(tensor).all()) for tensor in net.parameters()):
            _require_finite(net_name, math.nan, position.step - 1, whole, rate)


def _require_finite(net_name: str, loss: float, step: int, whole: int, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(
            f"the {net_name}'s loss became {loss} at step {step + 1:,} of {whole:,}: the last good "
            f"checkpoint is kept; lower its rate (for example to {rate / 4:.1g}), or give "
            'training.penalty = "r1+r2"'
        )

"""The alternating loop: one for every adversarial pair, that can die between any two steps."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab._common.errors import TrainingDiverged
from glyphlab._common.process import owns_process
from glyphlab._common.seeds import torch_rng
from glyphlab.backends import keep_freed_memory, working_seconds
from glyphlab.models.generators.losses import adversarial_loss
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
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
from glyphlab.training.trainers.adversarial.images import Pictures, to_range
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.adversarial.step import (
    discriminator_step,
    generate,
    generator_step,
    losses_of_untaught,
)

__all__ = [
    "AdversarialPosition",
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

    def save() -> None:
        nonlocal saved_at
        _require_sound(pair, position, whole)
        save_checkpoint(path, position, {**pair.tensors(), **mitigation.tensors()})
        saved_at = time.monotonic()

    with deferred_interrupt() as interrupted:
        while position.step < whole and not ended:
            started = working_seconds()
            one_step(pair, recipe, pictures, position, mitigation, whole)
            position.seconds += working_seconds() - started
            closes = position.step % epoch_steps == 0 or position.step == whole
            if closes:
                row = {**_close(position), **evaluate()}
                mitigation.on_row(row)
                position.history.append(row)
                if keep_best:
                    position.selection = position.selection.take(row["frechet"], row["epoch"])
                    if position.selection.is_latest:
                        pair.keep()
                save()
                ended = on_epoch(row)
            elif interrupted() or time.monotonic() - saved_at > checkpoint_seconds:
                save()
            if interrupted():
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
    precision = position.engine.precision
    pair.set_rates(step / whole)
    pair.discriminator.train()
    chance = torch_rng(seed, "step", step)
    pair.set_chance(chance)
    conditional = recipe.model.conditional

    def noise(count: int) -> Tensor:
        return torch.randn(count, recipe.model.latent, generator=chance).to(pair.device)

    for turn in range(training.batches):
        number = step * training.batches + turn
        real, labels = _batch(pictures, training.batch_size, seed, number, pair.device)
        wanted = labels if conditional else None
        last = turn == training.batches - 1
        # images that only the discriminator sees are drawn as samples are, as Keras's predict does
        pair.generator.train(not training.resample_generated)
        with torch.set_grad_enabled(last and not training.resample_generated):
            generated = generate(pair, wanted, noise(len(real)), precision=precision)
        if training.discriminator_steps:
            seen = discriminator_step(
                pair, real, wanted, generated, chance,
                penalise=training.penalty != "none" and number % training.every == 0,
                precision=precision, replayed=mitigation.replayed(len(real), chance),
            )  # fmt: skip
        else:
            seen = losses_of_untaught(pair, real, wanted, generated, precision=precision)
        _require_finite(
            "discriminator",
            seen.loss,
            step,
            whole,
            training.discriminator_learning_rate or training.learning_rate,
        )
        _add(position.sums, "d_loss", seen.loss, len(real))
        _add(position.sums, "real_correct", seen.real_correct, len(real))
        _add(position.sums, "generated_correct", seen.generated_correct, len(real))
        _add(position.sums, "epoch_images", 1.0, len(real))
    pair.generator.train()
    if training.resample_generated:
        count = training.generator_batch_size or training.batch_size
        real, labels = _batch(pictures, count, seed, number, pair.device, turned=True)
        wanted = labels if conditional else None
        generated = generate(pair, wanted, noise(len(real)), precision=precision)
    relative = adversarial_loss(training.loss).relative
    loss = generator_step(
        pair, wanted, generated, precision=precision,
        real=real if relative else None, sample_mask=mitigation.sample_mask,
    )  # fmt: skip
    _require_finite("generator", loss, step, whole, training.learning_rate)
    _add(position.sums, "g_loss", loss, len(generated))
    _add(position.sums, "generated", 1.0, len(generated))
    if not step:
        position.first = {"d_loss": seen.loss, "g_loss": loss}
    position.step += 1


def _batch(
    pictures: Pictures, size: int, seed: int, number: int, device: str, *, turned: bool = False
) -> tuple[Tensor, Tensor]:
    """Return the pictures and labels of a batch, by its number in the training.

    A batch for the generator's step is of another order of the same pictures.
    """
    epoch, place = divmod(number, batch_count(len(pictures), size))
    rows = _order(len(pictures), size, seed, ("turned" if turned else "order"), epoch)[place]
    labels = torch.from_numpy(pictures.labels[rows])
    return to_range(pictures.images[rows]).to(device), labels.to(device)


@functools.lru_cache(maxsize=2)
def _order(
    count: int, size: int, seed: int, name: str, epoch: int
) -> tuple[NDArray[np.int64], ...]:
    """Return the rows of every batch of an epoch; sizes differ by at most one."""
    order = torch.randperm(count, generator=torch_rng(seed, name, epoch))
    return tuple(part.numpy() for part in torch.tensor_split(order, batch_count(count, size)))


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
    both = (("discriminator", pair.discriminator), ("generator", pair.generator))
    for (net_name, net), rate in zip(both, pair.rates[::-1], strict=True):
        if not all(bool(torch.isfinite(tensor).all()) for tensor in net.parameters()):
            _require_finite(net_name, math.nan, position.step - 1, whole, rate)


def _require_finite(net_name: str, loss: float, step: int, whole: int, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(
            f"the {net_name}'s loss became {loss} at step {step + 1:,} of {whole:,}: the last good "
            f"checkpoint is kept; lower its rate (for example to {rate / 4:.1g}), or give "
            'training.penalty = "r1+r2"'
        )

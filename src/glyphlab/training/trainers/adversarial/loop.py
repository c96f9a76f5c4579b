"""The alternating loop: one for every pair of players, that can die between any two steps."""

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
from glyphlab.backends import keep_freed_memory
from glyphlab.models.generators.losses import adversarial_loss
from glyphlab.recipes import GanRecipe
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
from glyphlab.training.trainers.adversarial.collapse_mitigation import Remedy
from glyphlab.training.trainers.adversarial.images import Pictures, to_range
from glyphlab.training.trainers.adversarial.net_pair import Players
from glyphlab.training.trainers.adversarial.step import (
    discriminator_step,
    generator_step,
    make,
    shown_untaught,
)

__all__ = [
    "PlayPosition",
    "one_step",
    "play_out",
    "steps_of",
]


@dataclass(kw_only=True)
class PlayPosition(Position):
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


def steps_of(recipe: GanRecipe, count: int) -> tuple[int, int]:
    """Return the generator's steps of the training and of an epoch over `count` pictures."""
    shown = recipe.play.batch * recipe.play.batches
    whole = max(1, math.ceil(recipe.play.images / shown))
    epoch = batch_count(recipe.play.epoch or count, shown)
    return whole, min(whole, epoch)


def play_out(
    run: Run,
    players: Players,
    recipe: GanRecipe,
    pictures: Pictures,
    *,
    engine: Engine,
    remedy: Remedy,
    look: Callable[[], dict[str, Any]],
    on_epoch: Callable[[dict[str, Any]], bool],
    keep_best: bool = False,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> PlayPosition:
    """Train both players to the end, or until `on_epoch` says that it is enough.

    Parameters
    ----------
    run : Run
        Holds the checkpoint, which is resumed where there is one.
    players : Players
    recipe : GanRecipe
    pictures : Pictures
    engine : Engine
        What the players stand on; the caller sets its threads.
    remedy : Remedy
    look : callable
        Judges the generator at the end of an epoch; its words join the row.
    on_epoch : callable
        Called with the row of every epoch, also of those before a resume; True ends the training.
    keep_best : bool
        Keep the generator of the epoch with the smallest ``frechet`` that `look` found, in the
        checkpoint and in ``players.best``.
    checkpoint_seconds : float
        Longest time between two checkpoints within an epoch.

    Raises
    ------
    TrainingDiverged
        Where a loss is not finite: names the player. The checkpoint is of before.
    RunError
        Where the checkpoint is of another recipe.
    KeyboardInterrupt
        After Ctrl-C: in a block of `own_process` once the checkpoint is written, else at once.
    """
    if players.device == "cpu" and owns_process():
        keep_freed_memory()
    whole, epoch_steps = steps_of(recipe, len(pictures))
    path = run.path / CHECKPOINT

    def load(tensors: dict[str, Tensor], position: PlayPosition) -> None:
        players.load(tensors, position.step)
        remedy.load(tensors)

    position = resumed(path, PlayPosition(engine=engine), load)
    _require_place(path, position, whole, epoch_steps)
    ended = False
    for row in position.history:
        ended = on_epoch(row) or ended
    saved_at = time.monotonic()

    def save() -> None:
        nonlocal saved_at
        _require_sound(players, position, whole)
        save_checkpoint(path, position, {**players.tensors(), **remedy.tensors()})
        saved_at = time.monotonic()

    with deferred_interrupt() as interrupted:
        while position.step < whole and not ended:
            started = time.perf_counter()
            one_step(players, recipe, pictures, position, remedy, whole)
            position.seconds += time.perf_counter() - started
            closes = position.step % epoch_steps == 0 or position.step == whole
            if closes:
                row = {**_close(position), **look()}
                remedy.look(row)
                position.history.append(row)
                if keep_best:
                    position.selection = position.selection.take(row["frechet"], row["epoch"])
                    if position.selection.is_latest:
                        players.keep()
                save()
                ended = on_epoch(row)
            elif interrupted() or time.monotonic() - saved_at > checkpoint_seconds:
                save()
            if interrupted():
                raise KeyboardInterrupt
    return position


def _require_place(path: Path, position: PlayPosition, whole: int, epoch_steps: int) -> None:
    """Check that a training of this number of steps can stand there."""
    ended = -(-whole // epoch_steps) if position.step == whole else position.step // epoch_steps
    if not 0 <= position.step <= whole:
        raise unreadable(path, f"it stands at step {position.step} of {whole}")
    require_epochs(path, position, ended)
    if position.step and position.first.keys() != {"d_loss", "g_loss"}:
        raise unreadable(path, f"losses of {', '.join(position.first) or 'nobody'} at first")


def one_step(
    players: Players,
    recipe: GanRecipe,
    pictures: Pictures,
    position: PlayPosition,
    remedy: Remedy,
    whole: int,
) -> None:
    """Take one step of the generator with the discriminator's before it."""
    play, seed, step = recipe.play, recipe.seed, position.step
    precision = position.engine.precision
    players.set_rates(step / whole)
    players.discriminator.train()
    chance = torch_rng(seed, "step", step)
    players.set_chance(chance)
    conditional = recipe.nets.conditional

    def noise(count: int) -> Tensor:
        return torch.randn(count, recipe.nets.latent, generator=chance).to(players.device)

    for turn in range(play.batches):
        number = step * play.batches + turn
        real, labels = _batch(pictures, play.batch, seed, number, players.device)
        wanted = labels if conditional else None
        last = turn == play.batches - 1
        # images that only the discriminator sees are drawn as samples are, as Keras's predict does
        players.generator.train(not play.fresh)
        with torch.set_grad_enabled(last and not play.fresh):
            made = make(players, wanted, noise(len(real)), precision=precision)
        if play.discriminator_steps:
            told = discriminator_step(
                players, real, wanted, made, chance,
                penalise=play.penalty != "none" and number % play.every == 0,
                precision=precision, rejected=remedy.rejected(len(real), chance),
            )  # fmt: skip
        else:
            told = shown_untaught(players, real, wanted, made, precision=precision)
        _require_finite(
            "discriminator", told.loss, step, whole, play.discriminator_rate or play.rate
        )
        _add(position.sums, "d_loss", told.loss, len(real))
        _add(position.sums, "real_right", told.real_right, len(real))
        _add(position.sums, "made_right", told.made_right, len(real))
        _add(position.sums, "shown", 1.0, len(real))
    players.generator.train()
    if play.fresh:
        count = play.generator_batch or play.batch
        real, labels = _batch(pictures, count, seed, number, players.device, turned=True)
        wanted = labels if conditional else None
        made = make(players, wanted, noise(len(real)), precision=precision)
    relative = adversarial_loss(play.loss).relative
    loss = generator_step(
        players, wanted, made, precision=precision,
        real=real if relative else None, worth=remedy.worth,
    )  # fmt: skip
    _require_finite("generator", loss, step, whole, play.rate)
    _add(position.sums, "g_loss", loss, len(made))
    _add(position.sums, "made", 1.0, len(made))
    if not step:
        position.first = {"d_loss": told.loss, "g_loss": loss}
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


def _close(position: PlayPosition) -> dict[str, Any]:
    """Return the history row of the epoch that has just ended, and begin the next."""
    sums = position.sums
    shown = int(sums["shown"])
    row: dict[str, Any] = {
        "epoch": len(position.history) + 1,
        "images": shown + sum(int(before["shown"]) for before in position.history),
        "shown": shown,
        **{name: sums[name] / shown for name in ("d_loss", "real_right", "made_right")},
        "g_loss": sums["g_loss"] / sums["made"],
        "seconds": position.seconds - sum(before["seconds"] for before in position.history),
    }
    position.sums = {}
    return row


def _require_sound(players: Players, position: PlayPosition, whole: int) -> None:
    """Insist on finite weights, so that no checkpoint holds any other."""
    both = (("discriminator", players.discriminator), ("generator", players.generator))
    for (player, net), rate in zip(both, players.rates[::-1], strict=True):
        if not all(bool(torch.isfinite(tensor).all()) for tensor in net.parameters()):
            _require_finite(player, math.nan, position.step - 1, whole, rate)


def _require_finite(player: str, loss: float, step: int, whole: int, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingDiverged(
            f"the {player}'s loss became {loss} at step {step + 1:,} of {whole:,}: the last good "
            f"checkpoint is kept; lower its rate (for example to {rate / 4:.1g}), or give "
            'play.penalty = "r1+r2"'
        )

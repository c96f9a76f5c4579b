"""Many perceptrons side by side in one program, each ending where it would have ended alone.

A small net leaves a fast processor idle: what its training costs is the calls, not the sums. Here a
whole epoch of a member is one compiled call that holds no lock, and as many members train at once
as there are cores, each with its own weights in its own core's cache, over one shared training set.
Members may differ in everything but the data: widths, depth, activation, optimiser, rate,
penalties, batch, epochs, patience, seed, and with `validation_fraction` in what they validate on.
Every member meets its own order of images and starts from its own weights, those that `fit_net`
would give it.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab._common.registry import STRATEGIES
from glyphlab._common.seeds import torch_rng
from glyphlab.backends import OPTIMIZERS, reason_against
from glyphlab.models import build_net
from glyphlab.models.strategies import Labels, Strategy
from glyphlab.recipes import Recipe, TrainingRecipe
from glyphlab.recipes.architecture import parse_layers
from glyphlab.training.batches import as_epoch_data, held_out, part_size
from glyphlab.training.trainers.gradient.loop import FitResult
from glyphlab.training.trainers.stacked.member import Rows, fit_perceptron

__all__ = [
    "StackMember",
    "StackResult",
    "each_of_stack",
    "member_of",
    "stack_groups",
    "stackable",
]

Images = NDArray[np.uint8] | NDArray[np.float32]


@dataclass(frozen=True)
class StackMember:
    """One perceptron and how it is trained.

    Attributes
    ----------
    training : TrainingRecipe
    layers, activation, initial
        As in a recipe's ``model``; dense layers only.
    seed : int
        Root of every random choice, as in `fit_net`.
    """

    training: TrainingRecipe
    layers: tuple[str, ...]
    activation: str = "relu"
    initial: str = "keras"
    seed: int = 0


@dataclass(frozen=True)
class StackResult:
    """How a member ended.

    Attributes
    ----------
    member : StackMember
    fit : FitResult or None
        As `fit_net` returns it; None where training failed.
    state : dict of Tensor
        The selected weights, for the net of ``build_net("layers", …)``; empty where it failed.
    error : TrainingDiverged, RecipeError or None
        What its training alone would have raised.
    """

    member: StackMember
    fit: FitResult | None
    state: dict[str, Tensor]
    error: TrainingDiverged | RecipeError | None = None


def stackable(recipe: Recipe) -> tuple[bool, str]:
    """Return whether a recipe can train in a stack, and if not, why.

    A stack multiplies in float32 on the processor; ``'auto'`` is taken as that.
    """
    task, model, training = recipe.task, recipe.model, recipe.training
    if model.net != "layers":
        return False, f"net '{model.net}' is no net of layers"
    kind: type[Strategy] = STRATEGIES.load(model.strategy)
    against = kind.reason_against_stack()
    if against:
        return False, against
    reasons = {
        "pictures are drawn anew every epoch": task.redraw or training.short_canvas > 0,
        "training.restarts trains several nets": training.restarts > 1,
        "training.repeats shows an image several times": training.repeats > 1,
        "training.device is 'cuda'": training.device == "cuda",
    }
    for reason, holds in reasons.items():
        if holds:
            return False, reason
    return _can_train(member_of(recipe))


def member_of(recipe: Recipe) -> StackMember:
    """Return the member that a recipe describes."""
    model = recipe.model
    return StackMember(recipe.training, model.words, model.activation, model.initial, recipe.seed)


def stack_groups(recipes: Sequence[Recipe]) -> list[list[int]]:
    """Group recipes that can train together: stackable, the same task, the same strategy.

    Returns
    -------
    list of list of int
        Numbers of the recipes, each in one group; what cannot be stacked is a group of its own.
        Groups come in the order of their first members.
    """
    groups: dict[object, list[int]] = {}
    for number, recipe in enumerate(recipes):
        together = (recipe.task.model_dump_json(), recipe.model.strategy)
        groups.setdefault(together if stackable(recipe)[0] else number, []).append(number)
    return list(groups.values())


def each_of_stack(
    members: Sequence[StackMember],
    strategy: Strategy,
    images: Images,
    labels: Labels,
    *,
    validation: tuple[Images, Labels] | None = None,
    workers: int | None = None,
) -> Iterator[tuple[int, StackResult]]:
    """Train all members, and yield the number and the result of each as it ends.

    Whoever stops asking stops them all, once every thread has ended its epoch.

    Parameters
    ----------
    members : sequence of StackMember
    strategy : Strategy
        How labels become targets; the same for all.
    images : (n, H, W) uint8, or float32 as the nets should see it
    labels : (n, k) int64
    validation : (images, labels), optional
        For members that hold out no training images.
    workers : int, optional
        Threads, one member each; by default as many as torch has. Their number does not change a
        bit.

    Raises
    ------
    RecipeError
        For a member that cannot be stacked, with the reason.
    """
    for member in members:
        fits, reason = _can_train(member)
        if not fits:
            raise RecipeError(f"a member cannot train in a stack: {reason}: train it by itself")
    everything = _rows_of(images, labels, strategy)
    checked = None if validation is None else _rows_of(*validation, strategy)
    height, width = part_size(strategy, *images.shape[1:])
    nets = [_net(member, strategy, height, width) for member in members]
    stop = threading.Event()

    def fit(number: int) -> StackResult:
        member = members[number]
        training, validation_part = everything, checked
        try:
            if member.training.validation_fraction:
                kept, held = held_out(len(labels), member.training.validation_fraction, member.seed)
                training = _part(everything, kept, labels, strategy)
                validation_part = _part(everything, held, labels, strategy)
            result, state = fit_perceptron(
                nets[number],
                member.layers,
                member.activation,
                strategy,
                training,
                member.training,
                member.seed,
                validation_part,
                stop.is_set,
            )
        except (TrainingDiverged, RecipeError) as error:
            return StackResult(member, None, {}, error)
        return StackResult(member, result, state)

    with ThreadPoolExecutor(workers or torch.get_num_threads(), "glyphlab-stack") as pool:
        # The longest first: a long one that begins last would run alone.
        order = sorted(range(len(members)), key=lambda number: -_work(members[number]))
        futures: dict[Future[StackResult], int] = {pool.submit(fit, n): n for n in order}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _can_train(member: StackMember) -> tuple[bool, str]:
    training = member.training
    kinds = {layer.kind for layer in parse_layers(member.layers)}
    uncompiled = reason_against()
    reasons = {
        uncompiled: bool(uncompiled),
        "only dense layers are stacked": kinds != {"dense"},
        f"training.augment is '{training.augment}'": training.augment != "none",
        f"optimizer '{training.optimizer}' turns convolutions": training.optimizer
        not in OPTIMIZERS,
        "training.precision is 'bfloat16'": training.precision == "bfloat16",
    }
    found = [reason for reason, holds in reasons.items() if holds]
    return not found, found[0] if found else ""


def _net(member: StackMember, strategy: Strategy, height: int, width: int) -> nn.Module:
    return build_net(
        "layers",
        height=height,
        width=width,
        heads=strategy.heads,
        classes=strategy.classes,
        head=strategy.head,
        layers=member.layers,
        activation=member.activation,
        initial=member.initial,
        generator=torch_rng(member.seed, "init"),
    )


def _rows_of(images: Images, labels: Labels, strategy: Strategy) -> Rows:
    data = as_epoch_data(images, labels, strategy, "cpu")
    pixels: NDArray[Any] = data.resident.flatten(1).numpy()
    return Rows(pixels, data.targets.numpy(), np.arange(len(pixels)), labels)


def _part(whole: Rows, index: NDArray[np.int64], labels: Labels, strategy: Strategy) -> Rows:
    """Return only the images of that index, all their strips."""
    parts = math.prod(strategy.grid)
    rows = (index[:, None] * parts + np.arange(parts)).ravel()
    return Rows(whole.images, whole.targets, rows, labels[index])


def _work(member: StackMember) -> int:
    """Return what a member's training costs, up to a factor that is the same for all."""
    return member.training.epochs * parse_layers(member.layers)[0].size

"""The layer tables of reports: the nets of a reproduction, with the weights they begin with.

A report prints the parameters and output shapes of each layer. Nothing has to be trained to count
ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from glyphlab._common.errors import UsageError
from glyphlab.models import make_strategy
from glyphlab.recipes import ModelEntry, Recipe, model_entry
from glyphlab.reproductions.core.registry import Functions
from glyphlab.reproductions.core.rows import Measured, from_fact
from glyphlab.runs import Run
from glyphlab.tasks import Task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.batches import part_size
from glyphlab.training.initial_net import make_net

__all__ = ["layer_measures"]

KILOBYTE = 1024
BYTES = 4
"""Of a number in float32."""


def layer_measures(entries: Sequence[ModelEntry]) -> Functions:
    """Return the measures that count layers of these models, and of those that comparisons know.

    ``layer_parameters`` are the parameters of a layer, counted from 1 over the layers that have
    any; ``layer_takes`` and ``layer_gives`` the side of the map that it is given and leaves, before
    a pool, or of a dense layer how many numbers; ``net_kilobytes`` and ``net_megabytes`` the size
    of all parameters in float32.
    """
    own = {entry.name: entry for entry in entries}

    def net_of(task: Task, model: str) -> tuple[nn.Module, tuple[int, int]]:
        entry = own.get(model) or model_entry(model)
        strategy = make_strategy(entry.strategy, task.train.labels, task.classes, task.scene)
        recipe = Recipe.for_entry(entry, task.recipe or TaskRecipe(), seed=0)
        height, width = task.train.images.shape[1:]
        return make_net(recipe, strategy, height, width), part_size(strategy, height, width)

    def layer_parameters(task: Task, _runs: Sequence[Run], model: str, layer: int) -> Measured:
        chosen = _layer(net_of(task, model)[0], model, layer)
        return from_fact(sum(one.numel() for one in chosen.parameters(recurse=False)))

    def layer_takes(task: Task, _runs: Sequence[Run], model: str, layer: int) -> Measured:
        net, side = net_of(task, model)
        return from_fact(_taken(net, _layer(net, model, layer), side))

    def layer_gives(task: Task, _runs: Sequence[Run], model: str, layer: int) -> Measured:
        net, side = net_of(task, model)
        chosen = _layer(net, model, layer)
        if isinstance(chosen, nn.Linear):
            return from_fact(chosen.out_features)
        return from_fact(_left(chosen, _taken(net, chosen, side)))

    def bytes_of(task: Task, model: str) -> int:
        return BYTES * sum(one.numel() for one in net_of(task, model)[0].parameters())

    def net_kilobytes(task: Task, _runs: Sequence[Run], model: str) -> Measured:
        return from_fact(bytes_of(task, model) / KILOBYTE)

    def net_megabytes(task: Task, _runs: Sequence[Run], model: str) -> Measured:
        return from_fact(bytes_of(task, model) / KILOBYTE**2)

    found: dict[str, Callable[..., Any]] = {
        "layer_gives": layer_gives,
        "layer_parameters": layer_parameters,
        "layer_takes": layer_takes,
        "net_kilobytes": net_kilobytes,
        "net_megabytes": net_megabytes,
    }
    return MappingProxyType(found)


def _layer(net: nn.Module, model: str, layer: int) -> nn.Module:
    """Return a layer of those that have parameters, in the order that images pass them."""
    found = [one for one in net.modules() if isinstance(one, nn.Conv2d | nn.Linear)]
    if not 1 <= layer <= len(found):
        raise UsageError(
            f"layer = {layer}: {model} has {len(found)} layers, counted from 1: name one of them"
        )
    return found[layer - 1]


def _taken(net: nn.Module, chosen: nn.Module, side: tuple[int, int]) -> int:
    """Return the height of the map that a layer is given, or how many numbers."""
    if isinstance(chosen, nn.Linear):
        return chosen.in_features
    heights: list[int] = []

    def see(_module: nn.Module, given: tuple[Tensor, ...]) -> None:
        heights.append(int(given[0].shape[-2]))

    hook = chosen.register_forward_pre_hook(see)
    try:
        with torch.no_grad():
            net.eval()(torch.zeros(1, 1, *side))
    finally:
        hook.remove()
    return heights[0]


def _left(chosen: nn.Module, height: int) -> int:
    """Return the height of the map that a convolution leaves, before a pool."""
    assert isinstance(chosen, nn.Conv2d)
    if chosen.padding == "same":
        return height
    padding = chosen.padding[0] if isinstance(chosen.padding, tuple) else 0
    return height + 2 * int(padding) - chosen.kernel_size[0] + 1

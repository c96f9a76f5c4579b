"""The layer tables of reports: the nets of a reproduction, with the weights they begin with.

A report prints the parameters and output shapes of each layer. Nothing has to be trained to count
ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

from torch import nn

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

    def net_of(task: Task, model: str) -> tuple[nn.Module, int]:
        entry = own.get(model) or model_entry(model)
        strategy = make_strategy(entry.strategy, task.train.labels, task.classes, task.scene)
        recipe = Recipe.for_entry(entry, task.recipe or TaskRecipe(), seed=0)
        height, width = task.train.images.shape[1:]
        return make_net(recipe, strategy, height, width), part_size(strategy, height, width)[0]

    def layer_parameters(task: Task, _runs: Sequence[Run], model: str, layer: int) -> Measured:
        chosen = _layer(net_of(task, model)[0], model, layer)
        return from_fact(sum(one.numel() for one in chosen.parameters(recurse=False)))

    def layer_takes(task: Task, _runs: Sequence[Run], model: str, layer: int) -> Measured:
        net, height = net_of(task, model)
        chosen = _layer(net, model, layer)
        if isinstance(chosen, nn.Linear):
            return from_fact(chosen.in_features)
        return from_fact(_sides(net, chosen, height)[0])

    def layer_gives(task: Task, _runs: Sequence[Run], model: str, layer: int) -> Measured:
        net, height = net_of(task, model)
        chosen = _layer(net, model, layer)
        if isinstance(chosen, nn.Linear):
            return from_fact(chosen.out_features)
        return from_fact(_sides(net, chosen, height)[1])

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


def _sides(net: nn.Module, chosen: nn.Module, side: int) -> tuple[int, int]:
    """Return the height of the map that a convolution is given, and of that which it leaves.

    Counted from layer to layer: a compiled step may leave out a last row that no pool reads.
    """
    for one in net.modules():
        if isinstance(one, nn.Conv2d):
            given, side = side, _left(one, side)
            if one is chosen:
                return given, side
            side //= 2 if "Pool" in type(one).__name__ else 1
        elif isinstance(one, nn.MaxPool2d):
            side //= _side(one.kernel_size)
    raise UsageError("the layer is no convolution of the net: count it as a dense one")


def _side(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]


def _left(layer: nn.Conv2d, height: int) -> int:
    """Return the height of the map that a convolution leaves, before a pool."""
    if layer.padding == "same":
        return height
    padding = layer.padding[0] if isinstance(layer.padding, tuple) else 0
    return height + 2 * int(padding) - layer.kernel_size[0] + 1

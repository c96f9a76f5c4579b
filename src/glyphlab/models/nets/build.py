"""Nets by name, for the images and the labels that they are to read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from glyphlab._common.errors import PluginError, RecipeError
from glyphlab._common.registry import NETS
from glyphlab.models.nets.base import Net
from glyphlab.models.nets.cells_net import CellsNet
from glyphlab.models.nets.cnns import FastNet, TripleMnistCNN
from glyphlab.models.nets.layers import LayersNet
from glyphlab.models.nets.room import RoomForWeights
from glyphlab.models.strategies.base import Head
from glyphlab.recipes.own_model import CustomModel

__all__ = ["NetPlan", "build_fast", "build_layers", "build_net", "build_triple_mnist_cnn"]


@dataclass(frozen=True)
class NetPlan:
    """What a net is built for, and the keys of a recipe's ``model`` that describe it.

    Attributes
    ----------
    height, width : int
        Of the images it reads, in pixels.
    heads, classes : int
        Shape of its logits ``(n, heads, classes)``.
    head : {'flat', 'cells'}
        Whether every head reads the whole map, or all of them one shared classifier.
    generator : torch.Generator
        Draws the initial weights, all of them.
    channels, rows : int
        As in `FastNet`.
    layers, activation, initial
        As in `LayersNet`.
    custom : CustomModel or None
        Of a net from outside.
    """

    height: int
    width: int
    heads: int
    classes: int
    head: Head
    generator: torch.Generator
    channels: int = 16
    rows: int = 1
    layers: Sequence[str] = ()
    activation: str = "relu"
    initial: str = "keras"
    custom: CustomModel | None = None


def build_fast(plan: NetPlan) -> Net:
    """Build our small net."""
    return FastNet(
        plan.height, plan.width, plan.heads, plan.classes, plan.generator,
        channels=plan.channels, head=plan.head, rows=plan.rows,
    )  # fmt: skip


def build_triple_mnist_cnn(plan: NetPlan) -> Net:
    """Build the paper's net."""
    _require_no_shared_cells("the paper's net", plan)
    return TripleMnistCNN(plan.height, plan.width, plan.heads, plan.classes, plan.generator)


def build_layers(plan: NetPlan) -> Net:
    """Build a net from its description."""
    _require_no_shared_cells("a net of layers", plan)
    return LayersNet(
        plan.layers, plan.height, plan.width, plan.heads, plan.classes, plan.generator,
        activation=plan.activation, initial=plan.initial,
    )  # fmt: skip


def _require_no_shared_cells(whose: str, plan: NetPlan) -> None:
    if plan.head == "cells" and plan.heads > 1:
        raise RecipeError(f"{whose} has no shared cells: strategy 'aligned' needs net 'fast'")


def build_net(
    name: str,
    *,
    height: int,
    width: int,
    heads: int,
    classes: int,
    head: Head,
    generator: torch.Generator,
    cells: tuple[int, int] = (1, 1),
    **described: Any,
) -> nn.Module:
    """Build a net by name.

    Parameters
    ----------
    name : str
        Which net: one of `NETS`.
    height, width, heads, classes, head, generator, **described
        As in `NetPlan`; what a net does not ask for means nothing to it.
    cells : (int, int)
        Rows and columns of cells, as many as `heads`, that one net for cells reads one by one.

    Raises
    ------
    UnknownName
        For a name that is no net.
    RecipeError
        For a head that the net does not have, images too small for it, or layers that are none.
    PluginError
        For one of a package that is broken, or that returns no module.
    UsageError
        For weights that memory does not hold.
    """
    build = NETS.load(name)
    rows, columns = cells
    of_cells = cells != (1, 1)
    if of_cells:  # each cell is an image with one symbol
        height, width, heads = height // rows, width // columns, 1
        described["rows"] = 1
    plan = NetPlan(height, width, heads, classes, head, generator, **described)
    with _global_generator_kept(), RoomForWeights("ask for a smaller net, as with model.channels"):
        net = build(plan)
    if not isinstance(net, nn.Module):
        raise PluginError(
            f"net '{name}' was built as a {type(net).__name__}, expected a torch.nn.Module: return "
            "one from its function"
        )
    return CellsNet(net, cells) if of_cells else net


def _global_generator_kept() -> AbstractContextManager[None]:
    """Put torch's global generator back afterwards: layers draw from it before we draw over it."""
    kept: AbstractContextManager[None] = torch.random.fork_rng(devices=[])
    return kept

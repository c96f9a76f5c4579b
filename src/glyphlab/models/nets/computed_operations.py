"""A list of operations, computed by torch: what a net's own answers are compared with."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from glyphlab.models.nets.operations import (
    Activation,
    CellMaxima,
    Conv,
    Dense,
    Flatten,
    MaxPool,
    MeanPool,
    Operation,
    Residual,
    Scale,
)

__all__ = ["computed"]


def computed(operations: Iterable[Operation], x: Tensor) -> Tensor:
    """Return what operations make of inputs ``(n, …)`` float32.

    Parameters
    ----------
    operations : iterable of Operation
    x : tensor
    """
    for one in operations:
        x = _computed(one, x)
    return x


def _computed(one: Operation, x: Tensor) -> Tensor:
    array = torch.from_numpy
    if isinstance(one, Conv | Dense):
        bias = None if one.bias is None else array(one.bias)
        if isinstance(one, Dense):
            return F.linear(x, array(one.weight), bias)
        return F.conv2d(x, array(one.weight), bias, one.stride, one.padding)
    if isinstance(one, MaxPool):
        return F.max_pool2d(x, one.size, one.stride)
    if isinstance(one, MeanPool):
        return x.mean((2, 3))
    if isinstance(one, CellMaxima):
        return F.adaptive_max_pool2d(x, (one.rows, one.columns)).flatten(2).transpose(1, 2)
    if isinstance(one, Scale):
        sides = (-1,) + (1,) * (x.ndim - 2)
        return x * array(one.factor).view(sides) + array(one.shift).view(sides)
    if isinstance(one, Flatten):
        return (x.permute(0, 2, 3, 1) if one.channels_last else x).flatten(1)
    if isinstance(one, Residual):
        return F.relu(computed(one.main, x) + computed(one.shortcut, x))
    assert isinstance(one, Activation)
    function: Tensor = getattr(torch, one.name)(x)
    return function

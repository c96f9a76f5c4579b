"""What a net computes in evaluation, as a list of plain operations with their numbers.

Whatever carries a net elsewhere, into a page or an ONNX file, goes by this list. A net says it by
`operations`; what is made of torch's own layers, one after the other, is known without.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from glyphlab._common.errors import UsageError

__all__ = [
    "Activation",
    "CellMaxima",
    "Conv",
    "Dense",
    "Described",
    "Flatten",
    "MaxPool",
    "MeanPool",
    "Operation",
    "Residual",
    "Scale",
    "operations_of",
    "plain_conv",
    "plain_dense",
    "shape_after",
]

Floats = NDArray[np.float32]
Pair = tuple[int, int]
Shape = tuple[int, ...]
"""``(channels, height, width)`` of a map, or ``(units,)``."""


@dataclass(frozen=True, eq=False)
class Conv:
    """Convolution.

    Attributes
    ----------
    weight : (outputs, inputs, h, w) float32
    bias : (outputs,) float32 or None
    stride, padding : (int, int)
        Down and to the right; padded with 0 on both sides.
    """

    weight: Floats
    bias: Floats | None = None
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)


@dataclass(frozen=True)
class MaxPool:
    """Maximum over windows; pixels that fill none are left out."""

    size: Pair
    stride: Pair


@dataclass(frozen=True)
class MeanPool:
    """Mean over the whole map: ``(c, h, w)`` to ``(c,)``."""


@dataclass(frozen=True)
class CellMaxima:
    """Maximum over each of some cells of the map: ``(c, h, w)`` to ``(rows * columns, c)``.

    Cell ``i`` of ``n`` along a side of ``s`` pixels reaches from ``floor(i s / n)`` to
    ``ceil((i + 1) s / n)``. What follows is done to every cell by itself.
    """

    rows: int
    columns: int


@dataclass(frozen=True, eq=False)
class Scale:
    """``factor * x + shift`` for each channel, as a batch norm is in evaluation, both float32."""

    factor: Floats
    shift: Floats


@dataclass(frozen=True)
class Activation:
    """A function of every value.

    Attributes
    ----------
    name : {"relu", "sigmoid", "tanh"}
    """

    name: str


@dataclass(frozen=True)
class Flatten:
    """``(c, h, w)`` to ``(c * h * w,)``.

    Attributes
    ----------
    channels_last : bool
        Whether the channels of a pixel come one after the other, as Keras has them; else the pixels
        of a channel.
    """

    channels_last: bool


@dataclass(frozen=True, eq=False)
class Dense:
    """Affine map of ``(inputs,)``: kernel ``(outputs, inputs)`` and bias, both float32."""

    weight: Floats
    bias: Floats | None = None


@dataclass(frozen=True, eq=False)
class Residual:
    """``relu(main(x) + shortcut(x))``; an empty shortcut is `x` itself."""

    main: tuple[Operation, ...]
    shortcut: tuple[Operation, ...]


Operation = Conv | MaxPool | MeanPool | CellMaxima | Scale | Activation | Flatten | Dense | Residual


@runtime_checkable
class Described(Protocol):
    """A module that says what it computes."""

    def operations(self, shape: Shape) -> list[Operation]:
        """Return its operations, in order, for an input of that shape."""
        ...


def operations_of(module: nn.Module, shape: Shape) -> list[Operation]:
    """Return what a module computes in evaluation.

    Parameters
    ----------
    module : torch.nn.Module
        One that is `Described`, a layer of torch, or an ``nn.Sequential`` of such.
    shape : (channels, height, width) or (units,)
        Of one input.

    Raises
    ------
    UsageError
        For a module that is none of these, by its type.
    """
    if isinstance(module, Described):
        return module.operations(shape)
    if type(module) is nn.Sequential:
        found: list[Operation] = []
        for part in module:
            more = operations_of(part, shape)
            found += more
            for one in more:
                shape = shape_after(one, shape)
        return found
    make = _LAYERS.get(type(module))
    if make is None:
        raise UsageError(
            f"its layer {type(module).__name__} is not known by what it computes: build the net as "
            "an nn.Sequential of convolutions, batch norms, max-pools, activations, dropouts and "
            "dense layers, or give the module a method 'operations'"
        )
    return make(module)


def shape_after(operation: Operation, shape: Shape) -> Shape:
    """Return the shape ``(c, h, w)``, ``(units,)`` or ``(cells, c)`` that an operation leaves."""
    if isinstance(operation, Residual):
        for one in operation.main:
            shape = shape_after(one, shape)
        return shape
    if isinstance(operation, Dense):
        return (*shape[:-1], len(operation.weight))
    if isinstance(operation, Flatten):
        return (math.prod(shape),)
    if isinstance(operation, MeanPool):
        return shape[:1]
    if isinstance(operation, CellMaxima):
        return operation.rows * operation.columns, shape[0]
    if isinstance(operation, Conv):
        sides = (
            (side + 2 * pad - kernel) // stride + 1
            for side, pad, kernel, stride in zip(
                shape[1:], operation.padding, operation.weight.shape[2:], operation.stride,
                strict=True,
            )
        )  # fmt: skip
        return len(operation.weight), *sides
    if isinstance(operation, MaxPool):
        sides = (
            (side - size) // stride + 1
            for side, size, stride in zip(
                shape[1:], operation.size, operation.stride, strict=True
            )
        )  # fmt: skip
        return shape[0], *sides
    return shape


def plain_conv(layer: nn.Conv2d) -> Conv:
    """Return the convolution of a layer alone, whatever a layer that inherits from it adds.

    Raises
    ------
    UsageError
        For one with groups, dilation, or another border than zeros.
    """
    plain = layer.groups == 1 and layer.dilation == (1, 1) and layer.padding_mode == "zeros"
    if not plain:
        raise UsageError(
            "its convolution has groups, dilation, or a border other than zeros, which is carried "
            "nowhere: use a plain nn.Conv2d"
        )
    padding = layer.padding
    if padding == "valid":
        padding = (0, 0)
    elif isinstance(padding, str):
        if any(side % 2 == 0 for side in layer.kernel_size):
            raise UsageError("its convolution with padding 'same' has an even side: use an odd one")
        padding = tuple(side // 2 for side in layer.kernel_size)
    bias = None if layer.bias is None else _array(layer.bias)
    return Conv(_array(layer.weight), bias, _pair(layer.stride), _pair(padding))


def plain_dense(layer: nn.Linear) -> Dense:
    """Return the affine map of a layer alone, whatever a layer that inherits from it adds."""
    return Dense(_array(layer.weight), None if layer.bias is None else _array(layer.bias))


def _norm(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> list[Operation]:
    if layer.running_mean is None or layer.running_var is None:
        raise UsageError(
            "its batch norm keeps no running statistics: leave out track_running_stats=False"
        )
    mean, variance = (
        one.detach().cpu().double().numpy() for one in (layer.running_mean, layer.running_var)
    )
    factor = 1 / np.sqrt(variance + layer.eps)
    if layer.weight is not None:
        factor = factor * layer.weight.detach().cpu().double().numpy()
    shift = -mean * factor
    if layer.bias is not None:
        shift = shift + layer.bias.detach().cpu().double().numpy()
    return [Scale(factor.astype(np.float32), shift.astype(np.float32))]


def _max_pool(layer: nn.MaxPool2d) -> list[Operation]:
    if _pair(layer.padding) != (0, 0) or _pair(layer.dilation) != (1, 1) or layer.ceil_mode:
        raise UsageError(
            "its max-pool has padding, dilation or ceil_mode, which is carried nowhere: use a "
            "plain nn.MaxPool2d"
        )
    size = _pair(layer.kernel_size)
    return [MaxPool(size, size if layer.stride is None else _pair(layer.stride))]


def _mean_pool(layer: nn.AdaptiveAvgPool2d) -> list[Operation]:
    if _pair(layer.output_size) != (1, 1):
        raise UsageError("its nn.AdaptiveAvgPool2d leaves more than one pixel: give it 1")
    return [MeanPool()]


def _flatten(layer: nn.Flatten) -> list[Operation]:
    if layer.start_dim != 1 or layer.end_dim != -1:
        raise UsageError("its nn.Flatten does not flatten an image whole: use nn.Flatten()")
    return [Flatten(channels_last=False)]


def _nothing(_layer: nn.Module) -> list[Operation]:
    return []


_LAYERS: dict[type[nn.Module], Callable[..., list[Operation]]] = {
    nn.AdaptiveAvgPool2d: _mean_pool,
    nn.BatchNorm1d: _norm,
    nn.BatchNorm2d: _norm,
    nn.Conv2d: lambda layer: [plain_conv(layer)],
    nn.Dropout: _nothing,
    nn.Dropout2d: _nothing,
    nn.Flatten: _flatten,
    nn.Identity: _nothing,
    nn.Linear: lambda layer: [plain_dense(layer)],
    nn.MaxPool2d: _max_pool,
    nn.ReLU: lambda _layer: [Activation("relu")],
    nn.Sigmoid: lambda _layer: [Activation("sigmoid")],
    nn.Tanh: lambda _layer: [Activation("tanh")],
    nn.Unflatten: _nothing,
}
"""Layers of torch, by their very type: what inherits from one may compute anything."""


def _pair(value: object) -> Pair:
    if isinstance(value, int):
        return value, value
    assert isinstance(value, Sequence)
    return int(value[0]), int(value[1])


def _array(value: Tensor) -> Floats:
    return np.ascontiguousarray(value.detach().cpu().float().numpy())

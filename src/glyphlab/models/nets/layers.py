"""The net of a description, layer by layer (`glyphlab.recipes.architecture`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab._common.errors import RecipeError
from glyphlab.backends import conv_pool_relu, conv_pool_relu_first, conv_relu, dense
from glyphlab.models.nets.base import Net
from glyphlab.models.nets.operations import (
    Activation,
    Flatten,
    MaxPool,
    MeanPool,
    Operation,
    operations_of,
    plain_conv,
    plain_dense,
    shape_after,
)
from glyphlab.models.nets.residual import ResidualBlock
from glyphlab.recipes.architecture import Layer, parse_layers

__all__ = ["ACTIVATIONS", "LayersNet"]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}


class LayersNet(Net):
    """The net of a description.

    Parameters
    ----------
    layers : sequence of str
        As `parse_layers` reads them.
    height, width : int
        Image size in pixels.
    heads, classes : int
        Number of label positions and of classes at each.
    generator : torch.Generator
        Draws the initial weights.
    activation : {'relu', 'sigmoid', 'tanh'}
        Of every convolution and dense layer but the output.
    initial : {'keras', 'torch'}
        ``'keras'``: Glorot-uniform kernels, zero biases. ``'torch'``: kernels and biases uniform
        within one over the root of the number of inputs.

    Raises
    ------
    RecipeError
        For a layer that cannot be read, or that needs a larger map than is left.

    Notes
    -----
    Masks of dropout are drawn outside (`draw_masks`) and passed in, so that the net holds no state
    of chance and the parts of a batch may run on several threads.
    """

    capturable = True

    def __init__(
        self,
        layers: Sequence[str],
        height: int,
        width: int,
        heads: int,
        classes: int,
        generator: torch.Generator,
        *,
        activation: str = "relu",
        initial: str = "keras",
    ) -> None:
        super().__init__()
        described = parse_layers(layers)
        self.heads, self.classes = heads, classes
        self.shardable = any(layer.kind == "conv" for layer in described) and all(
            layer.kind not in ("block", "norm") for layer in described
        )
        shape: tuple[int, ...] = (1, height, width)
        numbers: dict[str, int] = {}
        stages: list[tuple[str, nn.Module]] = []
        for text, layer in zip(layers, described, strict=True):
            numbers[layer.kind] = numbers.get(layer.kind, 0) + 1
            module, shape = _stage(text, layer, shape, activation)
            stages.append((f"{layer.kind}{numbers[layer.kind]}", module))
        self._stages = _fused(stages)
        for name, module in self._stages:
            self.add_module(name, module)
        self.out = nn.Linear(math.prod(shape), heads * classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                _initialise(module, initial, generator)

    @property
    def scale_free_weights(self) -> list[Tensor]:
        """Filter banks in front of a batch norm, which undoes their scale: those of the blocks."""
        blocks = [module for _, module in self._stages if isinstance(module, ResidualBlock)]
        return [bank for block in blocks for bank in block.scale_free_weights]

    def draw_masks(self, count: int, generator: torch.Generator) -> list[Tensor]:
        """Draw which values each dropout keeps, one bool tensor ``(count, …)`` a layer."""
        return [
            torch.rand((count, *module.shape), generator=generator, device=generator.device)
            >= module.share
            for _, module in self._stages
            if isinstance(module, _Dropout)
        ]

    def forward(self, images: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
        """Map images ``(n, 1, H, W)`` to logits ``(n, heads, classes)``.

        In training, `masks` must hold the rows of `draw_masks` that belong to these images.
        """
        x, left = images, iter(masks)
        if not (self._stages and isinstance(self._stages[0][1], _ConvPoolRelu)):
            # float, channels last; the first fused convolution turns bytes to floats by itself
            x = x.float().div_(255) if x.dtype == torch.uint8 else x.float()
            x = x.contiguous(memory_format=torch.channels_last)
        for _, module in self._stages:
            if isinstance(module, _Dropout):
                x = module(x, next(left)) if self.training else x
                continue
            x = module(_flat(x) if isinstance(module, _Dense) else x)
        logits: Tensor = self.out(_flat(x))
        return logits.view(-1, self.heads, self.classes)

    def operations(self, shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes in evaluation, as `glyphlab.models.nets.operations` has it."""
        found: list[Operation] = []
        for module in [*(module for _, module in self._stages), self.out]:
            if isinstance(module, nn.Linear) and len(shape) == 3:
                found.append(Flatten(channels_last=True))
                shape = shape_after(found[-1], shape)
            for one in operations_of(module, shape):
                found.append(one)
                shape = shape_after(one, shape)
        return found


class _Conv(nn.Conv2d):
    """Convolution and activation."""

    def __init__(self, inputs: int, layer: Layer, activation: str) -> None:
        super().__init__(inputs, layer.size, layer.side, padding="same" if layer.same else 0)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c_in, h, w)`` to ``(n, c, h', w')``."""
        assert self.bias is not None
        if self.activation == "relu" and self.kernel_size == (3, 3) and self.padding == (0, 0):
            return conv_relu(x, self.weight, self.bias)
        return ACTIVATIONS[self.activation](super().forward(x))

    def operations(self, _shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes."""
        return [plain_conv(self), Activation(self.activation)]


class _ConvPoolRelu(nn.Conv2d):
    """Valid 3×3 convolution, ReLU and 2×2 max-pool in one step; bytes or floats in at the start."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c_in, h, w)`` to ``(n, c, (h - 2) // 2, (w - 2) // 2)``."""
        assert self.bias is not None
        pool = conv_pool_relu_first if self.in_channels == 1 else conv_pool_relu
        return pool(x, self.weight, self.bias)

    def operations(self, _shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes."""
        return [plain_conv(self), Activation("relu"), MaxPool((2, 2), (2, 2))]


class _Dense(nn.Linear):
    """Affine map and activation."""

    def __init__(self, inputs: int, layer: Layer, activation: str) -> None:
        super().__init__(inputs, layer.size)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, inputs)`` to ``(n, units)``."""
        return ACTIVATIONS[self.activation](dense(x, self.weight, self.bias))

    def operations(self, _shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes."""
        return [plain_dense(self), Activation(self.activation)]


class _Mean(nn.AdaptiveAvgPool2d):
    """Mean over the map: what comes after it is flat."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c, h, w)`` to ``(n, c)``."""
        return super().forward(x).flatten(1)

    def operations(self, _shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes."""
        return [MeanPool()]


class _Dropout(nn.Module):
    """Zero what a mask does not keep (Srivastava et al., 2014), scaled as Keras does it."""

    def __init__(self, share: float, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.share, self.shape = share, shape

    def forward(self, x: Tensor, kept: Tensor) -> Tensor:
        """Return `x` where `kept`, over the share that is kept, and zero elsewhere."""
        if kept.ndim == 4:  # in the order of the maps: what follows would have to turn them round
            kept = kept.contiguous(memory_format=torch.channels_last)
        return x * (kept * (1 / (1 - self.share)))

    def operations(self, _shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes in evaluation: nothing."""
        return []


def _stage(
    text: str, layer: Layer, shape: tuple[int, ...], activation: str
) -> tuple[nn.Module, tuple[int, ...]]:
    """Return the module of a layer, and the shape ``(c, h, w)`` or ``(units,)`` it leaves."""
    if layer.kind == "dense":
        return _Dense(math.prod(shape), layer, activation), (layer.size,)
    if layer.kind == "dropout":
        return _Dropout(layer.share, shape), shape
    if layer.kind == "norm":
        many = nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0])
        return many, shape
    channels, height, width = shape
    if layer.kind == "mean":
        return _Mean(1), (channels,)
    if layer.kind == "block":
        return ResidualBlock(channels, layer.size), (layer.size, height, width)
    side = layer.side if layer.kind == "conv" else layer.size
    if not layer.same and side > min(height, width):
        raise RecipeError(
            f"layer '{text}' needs a map of at least {side}×{side}, and {height}×{width} is left: "
            "take out a pool, make it smaller, or write 'same' after a conv"
        )
    if layer.kind == "pool":
        return nn.MaxPool2d(side), (channels, height // side, width // side)
    lost = 0 if layer.same else side - 1
    return _Conv(channels, layer, activation), (layer.size, height - lost, width - lost)


def _fused(stages: list[tuple[str, nn.Module]]) -> list[tuple[str, nn.Module]]:
    """Put each valid 3×3 ReLU convolution and the 2×2 pool after it into one module."""
    result: list[tuple[str, nn.Module]] = []
    for name, module in stages:
        before = result[-1][1] if result else None
        if (
            isinstance(module, nn.MaxPool2d)
            and module.kernel_size == 2
            and isinstance(before, _Conv)
            and before.activation == "relu"
            and (before.kernel_size, before.padding) == ((3, 3), (0, 0))
        ):
            result[-1] = (result[-1][0], _ConvPoolRelu(before.in_channels, before.out_channels, 3))
        else:
            result.append((name, module))
    return result


def _initialise(module: nn.Conv2d | nn.Linear, initial: str, generator: torch.Generator) -> None:
    if initial == "keras":
        nn.init.xavier_uniform_(module.weight, generator=generator)
    else:
        nn.init.kaiming_uniform_(module.weight, a=5**0.5, generator=generator)
    if module.bias is None:  # the batch norm after it has one
        return
    if initial == "keras":
        nn.init.zeros_(module.bias)
    else:
        bound = module.weight[0].numel() ** -0.5
        nn.init.uniform_(module.bias, -bound, bound, generator=generator)


def _flat(x: Tensor) -> Tensor:
    """Return ``(n, values)``, a map channels last as Keras flattens it."""
    return x.permute(0, 2, 3, 1).flatten(1) if x.ndim == 4 else x

"""Layers as Keras has them, where PyTorch's namesakes differ: padding, initialisers, batch norm."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["KerasConv", "KerasDropout", "Reshape", "keras_norm", "keras_start"]


class KerasConv(nn.Conv2d):
    """A convolution with Keras's padding ``'same'``: ``ceil(side / stride)``, more at the end."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, size, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, inputs, h, w)`` to ``(n, outputs, ceil(h / stride), ceil(w / stride))``."""
        size, stride = self.kernel_size[0], self.stride[0]
        pads: list[int] = []
        for side in (x.shape[3], x.shape[2]):  # torch pads the last axis first
            whole = max(0, (-(-side // stride) - 1) * stride + size - side)
            pads += [whole // 2, whole - whole // 2]
        if pads[::2] == pads[1::2]:  # as much on both sides: no copy with its margin is needed
            return F.conv2d(x, self.weight, self.bias, self.stride, pads[::-2])
        return super().forward(F.pad(x, pads))


class KerasDropout(nn.Module):
    """Dropout whose masks come from a generator that the training sets before each step.

    A value is dropped by sixteen random bits, so that the share is met to within 1 in 100,000.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.chance: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Zero a share of the values in training, and scale the others up."""
        if not self.training or not self.share:
            return x
        assert self.chance is not None, "set the generator of every KerasDropout before a step"
        bits = _sixteen_bits(x.numel(), self.chance).view(x.shape)
        kept = bits >= round(65536 * self.share) - 32768
        # laid out as `x` is: a product of unlike layouts takes three times as long
        mask = torch.empty_like(x, requires_grad=False).copy_(kept)
        return (x * mask).div_(1 - self.share)


def _sixteen_bits(count: int, chance: torch.Generator) -> Tensor:
    """Return ``(count,)`` int16, all values alike likely: four a draw, where `rand` has one."""
    draws = torch.empty(-(-count // 4), dtype=torch.int64, device=chance.device)
    draws.random_(-(2**63), None, generator=chance)
    return draws.view(torch.int16)[:count]


class Reshape(nn.Module):
    """From rows to maps of this shape."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, values)`` to ``(n, *shape)``."""
        return x.view(-1, *self.shape)


def keras_norm(channels: int) -> nn.BatchNorm2d:
    """Return batch norm with Keras's momentum of 0.99 and epsilon of 1e-3."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def keras_start(net: nn.Module, generator: torch.Generator) -> None:
    """Draw all kernels by Glorot's uniform rule, as Keras does; biases are zero."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

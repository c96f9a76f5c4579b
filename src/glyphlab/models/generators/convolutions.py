"""Convolutions of generators, put so that PyTorch's kernels on a CPU are quick at them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

__all__ = ["DoublingConv", "OneChannelConv"]


class DoublingConv(nn.ConvTranspose2d):
    """A transposed convolution of 4×4 that doubles both sides, as Keras's ``'same'`` does.

    Its bias is added apart: its gradient inside the convolution's takes as long as the rest.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Map ``(n, inputs, h, w)`` to ``(n, outputs, 2 h, 2 w)``."""
        assert self.bias is not None
        found = F.conv_transpose2d(x, self.weight, None, 2, 1)
        return found.add_(self.bias.to(found.dtype)[:, None, None])


class OneChannelConv(nn.Conv2d):
    """A convolution of odd size to a single map as large as what it reads.

    A matrix product gives what each pixel adds to each of the pixels around it, and those are
    summed where they fall. Weights, and results to rounding, are those of `torch.nn.Conv2d`.
    """

    def __init__(self, inputs: int, size: int) -> None:
        super().__init__(inputs, 1, size, padding=size // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, inputs, h, w)`` to ``(n, 1, h, w)`` float32."""
        assert self.bias is not None
        device = x.device.type
        if torch.is_autocast_enabled(device):
            x = x.to(torch.get_autocast_dtype(device))
        found: Tensor = _Summed.apply(x, self.weight)  # type: ignore[no-untyped-call]
        return found + self.bias[:, None, None]


class _Summed(torch.autograd.Function):
    """The convolution without its bias, in the number format of what it reads."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        size = weight.shape[-1]
        shares = _kernel(weight, x.dtype) @ x.permute(0, 2, 3, 1).flatten(1, 2).transpose(1, 2)
        return F.fold(shares.float(), (x.shape[2], x.shape[3]), size, padding=size // 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        count, channels, height, width = x.shape
        size = weight.shape[-1]
        around = F.pad(slope[:, 0].to(x.dtype), (size // 2,) * 4)
        image, row, pixel = around.stride()
        shape, strides = (count, height, width, size, size), (image, row, pixel, row, pixel)
        rows = around.as_strided(shape, strides).reshape(-1, size * size)
        of_x = (rows @ _kernel(weight, x.dtype)).view(count, height, width, channels)
        of_kernel = rows.t() @ x.permute(0, 2, 3, 1).reshape(-1, channels)
        of_weight = of_kernel.t().reshape(1, channels, size, size).flip(2, 3)
        return of_x.permute(0, 3, 1, 2), of_weight.to(weight.dtype)


def _kernel(weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Return what a pixel adds to those around it, of each of its channels: ``(size², inputs)``."""
    return weight[0].flip(1, 2).flatten(1).t().to(dtype)

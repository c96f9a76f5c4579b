"""Convolution, 2x2 max-pool and ReLU as one differentiable step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from glyphlab.backends.interface import Kernels, compiled
from glyphlab.backends.tensor_layout import arrays, channels_last, is_plain_float32

__all__ = ["conv_pool_relu", "conv_pool_relu_first"]

_CHANNELS = 32


def conv_pool_relu_first(
    images: Tensor, weight: Tensor, bias: Tensor, *, even: bool = False
) -> Tensor:
    """Return ``relu(max_pool2d(conv2d(images, weight, bias), 2))`` for single-channel images.

    Parameters
    ----------
    images : Tensor
        ``(n, 1, H, W)``, H and W at least 4: uint8 0..255, read as ``images / 255``, or floating.
    weight, bias : Tensor
        ``(c, 1, 3, 3)`` and ``(c,)``; the compiled loop is for 32 channels of float32 on a CPU.
    even : bool
        Leave out an odd last row and column of the result, which a following `conv_pool_relu`
        never reads.

    Returns
    -------
    Tensor
        ``(n, c, (H - 2) // 2, (W - 2) // 2)``, channels last. No gradient flows to uint8 images.
    """
    if (
        weight.shape == (_CHANNELS, 1, 3, 3)
        and images.device.type == "cpu"
        and images.dtype in (torch.uint8, torch.float32)
        and not (images.requires_grad and torch.is_grad_enabled())
        and _large_enough(images)
        and is_plain_float32(weight, bias)
        and (loops := compiled()) is not None
    ):
        result: Tensor = _First.apply(  # type: ignore[no-untyped-call]
            loops, images, weight, bias, even
        )
        return result
    if not images.is_floating_point():
        images = images.to(weight.dtype) / 255
    out = _plain(images, weight, bias)
    return out[:, :, : _even(out.shape[2], even), : _even(out.shape[3], even)]


def conv_pool_relu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return ``relu(max_pool2d(conv2d(x, weight, bias), 2))``.

    Parameters
    ----------
    x : Tensor
        ``(n, c_in, h, w)``, h and w at least 4.
    weight, bias : Tensor
        ``(c, c_in, 3, 3)`` and ``(c,)``; the compiled loops are for 32 input channels of float32
        on a CPU. Channels-last weights save a copy.

    Returns
    -------
    Tensor
        ``(n, c, (h - 2) // 2, (w - 2) // 2)``, channels last.
    """
    # Rows and columns that the pool never sees are not worth convolving.
    x = x[:, :, : _even(x.shape[2]), : _even(x.shape[3])]
    if (
        weight.shape[1:] == (_CHANNELS, 3, 3)
        and _large_enough(x)
        and is_plain_float32(x, weight, bias)
        and (loops := compiled()) is not None
    ):
        result: Tensor = _Later.apply(loops, x, weight, bias)  # type: ignore[no-untyped-call]
        return result
    return _plain(x, weight, bias)


def _plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    # The pool in front of the ReLU is the same function on a quarter of the data.
    x = x.contiguous(memory_format=torch.channels_last)
    return F.relu(F.max_pool2d(F.conv2d(x, weight, bias), 2))


def _large_enough(x: Tensor) -> bool:
    return len(x) > 0 and min(x.shape[2:]) >= 4


def _even(side: int, wanted: bool = True) -> int:
    return side - side % 2 if wanted else side


class _First(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, loops: Kernels, images: Tensor, weight: Tensor, bias: Tensor, even: bool
    ) -> Tensor:
        scale = 1 / 255 if images.dtype == torch.uint8 else 1.0
        pixels = images.detach().contiguous().squeeze(1)
        height, width = (_even((side - 2) // 2, even) for side in pixels.shape[1:])
        out = torch.empty(len(pixels), height, width, _CHANNELS)
        where = torch.empty(out.shape, dtype=torch.uint8)
        taps = (weight.detach().reshape(_CHANNELS, 9).t() * scale).contiguous()
        loops.first_forward(*arrays(pixels, taps, bias, out, where))
        ctx.loops = loops
        ctx.save_for_backward(pixels, where)
        ctx.scale = scale
        return out.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[None, None, Tensor, Tensor, None]:
        pixels, where = ctx.saved_tensors
        weight, bias = torch.zeros(9, _CHANNELS), torch.zeros(_CHANNELS)
        ctx.loops.first_backward(*arrays(pixels, channels_last(grad), where, weight, bias))
        return None, None, (weight.t() * ctx.scale).reshape(_CHANNELS, 1, 3, 3), bias, None


class _Later(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loops: Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        full = channels_last(F.conv2d(x.contiguous(memory_format=torch.channels_last), weight))
        n, height, width, channels = full.shape
        out = torch.empty(n, height // 2, width // 2, channels)
        where = torch.empty(out.shape, dtype=torch.uint8)
        loops.pool_forward(*arrays(full, bias, out, where))
        ctx.loops = loops
        ctx.save_for_backward(x, weight, where)
        return out.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor | None, Tensor, Tensor]:
        x, weight, where = ctx.saved_tensors
        rows, image, channels = channels_last(grad), channels_last(x), len(weight)
        patches = torch.zeros(channels, 3, 3, _CHANNELS)
        bias = torch.zeros(channels)
        ctx.loops.weight_backward(*arrays(image, rows, where, patches.view(channels, -1), bias))
        below = None
        if ctx.needs_input_grad[1]:
            below = torch.empty_like(image)
            ctx.loops.image_backward(
                *arrays(channels_last(weight).view(channels, -1), rows, where, below)
            )
            below = below.permute(0, 3, 1, 2)
        return None, below, patches.permute(0, 3, 1, 2), bias

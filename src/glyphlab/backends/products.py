"""Two layers that a plain matrix product does faster than torch's own layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from glyphlab.backends.interface import Kernels, compiled
from glyphlab.backends.tensor_layout import arrays, channels_last, is_plain_float32

__all__ = ["conv_relu", "dense"]

_NARROW = 6
"""Widest result, in pixels, for which copied patches and one product beat a direct convolution."""


def conv_relu(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return ``relu(conv2d(x, weight, bias))``.

    A direct convolution works along rows, and starves on narrow maps.

    Parameters
    ----------
    x : Tensor
        ``(n, c_in, h, w)``, h and w at least 3.
    weight, bias : Tensor
        ``(c, c_in, 3, 3)`` and ``(c,)``; channels-last weights save a copy.

    Returns
    -------
    Tensor
        ``(n, c, h - 2, w - 2)``, channels last where `x` is.
    """
    if (
        x.shape[3] - 2 <= _NARROW
        and weight.shape[2:] == (3, 3)
        and is_plain_float32(x, weight, bias)
        and (loops := compiled()) is not None
    ):
        result: Tensor = _Narrow.apply(loops, x, weight, bias)  # type: ignore[no-untyped-call]
        return result
    return F.relu(F.conv2d(x, weight, bias), inplace=True)


def dense(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return ``linear(x, weight, bias)`` for ``x (n, inputs)`` and ``weight (outputs, inputs)``.

    With few rows and many inputs the product the other way round is up to three times as fast.
    """
    if is_plain_float32(x, weight, bias):
        result: Tensor = _Dense.apply(x, weight, bias)  # type: ignore[no-untyped-call]
        return result
    return F.linear(x, weight, bias)


class _Narrow(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, loops: Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        image = channels_last(x)
        n, height, width, channels = image.shape
        patches = torch.empty(n * (height - 2) * (width - 2), 9 * channels)
        loops.patches_of(*arrays(image, patches))
        ctx.loops = loops
        flat = channels_last(weight).view(len(weight), -1)
        out = torch.addmm(bias, patches, flat.t().contiguous()).relu_()
        ctx.save_for_backward(patches, flat, out)
        ctx.shape = image.shape
        return out.view(n, height - 2, width - 2, -1).permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor | None, Tensor, Tensor]:
        patches, flat, out = ctx.saved_tensors
        live = torch.where(out > 0, channels_last(grad).view(out.shape), 0)
        weight = (live.t() @ patches).view(len(flat), 3, 3, -1).permute(0, 3, 1, 2)
        below = None
        if ctx.needs_input_grad[1]:
            below = torch.empty(ctx.shape)
            ctx.loops.patches_backward(*arrays(live @ flat, below))
            below = below.permute(0, 3, 1, 2)
        return None, below, weight, live.sum(0)


class _Dense(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return torch.addmm(bias[:, None], weight, x.t()).t()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        below = grad @ weight if ctx.needs_input_grad[0] else None
        return below, grad.t() @ x, grad.sum(0)

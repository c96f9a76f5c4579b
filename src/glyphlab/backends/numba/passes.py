"""Gradients of a whole net over a batch, a compiled pass a core: no autograd, hardly any Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.backends.numba import convnet
from glyphlab.backends.numba.convnet import Buffers, Layers
from glyphlab.backends.numba.memory import room, round_up, zeros
from glyphlab.backends.shards import Shards

__all__ = ["CompiledPass"]

_CACHE_FLOATS = 65536
"""Floats of the first map of a group: 256 KiB leave room for the rest in a core's cache."""
_LANES = 16
_PANEL = 32


class CompiledPass:
    """Loss and gradients of the net of `glyphlab.backends.numba.convnet`.

    Parameters
    ----------
    parameters : sequence of Tensor
        Kernel and bias of each layer in turn, float32 on the processor, kernels channels last.
        They are read where they lie: an optimiser that steps in place is seen.
    height, width : int
        Image size in pixels.
    heads, classes : int
        Shape of the logits.
    """

    def __init__(
        self, parameters: Sequence[Tensor], height: int, width: int, heads: int, classes: int
    ) -> None:
        self.parameters = list(parameters)
        self.height, self.width, self.heads, self.classes = height, width, heads, classes
        self.weights = Layers(*(_flat(parameter) for parameter in self.parameters))
        # The gradients but the dense kernel's lie in one array, so that shards add at one stroke.
        small = [p for k, p in enumerate(self.parameters) if k != _HIDDEN]
        self.edges = np.cumsum([0, *(round_up(p.numel(), _LANES) for p in small)])
        self.hidden = np.zeros_like(self.weights.hidden)
        self._shards: list[_Shard] = []

    def takes(self, images: Tensor, targets: Tensor) -> bool:
        """Whether `gradients` is for this batch: pixels as it reads them, no target left out."""
        return (
            images.dtype in (torch.uint8, torch.float32)
            and images.shape[1:] == (1, self.height, self.width)
            and len(images) > 0
            and bool((targets >= 0).all())
        )

    def gradients(
        self, shards: Shards, images: Tensor, targets: Tensor, smoothing: float
    ) -> tuple[float, int]:
        """Set ``.grad`` of the parameters to the gradient of the batch's mean cross-entropy.

        Parameters
        ----------
        shards : Shards
            The threads; each takes its part of the rows.
        images : (n, 1, H, W) uint8, or float32 in 0..1
        targets : (n, heads) int64, each a class
        smoothing : float
            Of the labels, in [0, 1).

        Returns
        -------
        loss : float
        correct : int
            How many rows were right at every head.
        """
        pixels = images.contiguous().squeeze(1).numpy()
        wanted = targets.contiguous().numpy()
        count = max(1, min(shards.workers, len(pixels)))
        edges = [len(pixels) * k // count for k in range(count + 1)]
        while len(self._shards) < count:
            self._shards.append(_Shard(self))
        share = 1 / wanted.size

        def rows(k: int) -> tuple[float, int]:
            part = slice(edges[k], edges[k + 1])
            return self._shards[k].take(pixels[part], wanted[part], smoothing, share)

        inputs = self.hidden.shape[1]
        cuts = [inputs // _PANEL * k // count * _PANEL for k in range(count + 1)]

        def finish(k: int) -> None:
            self.hidden[:, cuts[k] : cuts[k + 1]] = 0
            for number, shard in enumerate(self._shards[:count]):
                n = edges[number + 1] - edges[number]
                convnet.add_hidden(
                    self.hidden, cuts[k], cuts[k + 1], n, shard.work.hidden_delta, shard.work.map3
                )
                if k == 0 and number > 0:
                    self._shards[0].flat += shard.flat

        found = shards.each(rows, count)
        shards.each(finish, count)
        for parameter, grad in zip(self.parameters, self._shards[0].tensors, strict=True):
            parameter.grad = grad
        return sum(loss for loss, _ in found), sum(right for _, right in found)


_HIDDEN = Layers._fields.index("hidden")


class _Shard:
    """Gradients and buffers of one thread."""

    def __init__(self, net: CompiledPass) -> None:
        self.net = net
        self.flat = zeros(int(net.edges[-1]))
        parts = [self.flat[a:b] for a, b in zip(net.edges[:-1], net.edges[1:], strict=True)]
        grads = []
        for number, (parameter, weight) in enumerate(zip(net.parameters, net.weights, strict=True)):
            if number == _HIDDEN:
                grads.append(net.hidden)
            else:
                grads.append(parts.pop(0)[: parameter.numel()].reshape(weight.shape))
        self.grads = Layers(*grads)
        self.tensors = [
            _as_parameter(grad, parameter)
            for grad, parameter in zip(grads, net.parameters, strict=True)
        ]
        self.rows, self.group = 0, 0

    def take(
        self, images: NDArray[Any], targets: NDArray[np.int64], smoothing: float, share: float
    ) -> tuple[float, int]:
        """Go through a shard's rows, there and back; return its part of the loss, and hits."""
        if len(images) > self.rows:
            self._make_room(len(images))
        scale = np.float32(1 / 255 if images.dtype == np.uint8 else 1)
        found: tuple[float, int] = convnet.pass_rows(
            images, targets, self.index, self.net.classes, smoothing, share, scale, self.group,
            self.net.weights, self.grads, self.work,
        )  # fmt: skip
        return found

    def _make_room(self, rows: int) -> None:
        net = self.net
        h1, w1 = ((side - 2) // 4 * 2 for side in (net.height, net.width))
        h2, w2 = (side // 2 - 1 for side in (h1, w1))
        pixels = (h2 - 2) * (w2 - 2)
        units = len(net.weights.hidden)
        outputs = round_up(len(net.weights.out), 16)
        self.rows = rows = round_up(rows, 8)
        self.group = max(1, min(rows, _CACHE_FLOATS // (h1 * w1 * 32)))
        spare = math.ceil(7 / pixels)
        # Offsets of pixels of as many images as a group's tiles may touch.
        images = np.arange(self.group + spare)[:, None, None] * (h1 * w1)
        corner = 2 * np.arange(h2)[:, None] * w1 + 2 * np.arange(w2)
        windows = images + corner
        images = images // (h1 * w1) * (h2 * w2)
        inner = images + np.arange(h2 - 2)[:, None] * w2 + np.arange(w2 - 2)
        self.index = np.arange(rows)
        self.work = Buffers(
            taps=zeros(9, 32),
            taps_grad=zeros(9, 32),
            second=zeros(2, 288, 32),
            second_places=zeros(16, 32, 64),
            third=zeros(2, 576, 32),
            out=zeros(outputs, units),
            out_grad=zeros(outputs, units),
            map1=room(rows + 1, h1, w1, 32),
            where1=np.empty((rows + 1, h1, w1, 32), np.uint8),
            map2=room(rows + spare, h2, w2, 64),
            where2=np.empty((rows + spare, h2, w2, 64), np.uint8),
            map3=room(rows * pixels + 8, 64),
            hidden=room(rows, units),
            logits=room(rows * outputs),
            hidden_delta=room(rows, units),
            map3_delta=room(rows * pixels + 8, 64),
            map2_delta=room(self.group + spare, h2, w2, 64),
            map1_delta=room(self.group, h1, w1, 32),
            patches=zeros(16, 8, 32),
            products=zeros(16, 8, 64),
            windows=windows.reshape(-1) * 32,
            pixels=inner.reshape(-1) * 64,
            rows_at=np.arange(8) * 64,
        )


def _flat(parameter: Tensor) -> NDArray[np.float32]:
    """Return a kernel ``(outputs, inputs)`` or a bias, channels last, over the same memory."""
    value = parameter.detach()
    if value.ndim == 4:
        value = value.permute(0, 2, 3, 1)
    flat: NDArray[np.float32] = (
        value.view(len(value), -1).numpy() if value.ndim > 1 else value.numpy()
    )
    return flat


def _as_parameter(grad: NDArray[np.float32], parameter: Tensor) -> Tensor:
    """Return a gradient as a tensor with the shape and the layout of its parameter."""
    value = torch.from_numpy(grad)
    if parameter.ndim == 4:
        n, c, h, w = parameter.shape
        value = value.view(n, h, w, c).permute(0, 3, 1, 2)
    return value

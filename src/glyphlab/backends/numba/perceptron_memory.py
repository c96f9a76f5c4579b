"""One perceptron in the memory layout of the compiled loops."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.backends.interface import ACTIVATIONS, OPTIMIZERS, Floats, Indices
from glyphlab.backends.numba.gemm import ROWS
from glyphlab.backends.numba.memory import round_up, zeros
from glyphlab.backends.numba.perceptron import CHUNK, evaluate, train_epoch
from glyphlab.backends.numba.simd import LANES

__all__ = ["PackedPerceptron"]


class PackedPerceptron:
    """`glyphlab.backends.interface.Perceptron`: weights, gradients, optimiser state and buffers.

    Parameters
    ----------
    sizes : sequence of int
        Pixels, units of each layer, outputs.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = np.asarray(sizes, np.int64)
        shapes = list(itertools.pairwise(sizes))
        total = sum(
            (round_up(inputs, ROWS) + 1) * round_up(outputs, LANES) for inputs, outputs in shapes
        )
        widest = CHUNK * max(round_up(size, LANES) for size in sizes[1:])
        turned = max(
            round_up(inputs, LANES) * outputs for inputs, outputs in shapes[1:] or [(0, 0)]
        )
        self.params = zeros(total)
        self.state = zeros(3, total)
        self.x = zeros(CHUNK, _uneven(round_up(sizes[0], ROWS)))
        self.values, self.deltas = zeros(len(shapes), widest), zeros(len(shapes), widest)
        self.turned = zeros(len(shapes), turned)

    def load(self, layers: Sequence[tuple[Floats, Floats]]) -> None:
        """Take kernels ``(outputs, inputs)`` and biases ``(outputs,)``."""
        for (kernel, biases), (weight, bias) in zip(self.panels(), layers, strict=True):
            for start, panel in kernel:
                part = weight[start : start + panel.shape[1]].T
                panel[: part.shape[0], : part.shape[1]] = part
            biases[: len(weight)] = bias

    def layers(self) -> list[tuple[Floats, Floats]]:
        """Return copies of kernels ``(outputs, inputs)`` and biases ``(outputs,)``."""
        result = []
        for layer, (kernel, bias) in enumerate(self.panels()):
            inputs, outputs = self.sizes[layer : layer + 2]
            weight = np.concatenate([panel for _, panel in kernel], 1)[:inputs, :outputs].T
            result.append((np.ascontiguousarray(weight), bias[:outputs].copy()))
        return result

    def penalty(self, l1: float, l2: float) -> float:
        """Return the penalty of the kernels as they stand."""
        panels = [panel for kernel, _ in self.panels() for _, panel in kernel] if l1 or l2 else []
        return sum(
            l1 * float(np.abs(panel).sum()) + l2 * float(np.square(panel).sum()) for panel in panels
        )

    def train_epoch(
        self, images: NDArray[Any], targets: Indices, batches: Sequence[Indices],
        rates: NDArray[np.float64], classes: int, activation: str, smoothing: float,
        optimizer: str, settings: NDArray[np.float64], done: int,
    ) -> tuple[float, int, int]:  # fmt: skip
        """Train on every batch once; see `glyphlab.backends.interface.Perceptron`."""
        found: tuple[float, int, int] = train_epoch(
            *_bytes_and_floats(images), targets, np.concatenate(batches),
            np.cumsum([0, *map(len, batches)]), rates, self.sizes, classes,
            ACTIVATIONS.index(activation), smoothing, OPTIMIZERS.index(optimizer), settings, done,
            self.params, self.state, self.x, self.values, self.deltas, self.turned,
        )  # fmt: skip
        return found

    def probabilities(
        self, images: NDArray[Any], rows: Indices, heads: int, classes: int,
        activation: str,
    ) -> Floats:  # fmt: skip
        """Return the probabilities ``(len(rows), heads, classes)`` of those rows of `images`."""
        out = np.empty((len(rows), heads * classes), np.float32)
        evaluate(
            *_bytes_and_floats(images), rows, self.sizes, heads, classes,
            ACTIVATIONS.index(activation), self.params, self.x, self.values, out,
        )  # fmt: skip
        return out.reshape(len(rows), heads, classes)

    def panels(self) -> list[tuple[list[tuple[int, Floats]], Floats]]:
        """Return views: a layer's panels, each with its first output, and its biases."""
        layers, at = [], 0
        for inputs, outputs in zip(self.sizes[:-1], self.sizes[1:], strict=True):
            height, width = round_up(int(inputs), ROWS), round_up(int(outputs), LANES)
            panels = []
            for start in range(0, width, 2 * LANES):
                wide = min(2 * LANES, width - start)
                flat = self.params[at + start * height : at + (start + wide) * height]
                panels.append((start, flat.reshape(height, wide)))
            at += height * width
            layers.append((panels, self.params[at : at + width]))
            at += width
        return layers


def _bytes_and_floats(images: NDArray[Any]) -> tuple[NDArray[np.uint8], Floats]:
    """Return the images under the type that they have, and none under the other."""
    none = (0, images.shape[1])
    if images.dtype == np.uint8:
        return images, np.empty(none, np.float32)
    return np.empty(none, np.uint8), images


def _uneven(width: int) -> int:
    """Return a row length whose multiples do not all fall on the same few cache lines."""
    return width if width % 512 else width + LANES

"""A convolutional net's whole pass over the rows of a shard, in one compiled call without a lock.

The net is that of the Triple-MNIST report: three valid 3x3 convolutions, of one channel to 32, of
32 to 64 and of 64 to 64, the first two with a 2x2 max-pool, all with ReLU; a dense layer with ReLU
and one linear layer. All maps are channels last, and so are the kernels.

Images go through the convolutions in groups that fit a core's cache; through the dense layers all
rows of the shard go at once. A tile of a convolution gathers pixels wherever they lie, by tables of
offsets that are the same for every group, so narrow maps cost no more than wide ones. The last tile
of a group may hold pixels of the images after it: what it leaves there is never read, and buffers
are long enough for it.

The gradient by the dense kernel, most of the parameters, is no sum over shards: `add_hidden` makes
it column by column from what the shards leave, so that no shard needs a copy of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from glyphlab.backends.numba.compiled import (
    first_backward,
    first_forward,
    image_backward,
    weight_backward,
)
from glyphlab.backends.numba.gemm import ROWS, add_dots, add_gathered, add_outer, add_tile_2
from glyphlab.backends.numba.jit import compile_loop
from glyphlab.backends.numba.pointwise import hits, normalise, output_gradient, shift
from glyphlab.backends.numba.winograd import (
    multiply,
    pool_block,
    transform_kernel,
    transform_patches,
)

__all__ = ["Buffers", "Layers", "add_hidden", "pass_rows"]

_PANEL = 32
"""Columns of a tile."""
_SQUARE = 4
_DEPTH = 1024
"""Inputs of the dense layer that are multiplied at once: 64 rows of them stay in a core's cache."""


class Layers(NamedTuple):
    """Kernels and biases, or gradients by them, as NumPy arrays of float32."""

    first: Any  # (32, 9)
    first_bias: Any
    second: Any  # (64, 9 * 32)
    second_bias: Any
    third: Any  # (64, 9 * 64)
    third_bias: Any
    hidden: Any  # (units, inputs)
    hidden_bias: Any
    out: Any  # (outputs, units)
    out_bias: Any


class Buffers(NamedTuple):
    """What a shard works in; `rows` are padded to 8, groups as the module says."""

    taps: Any  # (9, 32), first kernel, transposed and scaled
    taps_grad: Any  # (9, 32)
    second: Any  # (2, 288, 32), second kernel, transposed, in panels
    second_places: Any  # (16, 32, 64), transformed
    third: Any  # (2, 576, 32)
    out: Any  # (outputs padded to 16, units)
    out_grad: Any  # the same
    map1: Any  # (rows, h1, w1, 32)
    where1: Any  # the same, uint8
    map2: Any  # (rows + spare images, h2, w2, 64)
    where2: Any  # the same, uint8
    map3: Any  # (rows * h3 * w3 + 8, 64)
    hidden: Any  # (rows, units)
    logits: Any  # (rows * outputs padded to 16,)
    hidden_delta: Any  # (rows, units)
    map3_delta: Any  # (rows * h3 * w3 + 8, 64)
    map2_delta: Any  # (group + spare images, h2, w2, 64)
    map1_delta: Any  # (group, h1, w1, 32)
    patches: Any  # (16, 8, 32), transformed
    products: Any  # (16, 8, 64)
    windows: Any  # int64, offsets in map1 of the patches of a group's windows
    pixels: Any  # int64, offsets in map2 of the patches of a group
    rows_at: Any  # int64, multiples of 64


@compile_loop
def pass_rows(
    images: Any,
    targets: Any,
    index: Any,
    classes: Any,
    smoothing: Any,
    share: Any,
    scale: Any,
    group: Any,
    weights: Any,
    grads: Any,
    work: Any,
) -> Any:
    """Write the gradients of a shard's loss, but that by ``weights.hidden``; return the loss.

    Parameters
    ----------
    images : (n, H, W) uint8 or float32
    targets : (n, heads) int64
    index : (n,) int64, the numbers from 0
    classes, smoothing : of a head; of the labels
    share : float
        What one cross-entropy counts: one over the batch's rows and heads.
    scale : float32
        What a pixel is multiplied by.
    group : int
        Images that go through the convolutions at once.
    weights, grads : Layers
    work : Buffers

    Returns
    -------
    loss, correct : float, int
        The summed cross-entropies times `share`, and how many rows were right at every head.
    """
    n, heads = targets.shape
    _arrange(weights, scale, work)
    for start in range(0, n, group):
        _maps(images, start, min(n, start + group), weights, work)
    _dense(n, weights, work)
    width = work.out.shape[0]
    p = work.logits
    shift(p, width, n, heads, classes)
    wanted, correct = hits(p, width, n, index, targets, classes, smoothing)
    loss = normalise(p, width, n, heads, classes) - wanted
    output_gradient(p, width, n, index, targets, classes, smoothing, share)
    _dense_backward(n, weights, grads, work)
    for part in (grads.second, grads.third):
        part[:] = 0
    for part in (grads.first_bias, grads.second_bias, grads.third_bias):
        part[:] = 0
    work.taps_grad[:] = 0
    for start in range(0, n, group):
        _maps_backward(images, start, min(n, start + group), weights, grads, work)
    for tap in range(9):
        for c in range(grads.first.shape[0]):
            grads.first[c, tap] = work.taps_grad[tap, c] * scale
    return loss * share, correct


@compile_loop
def _arrange(weights: Any, scale: Any, work: Any) -> None:
    """Copy the kernels as the tiles read them."""
    for c in range(weights.first.shape[0]):
        for tap in range(9):
            work.taps[tap, c] = weights.first[c, tap] * scale
    _in_panels(weights.second, work.second)
    transform_kernel(work.second, work.second_places)
    _in_panels(weights.third, work.third)
    work.out[: weights.out.shape[0]] = weights.out


@compile_loop
def _in_panels(kernel: Any, out: Any) -> None:
    for panel in range(out.shape[0]):
        for j in range(out.shape[1]):
            for c in range(_PANEL):
                out[panel, j, c] = kernel[panel * _PANEL + c, j]


@compile_loop
def _maps(images: Any, start: Any, stop: Any, weights: Any, work: Any) -> None:
    """Take the images of a group through the three convolutions."""
    part = work.map1[start:stop]
    first_forward(images[start:stop], work.taps, weights.first_bias, part, work.where1[start:stop])
    count = stop - start
    _, height, width, channels = work.map2.shape
    image = work.map1[start:].reshape(-1)
    pooled = work.map2[start:].reshape(-1, channels)
    where = work.where2[start:].reshape(-1, channels)
    for window in range(0, count * height * width, ROWS):
        transform_patches(image, work.windows[window:], 32 * part.shape[2], work.patches)
        multiply(work.patches, work.second_places, work.products)
        pool_block(work.products, weights.second_bias, pooled[window:], where[window:])
    pixels = (height - 2) * (width - 2)
    source = work.map2[start].ctypes.data
    out = work.map3[start * pixels :]
    for row in range(0, count * pixels, ROWS):
        for r in range(row, row + ROWS):
            out[r] = weights.third_bias
        for panel in range(work.third.shape[0]):
            add_gathered(
                out[row, panel * _PANEL :].ctypes.data, work.rows_at.ctypes.data, source,
                work.pixels[row:].ctypes.data, 3, width * channels,
                work.third[panel].ctypes.data, _PANEL, 3 * channels,
            )  # fmt: skip
        for r in range(row, row + ROWS):
            for c in range(channels):
                out[r, c] = np.float32(0) if out[r, c] <= 0 else out[r, c]


@compile_loop
def _dots(out: Any, left: Any, right: Any, inputs: Any, rows: Any, columns: Any) -> None:
    """``out (rows, columns) += left (rows, inputs) @ right (columns, inputs).T``, by address."""
    for start in range(0, inputs, _DEPTH):
        vectors = min(_DEPTH, inputs - start) // 16
        for column in range(0, columns, _SQUARE):
            for row in range(0, rows, _SQUARE):
                add_dots(
                    out + 4 * (row * columns + column), columns,
                    left + 4 * (row * inputs + start), inputs,
                    right + 4 * (column * inputs + start), inputs, vectors,
                )  # fmt: skip


@compile_loop
def _dense(n: Any, weights: Any, work: Any) -> None:
    """Take all rows through the dense layers; ``work.logits`` is left."""
    units, inputs = weights.hidden.shape
    outputs = work.out.shape[0]
    padded = (n + ROWS - 1) // ROWS * ROWS
    hidden = work.hidden[:padded]
    for row in range(padded):
        hidden[row] = weights.hidden_bias
    _dots(
        hidden.ctypes.data, work.map3.ctypes.data, weights.hidden.ctypes.data, inputs, padded, units
    )
    for row in range(padded):
        for unit in range(units):
            hidden[row, unit] = np.float32(0) if hidden[row, unit] <= 0 else hidden[row, unit]
        logits = work.logits[row * outputs : (row + 1) * outputs]
        logits[:] = 0
        logits[: len(weights.out_bias)] = weights.out_bias
    _dots(work.logits.ctypes.data, hidden.ctypes.data, work.out.ctypes.data, units, padded, outputs)


@compile_loop
def _dense_backward(n: Any, weights: Any, grads: Any, work: Any) -> None:
    """From the gradient by the logits to that by the third map, all rows."""
    units, inputs = weights.hidden.shape
    outputs, classes = work.out.shape[0], len(weights.out_bias)
    padded = (n + ROWS - 1) // ROWS * ROWS
    p, hidden, delta = work.logits, work.hidden, work.hidden_delta
    work.out_grad[:] = 0
    delta[:padded] = 0
    for column in range(0, units, _PANEL):
        for output in range(0, outputs, ROWS):
            add_tile_2(
                work.out_grad[output, column:].ctypes.data, units, p[output:].ctypes.data, 1,
                outputs, hidden[0, column:].ctypes.data, units, n,
            )  # fmt: skip
        for row in range(0, padded, ROWS):
            add_tile_2(
                delta[row, column:].ctypes.data, units, p[row * outputs :].ctypes.data, outputs, 1,
                work.out[0, column:].ctypes.data, units, classes,
            )  # fmt: skip
    grads.out[:] = work.out_grad[:classes]
    grads.out_bias[:] = 0
    grads.hidden_bias[:] = 0
    for row in range(n):
        for output in range(classes):
            grads.out_bias[output] += p[row * outputs + output]
        for unit in range(units):
            g = np.float32(0) if hidden[row, unit] <= 0 else delta[row, unit]
            delta[row, unit] = g
            grads.hidden_bias[unit] += g
    below = work.map3_delta.ctypes.data
    work.map3_delta[: padded * inputs // work.map3_delta.shape[1]] = 0
    for column in range(0, inputs, _PANEL):
        for row in range(0, padded, ROWS):
            add_tile_2(
                below + 4 * (row * inputs + column), inputs, delta[row].ctypes.data, units, 1,
                weights.hidden[0, column:].ctypes.data, inputs, units,
            )  # fmt: skip


@compile_loop
def _maps_backward(images: Any, start: Any, stop: Any, weights: Any, grads: Any, work: Any) -> None:
    """From the gradient by a group's third map to those by the kernels of the convolutions."""
    count = stop - start
    _, height, width, channels = work.map2.shape
    pixels = count * (height - 2) * (width - 2)
    first = start * (height - 2) * (width - 2)
    live, seen = work.map3_delta[first:], work.map3[first:]
    for row in range(pixels):
        for c in range(channels):
            g = np.float32(0) if seen[row, c] <= 0 else live[row, c]
            live[row, c] = g
            grads.third_bias[c] += g
    spare = len(work.map2_delta) - work.map1_delta.shape[0]
    work.map2_delta[: count + spare] = 0
    source, below = work.map2[start].ctypes.data, work.map2_delta.ctypes.data
    for tap in range(9):
        moved = 4 * channels * (tap // 3 * width + tap % 3)
        for column in range(0, channels, _PANEL):
            aside = moved + 4 * column
            weight = weights.third[0, tap * channels + column :].ctypes.data
            for row in range(0, pixels, ROWS):
                add_gathered(
                    below + aside, work.pixels[row:].ctypes.data, live[row].ctypes.data,
                    work.rows_at.ctypes.data, 1, 0, weight, 9 * channels, channels,
                )  # fmt: skip
            for c in range(0, channels, ROWS):
                add_outer(
                    grads.third[c, tap * channels + column :].ctypes.data, 9 * channels,
                    live[0, c:].ctypes.data, channels, source + aside, work.pixels.ctypes.data,
                    pixels,
                )  # fmt: skip
    delta, where = work.map2_delta[:count], work.where2[start:stop]
    weight_backward(work.map1[start:stop], delta, where, grads.second, grads.second_bias)
    image_backward(weights.second, delta, where, work.map1_delta[:count])
    first_backward(
        images[start:stop], work.map1_delta[:count], work.where1[start:stop], work.taps_grad,
        grads.first_bias,
    )  # fmt: skip


@compile_loop
def add_hidden(grad: Any, start: Any, stop: Any, n: Any, delta: Any, seen: Any) -> None:
    """Add a shard's part to columns ``start:stop`` of the gradient by the dense kernel."""
    units, inputs = grad.shape
    for column in range(start, stop, _PANEL):
        for unit in range(0, units, ROWS):
            add_tile_2(
                grad[unit, column:].ctypes.data, inputs, delta[0, unit:].ctypes.data, 1,
                units, seen.ctypes.data + 4 * column, inputs, n,
            )  # fmt: skip

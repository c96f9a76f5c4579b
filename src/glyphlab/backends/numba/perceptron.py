"""A whole epoch of a multilayer perceptron in one compiled call that holds no lock.

Layout. A layer of `inputs` and `outputs` has its kernel in panels: the outputs, padded to 16, are
cut into panels 32 wide (the last one may be 16), and a panel is contiguous, `inputs` padded to 8
rows of its width. After the panels lie the biases. All layers follow one another in one flat array,
and so do gradients and the optimiser's state. Activations are rows as wide as the outputs padded
to 16. All padding is zero and stays zero.

A batch goes through the layers in chunks of rows that fit a core's cache, its pixels turned into
floats on the way.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glyphlab.backends.numba.gemm import ROWS, add_tile_1, add_tile_2
from glyphlab.backends.numba.jit import compile_loop
from glyphlab.backends.numba.pointwise import (
    activate,
    hits,
    normalise,
    output_gradient,
    shift,
    slopes,
)
from glyphlab.backends.numba.simd import LANES
from glyphlab.backends.numba.steps import take_step

__all__ = ["CHUNK", "evaluate", "train_epoch"]

CHUNK = 64
"""Rows that go through the layers at once: with 784 pixels 200 KiB, beside the weights in cache."""
_TOO_MUCH = 1e300
"""No loss in float32 comes near."""
_PANEL = 2 * LANES


@compile_loop
def _up(count: Any, to: Any) -> Any:
    return (count + to - 1) // to * to


@compile_loop
def _add_product(
    out: Any,
    out_row: Any,
    out_panel: Any,
    left: Any,
    left_row: Any,
    left_step: Any,
    right: Any,
    right_step: Any,
    right_panel: Any,
    rows: Any,
    count: Any,
    columns: Any,
) -> None:
    """``out (rows, columns) += left (rows, count) @ right (count, columns)``, panel by panel.

    `rows` is a multiple of 8, `columns` one of 16; addresses in bytes, strides in floats. Where
    `out_row` or `right_step` is 0, it is the width of the panel.
    """
    for start in range(0, columns, _PANEL):
        width = min(_PANEL, columns - start)
        panel = start // _PANEL
        to_row = out_row if out_row > 0 else width
        to_step = right_step if right_step > 0 else width
        to = out + 4 * panel * out_panel
        source = right + 4 * panel * right_panel
        for row in range(0, rows, ROWS):
            if width == _PANEL:
                add_tile_2(
                    to + 4 * row * to_row, to_row, left + 4 * row * left_row, left_row, left_step,
                    source, to_step, count,
                )  # fmt: skip
            else:
                add_tile_1(
                    to + 4 * row * to_row, to_row, left + 4 * row * left_row, left_row, left_step,
                    source, to_step, count,
                )  # fmt: skip


@compile_loop
def _gather(images: Any, floats: Any, index: Any, out: Any) -> None:
    """Copy the images of those rows, bytes as shares of 255; one of the two arrays is empty."""
    scale = np.float32(1 / 255)
    for row in range(len(index)):
        target = out[row]
        if len(images) > 0:
            image = images[index[row]]
            for pixel in range(image.shape[0]):
                target[pixel] = np.float32(image[pixel]) * scale
        else:
            target[: floats.shape[1]] = floats[index[row]]


@compile_loop
def _forward(sizes: Any, params: Any, x: Any, values: Any, rows: Any, kind: Any) -> None:
    """Fill ``values[l] (CHUNK, width)`` for each layer l; the last holds logits."""
    layers = len(sizes) - 1
    padded = _up(rows, ROWS)
    left, left_row = x.ctypes.data, x.shape[1]
    at = 0
    for layer in range(layers):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        width, height = _up(outputs, LANES), _up(inputs, ROWS)
        out = values[layer]
        bias = params[at + height * width : at + height * width + width]
        for row in range(padded):
            for column in range(width):
                out[row * width + column] = bias[column]
        _add_product(
            out.ctypes.data, width, _PANEL, left, left_row, 1,
            params.ctypes.data + 4 * at, 0, _PANEL * height, padded, inputs, width,
        )  # fmt: skip
        if layer < layers - 1:
            activate(out[: padded * width], kind)
            for row in range(padded):
                for column in range(outputs, width):
                    out[row * width + column] = 0
        left, left_row = out.ctypes.data, width
        at += height * width + width


@compile_loop
def _transposed(params: Any, at: Any, inputs: Any, outputs: Any, out: Any) -> None:
    """Copy a kernel into panels along its inputs: ``(inputs padded to 16) / 32`` of ``outputs``."""
    height, width, across = _up(inputs, ROWS), _up(outputs, LANES), _up(inputs, LANES)
    for start in range(0, width, _PANEL):
        wide = min(_PANEL, width - start)
        for k in range(inputs):
            panel = k // _PANEL
            span = min(_PANEL, across - panel * _PANEL)
            base = panel * _PANEL * outputs + k - panel * _PANEL
            source = at + start * height + k * wide
            for u in range(min(wide, outputs - start)):
                out[base + (start + u) * span] = params[source + u]


@compile_loop
def _backward(sizes: Any, params: Any, grads: Any, x: Any, values: Any, deltas: Any,
              turned: Any, rows: Any, kind: Any) -> None:  # fmt: skip
    """Add the gradients of a chunk; ``values[-1]`` holds the gradient by the logits."""
    layers = len(sizes) - 1
    at = len(params)
    delta = values[layers - 1]
    for layer in range(layers - 1, -1, -1):
        inputs, outputs = sizes[layer], sizes[layer + 1]
        width, height = _up(outputs, LANES), _up(inputs, ROWS)
        at -= height * width + width
        bias = grads[at + height * width : at + height * width + width]
        for row in range(rows):
            for column in range(width):
                bias[column] += delta[row * width + column]
        below = x.ctypes.data if layer == 0 else values[layer - 1].ctypes.data
        below_row = x.shape[1] if layer == 0 else _up(inputs, LANES)
        _add_product(
            grads.ctypes.data + 4 * at, 0, _PANEL * height, below, 1, below_row,
            delta.ctypes.data, width, _PANEL, height, rows, width,
        )  # fmt: skip
        if layer > 0:
            across, padded = _up(inputs, LANES), _up(rows, ROWS)
            next_delta = deltas[layer - 1]
            next_delta[: padded * across] = 0
            _add_product(
                next_delta.ctypes.data, across, _PANEL, delta.ctypes.data, width, 1,
                turned[layer].ctypes.data, 0, _PANEL * outputs, padded, outputs, across,
            )  # fmt: skip
            used = padded * across
            slopes(next_delta[:used], values[layer - 1][:used], kind)
            delta = next_delta


@compile_loop
def train_epoch(
    images: Any,
    floats: Any,
    targets: Any,
    order: Any,
    edges: Any,
    rates: Any,
    sizes: Any,
    classes: Any,
    kind: Any,
    smoothing: Any,
    optimizer: Any,
    settings: Any,
    done: Any,
    params: Any,
    state: Any,
    x: Any,
    values: Any,
    deltas: Any,
    turned: Any,
) -> Any:
    """Train on every batch once; return the sum of losses, of right items, and batches done.

    Parameters
    ----------
    images, floats : (n, pixels) uint8 and float32, one of them empty: one compilation for both
    targets : (n, heads) int64
    order : int64, the rows to train on; edges : (batches + 1,) int64, the cuts in it
    rates : (batches,) float64
    sizes : (layers + 1,) int64, pixels first
    classes, kind, smoothing : of a head; of the activation; of the labels
    optimizer, settings, done : as in `take_step`; steps done before
    params, state : float32; flat, and (3, flat) for gradients and the optimiser
    x, values, deltas, turned : buffers
    """
    heads, layers = targets.shape[1], len(sizes) - 1
    width = _up(sizes[layers], LANES)
    loss_sum, correct = 0.0, 0
    for batch in range(len(rates)):
        first, last = edges[batch], edges[batch + 1]
        count = last - first
        state[0][:] = 0
        at = 0
        for layer in range(layers):
            if layer > 0:
                _transposed(params, at, sizes[layer], sizes[layer + 1], turned[layer])
            at += (_up(sizes[layer], ROWS) + 1) * _up(sizes[layer + 1], LANES)
        loss = 0.0
        for start in range(first, last, CHUNK):
            rows = min(CHUNK, last - start)
            _gather(images, floats, order[start : start + rows], x)
            _forward(sizes, params, x, values, rows, kind)
            p, index = values[layers - 1], order[start : start + rows]
            shift(p, width, rows, heads, classes)
            wanted, right = hits(p, width, rows, index, targets, classes, smoothing)
            loss += normalise(p, width, rows, heads, classes) - wanted
            correct += right
            output_gradient(p, width, rows, index, targets, classes, smoothing, 1 / (count * heads))
            _backward(sizes, params, state[0], x, values, deltas, turned, rows, kind)
        penalty = take_step(optimizer, sizes, params, state, settings, rates[batch], done + batch)
        loss_sum += loss / heads + penalty * count
        # numba's isfinite subtracts a value from itself, which reassociation makes zero
        if not abs(loss_sum) < _TOO_MUCH:
            return loss_sum, correct, batch
    return loss_sum, correct, len(rates)


@compile_loop
def evaluate(
    images: Any,
    floats: Any,
    rows: Any,
    sizes: Any,
    heads: Any,
    classes: Any,
    kind: Any,
    params: Any,
    x: Any,
    values: Any,
    out: Any,
) -> None:
    """Write probabilities ``(len(rows), heads * classes)`` of the images of those rows."""
    layers = len(sizes) - 1
    width = _up(sizes[layers], LANES)
    for start in range(0, len(rows), CHUNK):
        count = min(CHUNK, len(rows) - start)
        _gather(images, floats, rows[start : start + count], x)
        _forward(sizes, params, x, values, count, kind)
        p = values[layers - 1]
        shift(p, width, count, heads, classes)
        normalise(p, width, count, heads, classes)
        for row in range(count):
            for column in range(heads * classes):
                out[start + row, column] = p[row * width + column]

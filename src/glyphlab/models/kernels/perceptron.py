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

from glyphlab.models.kernels.jit import compile_loop
from glyphlab.models.kernels.steps import take_step
from glyphlab.models.kernels.tiles import LANES, ROWS, add_tile_1, add_tile_2

__all__ = ["CHUNK", "evaluate", "train_epoch"]

CHUNK = 64
"""Rows that go through the layers at once: with 784 pixels 200 KiB, beside the weights in cache."""
RELU, TANH = 0, 1
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
def _exp(x: Any) -> Any:
    """Return e to the x for float32 (after Cephes' expf); no number stays no number."""
    x = np.float32(88) if x > np.float32(88) else x
    x = np.float32(-87) if x < np.float32(-87) else x
    whole = np.floor(x * np.float32(1.44269504) + np.float32(0.5))
    r = x - whole * np.float32(0.693359375) + whole * np.float32(2.12194440e-4)
    p = np.float32(1.9875691500e-4)
    p = p * r + np.float32(1.3981999507e-3)
    p = p * r + np.float32(8.3334519073e-3)
    p = p * r + np.float32(4.1665795894e-2)
    p = p * r + np.float32(1.6666665459e-1)
    p = p * r + np.float32(5.0000001201e-1)
    p = p * r * r + r + np.float32(1)
    power = np.int32((np.int32(whole) + np.int32(127)) << np.int32(23))
    return p * power.view(np.float32)


@compile_loop
def _activate(x: Any, kind: Any) -> None:
    """Apply ReLU, tanh or the logistic function to every value of a flat array."""
    one = np.float32(1)
    if kind == RELU:
        for i in range(len(x)):
            x[i] = np.float32(0) if x[i] <= 0 else x[i]
    elif kind == TANH:
        for i in range(len(x)):
            # from the size: 1 - 2 / (e^2|x| + 1) neither overflows nor loses its sign
            size = abs(x[i])
            turned = one - np.float32(2) / (_exp(np.float32(2) * size) + one)
            # near zero that difference of near equals is worse than the series
            series = size - size * size * size * np.float32(1 / 3)
            value = series if size < np.float32(0.02) else turned
            x[i] = -value if x[i] < 0 else value
    else:
        for i in range(len(x)):
            x[i] = one / (one + _exp(-x[i]))


@compile_loop
def _slopes(delta: Any, x: Any, kind: Any) -> None:
    """Multiply by the derivative of the activation, from its values."""
    one = np.float32(1)
    if kind == RELU:
        for i in range(len(x)):
            delta[i] = np.float32(0) if x[i] <= 0 else delta[i]
    elif kind == TANH:
        for i in range(len(x)):
            delta[i] *= one - x[i] * x[i]
    else:
        for i in range(len(x)):
            delta[i] *= x[i] * (one - x[i])


@compile_loop
def _gather(images: Any, scale: Any, index: Any, out: Any) -> None:
    for row in range(len(index)):
        image = images[index[row]]
        target = out[row]
        for pixel in range(image.shape[0]):
            target[pixel] = np.float32(image[pixel]) * scale


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
            _activate(out[: padded * width], kind)
            for row in range(padded):
                for column in range(outputs, width):
                    out[row * width + column] = 0
        left, left_row = out.ctypes.data, width
        at += height * width + width


@compile_loop
def _shift(logits: Any, width: Any, rows: Any, heads: Any, classes: Any) -> None:
    """Take from the logits ``(rows, width)`` of each head the largest of them."""
    for row in range(rows):
        for head in range(heads):
            part = logits[row * width + head * classes : row * width + (head + 1) * classes]
            top = part[0]
            for c in range(classes):
                top = part[c] if part[c] > top else top
            for c in range(classes):
                part[c] -= top


@compile_loop
def _hits(shifted: Any, width: Any, rows: Any, index: Any, targets: Any, classes: Any,
          smoothing: Any) -> Any:  # fmt: skip
    """Return the summed shifted logits of what was wanted, and how many rows were right."""
    total, correct = 0.0, 0
    for row in range(rows):
        right = True
        for head in range(targets.shape[1]):
            part = shifted[row * width + head * classes : row * width + (head + 1) * classes]
            wanted, best = targets[index[row], head], -1
            for c in range(classes - 1, -1, -1):
                best = c if part[c] == 0 else best
            right = right and best == wanted
            total += (1 - smoothing) * part[wanted]
            if smoothing > 0:
                for c in range(classes):
                    total += smoothing / classes * part[c]
        correct += right
    return total, correct


@compile_loop
def _normalise(shifted: Any, width: Any, rows: Any, heads: Any, classes: Any) -> Any:
    """Turn shifted logits into probabilities; return the sum of the logarithms of their sums."""
    logs = 0.0
    for i in range(rows * width):
        shifted[i] = _exp(shifted[i])
    for row in range(rows):
        for head in range(heads):
            part = shifted[row * width + head * classes : row * width + (head + 1) * classes]
            total = np.float32(0)
            for c in range(classes):
                total += part[c]
            logs += np.log(np.float64(total))
            for c in range(classes):
                part[c] /= total
    return logs


@compile_loop
def _delta(p: Any, width: Any, rows: Any, index: Any, targets: Any, classes: Any,
           smoothing: Any, share: Any) -> None:  # fmt: skip
    """Turn probabilities into the gradient by the logits of the batch's mean loss."""
    heads = targets.shape[1]
    for row in range(rows):
        for head in range(heads):
            part = p[row * width + head * classes : row * width + (head + 1) * classes]
            for c in range(classes):
                part[c] -= np.float32(smoothing / classes)
            part[targets[index[row], head]] -= np.float32(1 - smoothing)
            for c in range(classes):
                part[c] *= np.float32(share)
        for column in range(heads * classes, width):
            p[row * width + column] = 0
    for i in range(rows * width, _up(rows, ROWS) * width):
        p[i] = 0


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
            _slopes(next_delta[: padded * across], values[layer - 1], kind)
            delta = next_delta


@compile_loop
def train_epoch(
    images: Any,
    scale: Any,
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
    images : (n, pixels) uint8 or float32, times `scale` what the net sees
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
            _gather(images, scale, order[start : start + rows], x)
            _forward(sizes, params, x, values, rows, kind)
            p, index = values[layers - 1], order[start : start + rows]
            _shift(p, width, rows, heads, classes)
            wanted, right = _hits(p, width, rows, index, targets, classes, smoothing)
            loss += _normalise(p, width, rows, heads, classes) - wanted
            correct += right
            _delta(p, width, rows, index, targets, classes, smoothing, 1 / (count * heads))
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
    scale: Any,
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
        _gather(images, scale, rows[start : start + count], x)
        _forward(sizes, params, x, values, count, kind)
        p = values[layers - 1]
        _shift(p, width, count, heads, classes)
        _normalise(p, width, count, heads, classes)
        for row in range(count):
            for column in range(heads * classes):
                out[start + row, column] = p[row * width + column]

"""Activations, softmax and cross-entropy of a chunk of rows, compiled.

Not-a-number passes through all of it. Exponentials are polynomials, which the compiler turns into
vectors; a call into the system's library would be taken one value at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glyphlab.backends.numba.gemm import ROWS
from glyphlab.backends.numba.jit import compile_loop

__all__ = ["activate", "hits", "normalise", "output_gradient", "shift", "slopes"]

RELU, TANH = 0, 1


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
def activate(x: Any, kind: Any) -> None:
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
def slopes(delta: Any, x: Any, kind: Any) -> None:
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
def shift(logits: Any, width: Any, rows: Any, heads: Any, classes: Any) -> None:
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
def hits(shifted: Any, width: Any, rows: Any, index: Any, targets: Any, classes: Any,
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
def normalise(shifted: Any, width: Any, rows: Any, heads: Any, classes: Any) -> Any:
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
def output_gradient(p: Any, width: Any, rows: Any, index: Any, targets: Any, classes: Any,
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
    for i in range(rows * width, (rows + ROWS - 1) // ROWS * ROWS * width):
        p[i] = 0

"""One step of an optimiser over all layers of a perceptron, in place.

The same formulas as those of `glyphlab.optim.optimizers`, for the flat layout of
`glyphlab.backends.numba.perceptron`. Nothing here reads a clock or a generator.
"""

from __future__ import annotations

from typing import Any

import numba
import numba.extending
import numpy as np
from numba import types

from glyphlab.backends.numba.jit import compile_loop, exact_loop

__all__ = ["adam_at", "take_step"]

_intrinsic: Any = numba.extending.intrinsic
_array_at: Any = numba.carray  # type: ignore[attr-defined]

SGD, ADAM, ADAMW, NADAM = range(4)
_LANES, _ROWS = 16, 8


@compile_loop
def take_step(
    optimizer: Any, sizes: Any, params: Any, state: Any, settings: Any, rate: Any, done: Any
) -> Any:
    """Step all parameters from the gradients ``state[0]``; return the penalty before the step.

    Parameters
    ----------
    optimizer : int
        0 sgd, 1 adam, 2 adamw, 3 nadam, 4 rmsprop.
    sizes : (layers + 1,) int64
    params : flat float32
    state : (3, flat) float32
        Gradients and two moments.
    settings : (7,) float64
        Weight decay, l1, l2, momentum, 1 for Nesterov's, epsilon; the product of Nadam's schedule,
        which is moved on.
    rate, done : float, int
        Rate of this step, steps before it.
    """
    decay, l1, l2, momentum, nesterov, epsilon = settings[:6]
    now, ahead = 0.0, 0.0
    if optimizer == NADAM:
        now, ahead = _warmed(done + 1), _warmed(done + 2)
        settings[6] *= now
    penalty, at = 0.0, 0
    for layer in range(len(sizes) - 1):
        width = (sizes[layer + 1] + _LANES - 1) // _LANES * _LANES
        kernel = (sizes[layer] + _ROWS - 1) // _ROWS * _ROWS * width
        stop = at + kernel
        if l1 > 0 or l2 > 0:
            of_layer = _penalise(params[at:stop], state[0][at:stop], l1, l2)
            penalty = _plus(penalty, of_layer)
        for start, end, decayed in ((at, stop, decay), (stop, stop + width, 0.0)):
            p, g = params[start:end], state[0][start:end]
            m, v = state[1][start:end], state[2][start:end]
            if optimizer == SGD:
                _sgd(p, g, m, rate, decayed, momentum, nesterov > 0)
            elif optimizer in (ADAM, ADAMW):
                _adam(p, g, m, v, rate, decayed, epsilon, done + 1, optimizer == ADAMW)
            elif optimizer == NADAM:
                _nadam(p, g, m, v, rate, decayed, epsilon, done + 1, now, ahead, settings[6])
            else:
                _rmsprop(p, g, v, rate, decayed, epsilon)
        at = stop + width
    return penalty


@_intrinsic  # type: ignore[untyped-decorator]
def _floats(_typing: Any, address: Any) -> Any:
    """Return an address as a pointer to float32."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    kind: Any = types.CPointer
    return kind(types.float32)(address), generate


@compile_loop
def adam_at(pieces: Any, settings: Any, part: Any, parts: Any) -> None:
    """Take a step of Adam, or AdamW, over one part of values that lie anywhere.

    Parameters
    ----------
    pieces : (n, 5) int64
        Addresses of parameters, gradients and both moments, and how many floats lie at each.
    settings : (n, 5) float64
        Rate, weight decay, epsilon, number of the step from 1, and 1 where the decay is apart.
    part, parts : int
        Which of the parts of every piece, each of whole cache lines.
    """
    for k in range(len(pieces)):
        count = pieces[k, 4]
        lines = (count + _LANES - 1) // _LANES
        start = lines * part // parts * _LANES
        size = min(count, lines * (part + 1) // parts * _LANES) - start
        rate, decay, epsilon = settings[k, 0], settings[k, 1], settings[k, 2]
        step, apart = np.int64(settings[k, 3]), settings[k, 4] > 0
        _adam(
            _array_at(_floats(pieces[k, 0] + 4 * start), (size,)),
            _array_at(_floats(pieces[k, 1] + 4 * start), (size,)),
            _array_at(_floats(pieces[k, 2] + 4 * start), (size,)),
            _array_at(_floats(pieces[k, 3] + 4 * start), (size,)),
            rate, decay, epsilon, step, apart,
        )  # fmt: skip


@compile_loop
def _warmed(step: Any) -> Any:
    return 0.9 * (1 - 0.5 * 0.96**step)


# The penalty is summed as it was when a layer's part came out of a call: not contracted, and not in
# another order. Recorded losses depend on it.
@exact_loop
def _plus(a: Any, b: Any) -> Any:
    return a + b


@exact_loop
def _times(a: Any, b: Any) -> Any:
    return a * b


@compile_loop
def _penalise(p: Any, g: Any, l1: Any, l2: Any) -> Any:
    """Add the gradient of ``l1 sum |p| + l2 sum p^2``, and return that sum."""
    total, squares = np.float32(0), np.float32(0)
    for i in range(len(p)):
        total += abs(p[i])
        squares += p[i] * p[i]
    one, two = np.float32(l1), np.float32(2 * l2)
    for i in range(len(p)):
        sign = one if p[i] > 0 else np.float32(0)
        sign = -one if p[i] < 0 else sign
        g[i] += sign + two * p[i]
    return _times(l1, total) + l2 * squares


@compile_loop
def _sgd(p: Any, g: Any, m: Any, rate: Any, decay: Any, momentum: Any, nesterov: Any) -> None:
    step, keep, shrink = np.float32(rate), np.float32(momentum), np.float32(decay)
    if momentum == 0:
        for i in range(len(p)):
            p[i] -= step * (g[i] + shrink * p[i])
    elif nesterov:
        for i in range(len(p)):
            grad = g[i] + shrink * p[i]
            m[i] = keep * m[i] + grad
            p[i] -= step * (grad + keep * m[i])
    else:
        for i in range(len(p)):
            m[i] = keep * m[i] + g[i] + shrink * p[i]
            p[i] -= step * m[i]


@compile_loop
def _adam(p: Any, g: Any, m: Any, v: Any, rate: Any, decay: Any, epsilon: Any, step: Any,
          apart: Any) -> None:  # fmt: skip
    size = np.float32(rate / (1 - 0.9**step))
    root = np.float32(1 / np.sqrt(1 - 0.999**step))
    kept = np.float32(1 - rate * decay if apart else 1.0)
    shrink = np.float32(0.0 if apart else decay)
    tenth, thousandth, tiny = np.float32(0.1), np.float32(0.001), np.float32(epsilon)
    for i in range(len(p)):
        grad = g[i] + shrink * p[i]
        m[i] += tenth * (grad - m[i])
        v[i] += thousandth * (grad * grad - v[i])
        p[i] = kept * p[i] - size * m[i] / (np.sqrt(v[i]) * root + tiny)


@compile_loop
def _nadam(p: Any, g: Any, m: Any, v: Any, rate: Any, decay: Any, epsilon: Any, step: Any,
           now: Any, ahead: Any, product: Any) -> None:  # fmt: skip
    of_moment = np.float32(rate * ahead / (1 - product * ahead))
    of_grad = np.float32(rate * (1 - now) / (1 - product))
    root = np.float32(1 / np.sqrt(1 - 0.999**step))
    shrink = np.float32(decay)
    tenth, thousandth, tiny = np.float32(0.1), np.float32(0.001), np.float32(epsilon)
    for i in range(len(p)):
        grad = g[i] + shrink * p[i]
        m[i] += tenth * (grad - m[i])
        v[i] += thousandth * (grad * grad - v[i])
        p[i] -= (of_moment * m[i] + of_grad * grad) / (np.sqrt(v[i]) * root + tiny)


@compile_loop
def _rmsprop(p: Any, g: Any, v: Any, rate: Any, decay: Any, epsilon: Any) -> None:
    size, shrink, tiny = np.float32(rate), np.float32(decay), np.float32(epsilon)
    tenth = np.float32(0.1)
    for i in range(len(p)):
        grad = g[i] + shrink * p[i]
        v[i] += tenth * (grad * grad - v[i])
        p[i] -= size * grad / np.sqrt(v[i] + tiny)

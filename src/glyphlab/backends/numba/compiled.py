"""The compiled loops, over channels-last arrays.

``where`` says for each pooled value which of the four pixels of its window was the first largest
(0..3, row by row, as torch counts), or `DEAD` where ReLU lets no gradient through. With it no
activation of full size is kept, and the backward loops touch only the pixels that have a gradient.

Not-a-number must pass through, since a diverged run has to be seen: hence no ``nnan`` among the
liberties given to the compiler, and ``<= 0`` where ``> 0`` would read more easily.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np

from glyphlab.backends.numba.jit import FASTMATH, compile_loop
from glyphlab.backends.numba.vector import CHANNELS, PATCH, RUN, add_patches, add_runs

__all__ = [
    "DEAD",
    "first_backward",
    "first_forward",
    "first_largest",
    "image_backward",
    "patches_backward",
    "patches_of",
    "pool_forward",
    "weight_backward",
]

DEAD = 4
_TILE_FLOATS = 6144
"""Floats of the image that `weight_backward` goes over at once: 24 KiB stay in a 32 KiB cache."""
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _inline(function: _Function) -> _Function:
    compiled: Any = numba.njit(fastmath=set(FASTMATH), inline="always")(function)
    return compiled  # type: ignore[no-any-return]


@_inline
def first_largest(v0: Any, v1: Any, v2: Any, v3: Any) -> Any:
    """Return the largest of four values, and which of them is the first so large."""
    value, index = v0, np.uint8(0)
    index = np.uint8(1) if v1 > value else index
    value = v1 if v1 > value else value
    index = np.uint8(2) if v2 > value else index
    value = v2 if v2 > value else value
    index = np.uint8(3) if v3 > value else index
    value = v3 if v3 > value else value
    return value, index


@_inline
def _patch(image: Any, y: Any, x: Any) -> Any:
    return (
        (
            np.float32(image[y, x]),
            np.float32(image[y, x + 1]),
            np.float32(image[y, x + 2]),
            np.float32(image[y, x + 3]),
        ),
        (
            np.float32(image[y + 1, x]),
            np.float32(image[y + 1, x + 1]),
            np.float32(image[y + 1, x + 2]),
            np.float32(image[y + 1, x + 3]),
        ),
        (
            np.float32(image[y + 2, x]),
            np.float32(image[y + 2, x + 1]),
            np.float32(image[y + 2, x + 2]),
            np.float32(image[y + 2, x + 3]),
        ),
        (
            np.float32(image[y + 3, x]),
            np.float32(image[y + 3, x + 1]),
            np.float32(image[y + 3, x + 2]),
            np.float32(image[y + 3, x + 3]),
        ),
    )


@_inline
def _taps(a: Any, b: Any, c: Any, w: Any, at: Any) -> Any:
    return (
        a[at] * w[0]
        + a[at + 1] * w[1]
        + a[at + 2] * w[2]
        + b[at] * w[3]
        + b[at + 1] * w[4]
        + b[at + 2] * w[5]
        + c[at] * w[6]
        + c[at + 1] * w[7]
        + c[at + 2] * w[8]
    )


@compile_loop
def first_forward(images: Any, weight: Any, bias: Any, out: Any, where: Any) -> None:
    """Convolve, pool and rectify ``images (n, H, W)`` into ``out (n, h, w, 32)``.

    `weight` is ``(9, 32)``, `where` uint8 of the shape of `out`. One pass: the full-size activation
    exists four pixels at a time, in registers.
    """
    for n in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                r0, r1, r2, r3 = _patch(images[n], 2 * y, 2 * x)
                for c in range(CHANNELS):
                    w = (
                        weight[0, c],
                        weight[1, c],
                        weight[2, c],
                        weight[3, c],
                        weight[4, c],
                        weight[5, c],
                        weight[6, c],
                        weight[7, c],
                        weight[8, c],
                    )
                    value, index = first_largest(
                        _taps(r0, r1, r2, w, 0),
                        _taps(r0, r1, r2, w, 1),
                        _taps(r1, r2, r3, w, 0),
                        _taps(r1, r2, r3, w, 1),
                    )
                    value += bias[c]
                    where[n, y, x, c] = np.uint8(DEAD) if value <= 0 else index
                    out[n, y, x, c] = np.float32(0) if value <= 0 else value


@compile_loop
def first_backward(images: Any, grad: Any, where: Any, weight: Any, bias: Any) -> None:
    """Add the gradients of `first_forward` to those by ``weight (9, 32)`` and ``bias (32,)``."""
    zero = np.float32(0)
    for n in range(grad.shape[0]):
        for y in range(grad.shape[1]):
            for x in range(grad.shape[2]):
                rows = _patch(images[n], 2 * y, 2 * x)
                r0, r1, r2, r3 = rows
                for c in range(CHANNELS):
                    g = grad[n, y, x, c]
                    index = where[n, y, x, c]
                    g0 = g if index == 0 else zero
                    g1 = g if index == 1 else zero
                    g2 = g if index == 2 else zero
                    g3 = g if index == 3 else zero
                    bias[c] += g0 + g1 + g2 + g3
                    weight[0, c] += g0 * r0[0] + g1 * r0[1] + g2 * r1[0] + g3 * r1[1]
                    weight[1, c] += g0 * r0[1] + g1 * r0[2] + g2 * r1[1] + g3 * r1[2]
                    weight[2, c] += g0 * r0[2] + g1 * r0[3] + g2 * r1[2] + g3 * r1[3]
                    weight[3, c] += g0 * r1[0] + g1 * r1[1] + g2 * r2[0] + g3 * r2[1]
                    weight[4, c] += g0 * r1[1] + g1 * r1[2] + g2 * r2[1] + g3 * r2[2]
                    weight[5, c] += g0 * r1[2] + g1 * r1[3] + g2 * r2[2] + g3 * r2[3]
                    weight[6, c] += g0 * r2[0] + g1 * r2[1] + g2 * r3[0] + g3 * r3[1]
                    weight[7, c] += g0 * r2[1] + g1 * r2[2] + g2 * r3[1] + g3 * r3[2]
                    weight[8, c] += g0 * r2[2] + g1 * r2[3] + g2 * r3[2] + g3 * r3[3]


@compile_loop
def pool_forward(full: Any, bias: Any, out: Any, where: Any) -> None:
    """Pool, shift and rectify ``full (n, H, W, c)`` into ``out (n, H // 2, W // 2, c)``."""
    for n in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                for c in range(out.shape[3]):
                    value, index = first_largest(
                        full[n, 2 * y, 2 * x, c],
                        full[n, 2 * y, 2 * x + 1, c],
                        full[n, 2 * y + 1, 2 * x, c],
                        full[n, 2 * y + 1, 2 * x + 1, c],
                    )
                    value += bias[c]
                    where[n, y, x, c] = np.uint8(DEAD) if value <= 0 else index
                    out[n, y, x, c] = np.float32(0) if value <= 0 else value


@_inline
def _corners(stride: Any) -> Any:
    """Return by how much each pixel of a window moves its patch, in floats."""
    corners = np.zeros(DEAD + 1, np.int64)
    corners[1], corners[2], corners[3] = CHANNELS, stride, stride + CHANNELS
    return corners


@compile_loop
def weight_backward(image: Any, grad: Any, where: Any, weight: Any, bias: Any) -> None:
    """Add the gradients by ``weight (c, 288)`` and ``bias (c,)`` of convolution, pool and ReLU.

    `image` is the input ``(n, H, W, 32)``, `grad` the gradient after the pool ``(n, h, w, c)``.
    Each pooled value has at most one pixel with a gradient: at most a quarter of the dense work.
    """
    _, height, width, channels = grad.shape
    stride = image.shape[2] * CHANNELS
    corners = _corners(stride)
    tile = max(1, (_TILE_FLOATS // stride - 2) // 2)
    offsets = np.empty(tile * width, np.int64)
    factors = np.empty(tile * width, np.float32)
    for n in range(grad.shape[0]):
        for y in range(height):
            for x in range(width):
                for c in range(channels):
                    bias[c] += grad[n, y, x, c] if where[n, y, x, c] < DEAD else np.float32(0)
        for top in range(0, height, tile):
            for c in range(channels):
                count = np.uint64(0)  # unsigned, so that no index is looked at for its sign
                for y in range(top, min(height, top + tile)):
                    row = 2 * (y - top) * stride
                    for x in range(width):
                        index = where[n, y, x, c]
                        offsets[count] = row + 2 * CHANNELS * x + corners[index]
                        factors[count] = grad[n, y, x, c]
                        count += np.uint64(index < DEAD)
                add_patches(
                    weight.ctypes.data + 4 * PATCH * c,
                    RUN,
                    image[n, 2 * top].ctypes.data,
                    stride,
                    offsets.ctypes.data,
                    factors.ctypes.data,
                    np.int64(count),
                )


@compile_loop
def image_backward(weight: Any, grad: Any, where: Any, out: Any) -> None:
    """Write into ``out (n, H, W, 32)`` the gradient by the input; the rest as `weight_backward`.

    The channels of a window are sorted by the pixel that gets their gradient, so that each of the
    four patches is read and written once. A row of windows takes the three rows of the kernel one
    after the other: one of them stays in the nearest cache, all three would not.
    """
    _, height, width, channels = grad.shape
    stride = out.shape[2] * CHANNELS
    corners = _corners(stride)
    offsets = np.empty((width, DEAD + 1, channels), np.int64)
    factors = np.empty((width, DEAD + 1, channels), np.float32)
    counts = np.empty((width, DEAD + 1), np.uint64)
    out[:] = 0
    for n in range(grad.shape[0]):
        for y in range(height):
            counts[:] = 0
            for x in range(width):
                for c in range(channels):
                    index = where[n, y, x, c]
                    count = counts[x, index]
                    offsets[x, index, count] = PATCH * c
                    factors[x, index, count] = grad[n, y, x, c]
                    counts[x, index] = count + np.uint64(1)
            for row in range(3):
                source = weight.ctypes.data + 4 * RUN * row
                target = out[n, 2 * y].ctypes.data + 4 * stride * row
                for x in range(width):
                    for index in range(DEAD):
                        add_runs(
                            target + 4 * (2 * CHANNELS * x + corners[index]),
                            source,
                            offsets[x, index].ctypes.data,
                            factors[x, index].ctypes.data,
                            np.int64(counts[x, index]),
                        )


@compile_loop
def patches_of(image: Any, out: Any) -> None:
    """Copy every 3x3 patch of ``image (n, h, w, c)`` to a row of ``out (n (h-2) (w-2), 9 c)``."""
    run = 3 * image.shape[3]
    patch = 0
    for n in range(image.shape[0]):
        for y in range(image.shape[1] - 2):
            for x in range(image.shape[2] - 2):
                for k in range(3):
                    source = image[n, y + k].reshape(-1)[x * image.shape[3] :]
                    target = out[patch, k * run : (k + 1) * run]
                    for j in range(run):
                        target[j] = source[j]
                patch += 1


@compile_loop
def patches_backward(grad: Any, out: Any) -> None:
    """Write into ``out (n, h, w, c)`` the gradient by the image of `patches_of`."""
    run = 3 * out.shape[3]
    out[:] = 0
    patch = 0
    for n in range(out.shape[0]):
        for y in range(out.shape[1] - 2):
            for x in range(out.shape[2] - 2):
                for k in range(3):
                    target = out[n, y + k].reshape(-1)[x * out.shape[3] :]
                    source = grad[patch, k * run : (k + 1) * run]
                    for j in range(run):
                        target[j] += source[j]
                patch += 1

"""3x3 convolutions by Winograd's minimal filtering, two by two pixels of the result at once.

From a 4x4 patch of the image, 16 products per pair of channels give four pixels, where the plain
sum takes 36 (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, F(2x2, 3x3)).
The transforms only add and halve, so the rounding stays near that of the plain sum; over a patch
that is the same everywhere all four pixels come out the same to the bit, as they should where a
pool looks for the first largest.

Patches go through in blocks of eight. At each of the 16 places a block is a product of eight rows,
one a patch, with a transformed kernel.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

from typing import Any

import numba.extending
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from glyphlab.backends.numba.compiled import DEAD, first_largest
from glyphlab.backends.numba.gemm import ROWS, set_tile_2
from glyphlab.backends.numba.jit import compile_loop
from glyphlab.backends.numba.simd import INT, LANES, VECTOR, ahead, load, store

__all__ = ["PLACES", "multiply", "pool_block", "transform_kernel", "transform_patches"]

PLACES = 16
_PANEL = 32
_intrinsic: Any = numba.extending.intrinsic


def _store_places(builder: Any, columns: list[list[Any]], out: Any, place: Any) -> None:
    """Store four by four vectors, row by row, `place` bytes apart."""
    for row in range(4):
        for column in range(4):
            store(builder, columns[column][row], out)
            out = builder.add(out, place)


def _spread(builder: Any, a: Any, b: Any, c: Any) -> list[Any]:
    """Return a, (a + b + c) / 2, (a - b + c) / 2 and c."""
    half = ir.Constant(VECTOR, [0.5] * LANES)
    ends = builder.fadd(a, c)
    return [
        a,
        builder.fmul(half, builder.fadd(ends, b)),
        builder.fmul(half, builder.fsub(ends, b)),
        c,
    ]


def _differ(builder: Any, a: Any, b: Any, c: Any, d: Any) -> list[Any]:
    """Return a - c, b + c, c - b and b - d."""
    subtract = builder.fsub
    return [subtract(a, c), builder.fadd(b, c), subtract(c, b), subtract(b, d)]


@_intrinsic  # type: ignore[untyped-decorator]
def _spread_taps(typing: Any, taps: Any, tap: Any, out: Any, place: Any) -> Any:
    """Transform the nine taps, `tap` floats apart, of 16 channels into 16 places, so far apart."""
    signature = types.void(*[types.int64] * 4)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        taps, tap, out, place = arguments
        loaded = [load(builder, ahead(builder, taps, tap, number)) for number in range(9)]
        columns = [_spread(builder, *loaded[column::3]) for column in range(3)]
        rows = [_spread(builder, *(column[row] for column in columns)) for row in range(4)]
        turned = [[row[column] for row in rows] for column in range(4)]
        _store_places(builder, turned, out, builder.mul(place, INT(4)))
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def _differ_patch(typing: Any, patch: Any, row: Any, pixel: Any, out: Any, place: Any) -> Any:
    """Transform 16 channels of the patch at an address; strides in floats."""
    signature = types.void(*[types.int64] * 5)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        patch, row, pixel, out, place = arguments
        starts = [ahead(builder, patch, row, number) for number in range(4)]
        columns = []
        for column in range(4):
            loaded = [load(builder, ahead(builder, start, pixel, column)) for start in starts]
            columns.append(_differ(builder, *loaded))
        rows = [_differ(builder, *(column[number] for column in columns)) for number in range(4)]
        turned = [[line[column] for line in rows] for column in range(4)]
        _store_places(builder, turned, out, builder.mul(place, INT(4)))
        return context.get_dummy_value()

    return signature, generate


@compile_loop
def transform_kernel(panels: Any, out: Any) -> None:
    """Write ``out (16, c_in, c)`` from a kernel in panels ``(c // 32, 9 * c_in, 32)``."""
    inputs, outputs = out.shape[1:]
    for k in range(inputs):
        for c in range(0, outputs, LANES):
            _spread_taps(
                panels[c // _PANEL, k, c % _PANEL :].ctypes.data, inputs * _PANEL,
                out[0, k, c:].ctypes.data, inputs * outputs,
            )  # fmt: skip


@compile_loop
def transform_patches(image: Any, at: Any, row: Any, out: Any) -> None:
    """Write ``out (16, 8, c)`` from the patches of an image, flat, that begin at ``at (8,)``.

    `row` is the number of floats from one row of the image to the next.
    """
    channels = out.shape[2]
    for k in range(ROWS):
        for c in range(0, channels, LANES):
            _differ_patch(
                image.ctypes.data + 4 * (at[k] + c), row, channels, out[0, k, c:].ctypes.data,
                ROWS * channels,
            )  # fmt: skip


@compile_loop
def multiply(patches: Any, kernel: Any, out: Any) -> None:
    """``out[p] (8, c) = patches[p] (8, c_in) @ kernel[p] (c_in, c)`` at each of the 16 places."""
    inputs, outputs = kernel.shape[1:]
    for place in range(PLACES):
        for column in range(0, outputs, _PANEL):
            set_tile_2(
                out[place, 0, column:].ctypes.data, outputs, patches[place].ctypes.data, inputs, 1,
                kernel[place, 0, column:].ctypes.data, outputs, inputs,
            )  # fmt: skip


@compile_loop
def pool_block(products: Any, bias: Any, out: Any, where: Any) -> None:
    """Pool, shift and rectify the four pixels of each of eight patches into rows of `out`.

    `products` is ``(16, 8, c)``, `out` and `where` are ``(8, c)``, the latter as in
    `glyphlab.backends.numba.compiled`.
    """
    for k in range(ROWS):
        for c in range(products.shape[2]):
            p, q = products[0, k, c], products[12, k, c]
            s, d = products[4, k, c] + products[8, k, c], products[4, k, c] - products[8, k, c]
            t0, u0 = p + s, d - q
            p, q = products[1, k, c], products[13, k, c]
            s, d = products[5, k, c] + products[9, k, c], products[5, k, c] - products[9, k, c]
            t1, u1 = p + s, d - q
            p, q = products[2, k, c], products[14, k, c]
            s, d = products[6, k, c] + products[10, k, c], products[6, k, c] - products[10, k, c]
            t2, u2 = p + s, d - q
            p, q = products[3, k, c], products[15, k, c]
            s, d = products[7, k, c] + products[11, k, c], products[7, k, c] - products[11, k, c]
            t3, u3 = p + s, d - q
            value, index = first_largest(t0 + t1 + t2, t1 - t2 - t3, u0 + u1 + u2, u1 - u2 - u3)
            value += bias[c]
            where[k, c] = np.uint8(DEAD) if value <= 0 else index
            out[k, c] = np.float32(0) if value <= 0 else value

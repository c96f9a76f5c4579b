"""The innermost loop, written straight in LLVM's vectors, since no auto-vectoriser finds it.

It adds multiples of 3x3 patches of 32 channels, 288 floats, to one such patch. In a channels-last
image such a patch is three runs of 96 floats, one a row; in the weights it is 288 floats in a row.
The vectors are 16 floats wide: one register each with AVX-512, two with AVX2; LLVM splits them
where the processor is narrower, so the result does not depend on it beyond rounding.

Addresses are plain integers and nothing is checked: the callers own the bounds.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

from typing import Any

from numba import types

from glyphlab.backends.numba.simd import (
    FLOAT,
    INT,
    LANES,
    VECTOR,
    add_product,
    cgutils,
    intrinsic,
    load,
    splat,
    store,
)

__all__ = ["CHANNELS", "PATCH", "RUN", "add_patches", "add_runs"]

CHANNELS = 32
"""Input channels of the patches."""
RUN = 3 * CHANNELS
PATCH = 3 * RUN
"""Floats in a 3x3 patch."""


_ROWS = 3
_VECTORS = RUN // LANES


def _rows(builder: Any, start: Any, stride: Any) -> list[Any]:
    """Return the addresses of a patch's three rows, `stride` floats apart."""
    second = builder.add(start, builder.mul(stride, INT(4)))
    return [start, second, builder.add(start, builder.mul(stride, INT(8)))]


@intrinsic  # type: ignore[untyped-decorator]
def add_patches(
    typing: Any,
    total: Any,
    total_stride: Any,
    source: Any,
    source_stride: Any,
    offsets: Any,
    factors: Any,
    count: Any,
) -> Any:
    """``patch at total += sum over i < count of factors[i] * patch at source + offsets[i]``.

    `total` and `source` are addresses of float32, the strides the floats from one row of a patch to
    the next, `offsets` the address of int64 (in floats), `factors` of float32. The sum stays in
    registers.
    """
    signature = types.void(*[types.int64] * 7)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        total, total_stride, source, source_stride, offsets, factors, count = arguments
        registers = [cgutils.alloca_once(builder, VECTOR) for _ in range(_ROWS * _VECTORS)]
        totals = _rows(builder, total, total_stride)
        for index, register in enumerate(registers):
            row, column = divmod(index, _VECTORS)
            builder.store(load(builder, totals[row], column), register)
        offsets = builder.inttoptr(offsets, INT.as_pointer())
        factors = builder.inttoptr(factors, FLOAT.as_pointer())
        with cgutils.for_range(builder, count) as loop:
            offset = builder.load(builder.gep(offsets, [loop.index]))
            factor = splat(builder, builder.load(builder.gep(factors, [loop.index])))
            start = builder.add(source, builder.mul(offset, INT(4)))
            sources = _rows(builder, start, source_stride)
            for index, register in enumerate(registers):
                row, column = divmod(index, _VECTORS)
                value = load(builder, sources[row], column)
                added = add_product(builder, factor, value, builder.load(register))
                builder.store(added, register)
        for index, register in enumerate(registers):
            row, column = divmod(index, _VECTORS)
            store(builder, builder.load(register), totals[row], column)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def add_runs(typing: Any, total: Any, source: Any, offsets: Any, factors: Any, count: Any) -> Any:
    """``run at total += sum over i < count of factors[i] * run at source + offsets[i]``.

    The same for one row of a patch, `RUN` floats.
    """
    signature = types.void(*[types.int64] * 5)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        total, source, offsets, factors, count = arguments
        registers = [cgutils.alloca_once(builder, VECTOR) for _ in range(_VECTORS)]
        for column, register in enumerate(registers):
            builder.store(load(builder, total, column), register)
        offsets = builder.inttoptr(offsets, INT.as_pointer())
        factors = builder.inttoptr(factors, FLOAT.as_pointer())
        with cgutils.for_range(builder, count) as loop:
            offset = builder.load(builder.gep(offsets, [loop.index]))
            factor = splat(builder, builder.load(builder.gep(factors, [loop.index])))
            start = builder.add(source, builder.mul(offset, INT(4)))
            for column, register in enumerate(registers):
                value = load(builder, start, column)
                builder.store(add_product(builder, factor, value, builder.load(register)), register)
        for column, register in enumerate(registers):
            store(builder, builder.load(register), total, column)
        return context.get_dummy_value()

    return signature, generate

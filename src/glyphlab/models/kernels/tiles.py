"""Small matrix products for one core, eight rows at a time, sums kept in registers.

A tile is eight rows of a result, one or two vectors of 16 floats wide. Both passes of a dense layer
are sums of such tiles: only the strides differ. The vectors are LLVM's own, as in
`glyphlab.models.kernels.vector`: one register each with AVX-512, and split where the processor is
narrower, so that the result does not depend on it beyond rounding.

Addresses are plain integers and nothing is checked: the callers own the bounds.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

from typing import Any

import numba.core.cgutils
import numba.extending
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

__all__ = ["LANES", "ROWS", "add_tile_1", "add_tile_2"]

LANES = 16
"""Floats in a vector."""
ROWS = 8
"""Rows of a tile: with two vectors a row, 16 sums at once hide the latency of a multiply-add."""

_intrinsic: Any = numba.extending.intrinsic
_cgutils: Any = numba.core.cgutils

_INT = ir.IntType(64)
_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, LANES)


def _pointer(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


def _ahead(builder: Any, address: Any, floats: Any, times: int = 1) -> Any:
    return builder.add(address, builder.mul(floats, _INT(4 * times)))


def _splat(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    single = builder.insert_element(undefined, value, ir.IntType(32)(0))
    return builder.shuffle_vector(single, undefined, lanes)


def _add_product(builder: Any, left: Any, right: Any, total: Any) -> Any:
    product = builder.fmul(left, right, flags=("contract",))
    return builder.fadd(product, total, flags=("contract",))


def _generate(builder: Any, arguments: Any, vectors: int) -> None:
    out, out_row, left, left_row, left_step, right, right_step, count = arguments

    def at(address: Any, vector: int) -> Any:
        return _pointer(builder, builder.add(address, _INT(4 * LANES * vector)), _VECTOR)

    targets = [_ahead(builder, out, out_row, row) for row in range(ROWS)]
    sums = [[_cgutils.alloca_once(builder, _VECTOR) for _ in range(vectors)] for _ in targets]
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            builder.store(builder.load(at(target, vector), align=4), total)
    starts = [_ahead(builder, left, left_row, row) for row in range(ROWS)]
    with _cgutils.for_range(builder, count) as loop:
        here = builder.add(right, builder.mul(loop.index, builder.mul(right_step, _INT(4))))
        rights = [builder.load(at(here, vector), align=4) for vector in range(vectors)]
        moved = builder.mul(loop.index, builder.mul(left_step, _INT(4)))
        for start, row in zip(starts, sums, strict=True):
            value = builder.load(_pointer(builder, builder.add(start, moved), _FLOAT), align=4)
            factor = _splat(builder, value)
            for total, other in zip(row, rights, strict=True):
                builder.store(_add_product(builder, factor, other, builder.load(total)), total)
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            builder.store(builder.load(total), at(target, vector), align=4)


@_intrinsic  # type: ignore[untyped-decorator]
def add_tile_1(
    typing: Any,
    out: Any,
    out_row: Any,
    left: Any,
    left_row: Any,
    left_step: Any,
    right: Any,
    right_step: Any,
    count: Any,
) -> Any:
    """``out[r, :16] += sum over j < count of left[r, j] * right[j, :16]`` for eight rows r.

    `out`, `left`, `right` are addresses of float32. In floats: `out_row` and `left_row` lie between
    two rows, `left_step` and `right_step` between two j.
    """
    signature = types.void(*[types.int64] * 8)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        _generate(builder, arguments, 1)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def add_tile_2(
    typing: Any,
    out: Any,
    out_row: Any,
    left: Any,
    left_row: Any,
    left_step: Any,
    right: Any,
    right_step: Any,
    count: Any,
) -> Any:
    """As `add_tile_1`, 32 floats wide."""
    signature = types.void(*[types.int64] * 8)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        _generate(builder, arguments, 2)
        return context.get_dummy_value()

    return signature, generate

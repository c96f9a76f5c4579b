"""Small matrix products for one core, eight rows at a time, sums kept in registers.

A tile is eight rows of a result, one or two vectors of 16 floats wide. Both passes of a dense layer
are sums of such tiles: only the strides differ. The vectors are those of
`glyphlab.models.kernels.lanes`.

Addresses are plain integers and nothing is checked: the callers own the bounds.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

from typing import Any

from numba import types

from glyphlab.models.kernels.lanes import (
    FLOAT,
    INT,
    VECTOR,
    add_product,
    cgutils,
    intrinsic,
    load,
    splat,
    store,
)

__all__ = ["ROWS", "add_tile_1", "add_tile_2"]

ROWS = 8
"""Rows of a tile: with two vectors a row, 16 sums at once hide the latency of a multiply-add."""


def _pointer(builder: Any, address: Any, kind: Any) -> Any:
    return builder.inttoptr(address, kind.as_pointer())


def _ahead(builder: Any, address: Any, floats: Any, times: int = 1) -> Any:
    return builder.add(address, builder.mul(floats, INT(4 * times)))


def _generate(builder: Any, arguments: Any, vectors: int) -> None:
    out, out_row, left, left_row, left_step, right, right_step, count = arguments
    targets = [_ahead(builder, out, out_row, row) for row in range(ROWS)]
    sums = [[cgutils.alloca_once(builder, VECTOR) for _ in range(vectors)] for _ in targets]
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            builder.store(load(builder, target, vector), total)
    starts = [_ahead(builder, left, left_row, row) for row in range(ROWS)]
    with cgutils.for_range(builder, count) as loop:
        here = builder.add(right, builder.mul(loop.index, builder.mul(right_step, INT(4))))
        rights = [load(builder, here, vector) for vector in range(vectors)]
        moved = builder.mul(loop.index, builder.mul(left_step, INT(4)))
        for start, row in zip(starts, sums, strict=True):
            value = builder.load(_pointer(builder, builder.add(start, moved), FLOAT), align=4)
            factor = splat(builder, value)
            for total, other in zip(row, rights, strict=True):
                builder.store(add_product(builder, factor, other, builder.load(total)), total)
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            store(builder, builder.load(total), target, vector)


def _tile(vectors: int) -> Any:
    """Return ``out[r, :16 v] += sum over j < count of left[r, j] * right[j, :16 v]``, 8 rows r.

    `out`, `left`, `right` are addresses of float32. In floats: `out_row` and `left_row` lie between
    two rows, `left_step` and `right_step` between two j.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def add_tile(
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
        signature = types.void(*[types.int64] * 8)

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            _generate(builder, arguments, vectors)
            return context.get_dummy_value()

        return signature, generate

    return add_tile


add_tile_1 = _tile(1)
"""``add_tile_1(out, out_row, left, left_row, left_step, right, right_step, count)``: 16 floats."""
add_tile_2 = _tile(2)
"""As `add_tile_1`, 32 floats wide."""

"""Small matrix products for one core, eight rows at a time, sums kept in registers.

A tile is eight rows of a result, one or two vectors of 16 floats wide. Both passes of a dense layer
are sums of such tiles: only the strides differ. Those of a convolution are too, where the rows of
one side lie wherever a table says (`add_gathered`, `add_outer`); and where both sides lie along the
sum, a tile is four by four dot products (`add_dots`). The vectors are those of
`glyphlab.backends.numba.simd`.

Addresses are plain integers and nothing is checked: the callers own the bounds.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from glyphlab.backends.numba.simd import (
    FLOAT,
    INT,
    LANES,
    VECTOR,
    ZERO,
    add_product,
    ahead,
    cgutils,
    intrinsic,
    load,
    pointer,
    splat,
    store,
)

__all__ = [
    "LANES",
    "ROWS",
    "add_dots",
    "add_gathered",
    "add_outer",
    "add_tile_1",
    "add_tile_2",
    "set_tile_2",
]

ROWS = 8
"""Rows of a tile: with two vectors a row, 16 sums at once hide the latency of a multiply-add."""

_WIDE = 2
_SQUARE = 4


def _generate(builder: Any, arguments: Any, vectors: int, fresh: bool = False) -> None:
    out, out_row, left, left_row, left_step, right, right_step, count = arguments

    targets = [ahead(builder, out, out_row, row) for row in range(ROWS)]
    sums = [[cgutils.alloca_once(builder, VECTOR) for _ in range(vectors)] for _ in targets]
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            start = ZERO if fresh else load(builder, target, vector)
            builder.store(start, total)
    starts = [ahead(builder, left, left_row, row) for row in range(ROWS)]
    with cgutils.for_range(builder, count) as loop:
        here = builder.add(right, builder.mul(loop.index, builder.mul(right_step, INT(4))))
        rights = [load(builder, here, vector) for vector in range(vectors)]
        moved = builder.mul(loop.index, builder.mul(left_step, INT(4)))
        for start, row in zip(starts, sums, strict=True):
            value = builder.load(pointer(builder, builder.add(start, moved), FLOAT), align=4)
            factor = splat(builder, value)
            for total, other in zip(row, rights, strict=True):
                builder.store(add_product(builder, factor, other, builder.load(total)), total)
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            store(builder, builder.load(total), target, vector)


def _tile(vectors: int, *, fresh: bool = False) -> Any:
    """Return the loop over one tile, a number of vectors of 16 floats wide.

    With one vector: ``out[r, :16] += sum over j < count of left[r, j] * right[j, :16]`` for eight
    rows r. Where it is `fresh`, whatever was in `out` is written over.

    `out`, `left`, `right` are addresses of float32. In floats: `out_row` and `left_row` lie between
    two rows, `left_step` and `right_step` between two j.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def tile(
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
            _generate(builder, arguments, vectors, fresh)
            return context.get_dummy_value()

        return signature, generate

    return tile


add_tile_1 = _tile(1)
"""``add_tile_1(out, out_row, left, left_row, left_step, right, right_step, count)``: 16 floats."""
add_tile_2 = _tile(2)
"""As `add_tile_1`, 32 floats wide."""
set_tile_2 = _tile(2, fresh=True)
"""As `add_tile_2`, but whatever was in `out` is written over."""


def _table(builder: Any, address: Any, index: Any) -> Any:
    """Load one int64 of a table, an offset in floats, as bytes."""
    offset = builder.load(builder.gep(pointer(builder, address, INT), [index]))
    return builder.mul(offset, INT(4))


def _load_sums(builder: Any, targets: list[Any]) -> list[list[Any]]:
    sums = []
    for target in targets:
        row = [cgutils.alloca_once(builder, VECTOR) for _ in range(_WIDE)]
        for vector, total in enumerate(row):
            builder.store(load(builder, target, vector), total)
        sums.append(row)
    return sums


def _store_sums(builder: Any, targets: list[Any], sums: list[list[Any]]) -> None:
    for target, row in zip(targets, sums, strict=True):
        for vector, total in enumerate(row):
            store(builder, builder.load(total), target, vector)


def _add_row(builder: Any, lefts: list[Any], right: Any, sums: list[list[Any]]) -> None:
    """Add the products of eight floats, by their addresses, with 32 floats at `right`."""
    rights = [load(builder, right, vector) for vector in range(_WIDE)]
    for left, row in zip(lefts, sums, strict=True):
        factor = splat(builder, builder.load(pointer(builder, left, FLOAT), align=4))
        for total, other in zip(row, rights, strict=True):
            builder.store(add_product(builder, factor, other, builder.load(total)), total)


@intrinsic  # type: ignore[untyped-decorator]
def add_gathered(
    typing: Any,
    out: Any,
    out_at: Any,
    left: Any,
    left_at: Any,
    runs: Any,
    run: Any,
    right: Any,
    right_step: Any,
    count: Any,
) -> Any:
    """Add eight rows times a matrix to eight rows, each row wherever a table says it is.

    ``out[out_at[r] + c] += sum over k < runs, j < count of
    left[left_at[r] + k * run + j] * right[(k * count + j) * right_step + c]`` for eight rows r and
    32 columns c. `out`, `left` and `right` are addresses of float32, `out_at` and `left_at` of
    eight int64 each; offsets and steps are in floats. No two rows of `out` may be the same.
    """
    signature = types.void(*[types.int64] * 9)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        out, out_at, left, left_at, runs, run, right, right_step, count = arguments
        rows = [INT(row) for row in range(ROWS)]
        targets = [builder.add(out, _table(builder, out_at, row)) for row in rows]
        starts = [builder.add(left, _table(builder, left_at, row)) for row in rows]
        sums = _load_sums(builder, targets)
        step = builder.mul(right_step, INT(4))
        with cgutils.for_range(builder, runs) as outer:
            moved = builder.mul(outer.index, builder.mul(run, INT(4)))
            ahead = builder.mul(builder.mul(outer.index, count), step)
            firsts = [builder.add(start, moved) for start in starts]
            first = builder.add(right, ahead)
            with cgutils.for_range(builder, count) as inner:
                here = builder.mul(inner.index, INT(4))
                lefts = [builder.add(start, here) for start in firsts]
                at = builder.add(first, builder.mul(inner.index, step))
                _add_row(builder, lefts, at, sums)
        _store_sums(builder, targets, sums)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def add_outer(
    typing: Any,
    out: Any,
    out_row: Any,
    left: Any,
    left_step: Any,
    right: Any,
    right_at: Any,
    count: Any,
) -> Any:
    """Add outer products of eight floats and 32 floats, those 32 wherever a table says they are.

    ``out[r * out_row + c] += sum over j < count of
    left[j * left_step + r] * right[right_at[j] + c]`` for eight rows r and 32 columns c; otherwise
    as `add_gathered`.
    """
    signature = types.void(*[types.int64] * 7)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        out, out_row, left, left_step, right, right_at, count = arguments
        targets = [ahead(builder, out, out_row, row) for row in range(ROWS)]
        sums = _load_sums(builder, targets)
        with cgutils.for_range(builder, count) as loop:
            first = builder.add(left, builder.mul(loop.index, builder.mul(left_step, INT(4))))
            lefts = [builder.add(first, INT(4 * row)) for row in range(ROWS)]
            at = builder.add(right, _table(builder, right_at, loop.index))
            _add_row(builder, lefts, at, sums)
        _store_sums(builder, targets, sums)
        return context.get_dummy_value()

    return signature, generate


@intrinsic  # type: ignore[untyped-decorator]
def add_dots(
    typing: Any,
    out: Any,
    out_row: Any,
    left: Any,
    left_row: Any,
    right: Any,
    right_row: Any,
    vectors: Any,
) -> Any:
    """``out[r * out_row + c] += left row r . right row c`` for four rows r and four rows c.

    Rows of `left` and `right` are ``16 * vectors`` floats, `left_row` and `right_row` floats apart.
    """
    signature = types.void(*[types.int64] * 7)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        out, out_row, left, left_row, right, right_row, vectors = arguments
        lefts = [ahead(builder, left, left_row, row) for row in range(_SQUARE)]
        rights = [ahead(builder, right, right_row, row) for row in range(_SQUARE)]
        sums = [[cgutils.alloca_once(builder, VECTOR) for _ in rights] for _ in lefts]
        for row in sums:
            for total in row:
                builder.store(ZERO, total)
        with cgutils.for_range(builder, vectors) as loop:
            moved = builder.mul(loop.index, INT(4 * LANES))
            along = [load(builder, builder.add(start, moved)) for start in rights]
            for start, row in zip(lefts, sums, strict=True):
                here = load(builder, builder.add(start, moved))
                for total, other in zip(row, along, strict=True):
                    builder.store(add_product(builder, here, other, builder.load(total)), total)
        kind = ir.FunctionType(FLOAT, [FLOAT, VECTOR])
        reduce = builder.module.declare_intrinsic("llvm.vector.reduce.fadd.v16f32", (), kind)
        for number, row in enumerate(sums):
            target = ahead(builder, out, out_row, number)
            for column, total in enumerate(row):
                place = pointer(builder, builder.add(target, INT(4 * column)), FLOAT)
                start = builder.load(place, align=4)
                values = [start, builder.load(total)]
                builder.store(builder.call(reduce, values, fastmath=("reassoc",)), place, align=4)
        return context.get_dummy_value()

    return signature, generate

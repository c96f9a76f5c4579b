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

import numba.core.cgutils
import numba.extending
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

__all__ = ["CHANNELS", "PATCH", "RUN", "add_patches"]

CHANNELS = 32
"""Input channels of the patches."""
RUN = 3 * CHANNELS
PATCH = 3 * RUN
"""Floats in a 3x3 patch."""

_intrinsic: Any = numba.extending.intrinsic
_cgutils: Any = numba.core.cgutils

_LANES = 16
_INT = ir.IntType(64)
_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, _LANES)
_ROWS = 3
_VECTORS = RUN // _LANES


def _load(builder: Any, address: Any, index: int) -> Any:
    return builder.load(_at(builder, address, index), align=4)


def _store(builder: Any, value: Any, address: Any, index: int) -> None:
    builder.store(value, _at(builder, address, index), align=4)


def _at(builder: Any, address: Any, index: int) -> Any:
    moved = builder.add(address, _INT(4 * _LANES * index))
    return builder.inttoptr(moved, _VECTOR.as_pointer())


def _rows(builder: Any, start: Any, stride: Any) -> list[Any]:
    """Return the addresses of a patch's three rows, `stride` floats apart."""
    second = builder.add(start, builder.mul(stride, _INT(4)))
    return [start, second, builder.add(start, builder.mul(stride, _INT(8)))]


def _splat(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), _LANES), [0] * _LANES)
    single = builder.insert_element(undefined, value, ir.IntType(32)(0))
    return builder.shuffle_vector(single, undefined, lanes)


def _add_product(builder: Any, left: Any, right: Any, total: Any) -> Any:
    # 'contract' fuses the two where the processor can; llvm.fma would call libm where it cannot.
    product = builder.fmul(left, right, flags=("contract",))
    return builder.fadd(product, total, flags=("contract",))


@_intrinsic  # type: ignore[untyped-decorator]
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
        registers = [_cgutils.alloca_once(builder, _VECTOR) for _ in range(_ROWS * _VECTORS)]
        totals = _rows(builder, total, total_stride)
        for index, register in enumerate(registers):
            row, column = divmod(index, _VECTORS)
            builder.store(_load(builder, totals[row], column), register)
        offsets = builder.inttoptr(offsets, _INT.as_pointer())
        factors = builder.inttoptr(factors, _FLOAT.as_pointer())
        with _cgutils.for_range(builder, count) as loop:
            offset = builder.load(builder.gep(offsets, [loop.index]))
            factor = _splat(builder, builder.load(builder.gep(factors, [loop.index])))
            start = builder.add(source, builder.mul(offset, _INT(4)))
            sources = _rows(builder, start, source_stride)
            for index, register in enumerate(registers):
                row, column = divmod(index, _VECTORS)
                value = _load(builder, sources[row], column)
                added = _add_product(builder, factor, value, builder.load(register))
                builder.store(added, register)
        for index, register in enumerate(registers):
            row, column = divmod(index, _VECTORS)
            _store(builder, builder.load(register), totals[row], column)
        return context.get_dummy_value()

    return signature, generate

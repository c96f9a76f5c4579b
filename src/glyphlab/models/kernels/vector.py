"""Two loops written straight in LLVM's vectors, which no auto-vectoriser finds.

Both add a multiple of one 3x3 patch of 32 channels, 288 floats, to another. In a channels-last
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

__all__ = ["CHANNELS", "PATCH", "gather_add", "scatter_add"]

CHANNELS = 32
"""Input channels of the patches."""
_RUN = 3 * CHANNELS
PATCH = 3 * _RUN
"""Floats in a 3x3 patch."""

_intrinsic: Any = numba.extending.intrinsic
_cgutils: Any = numba.core.cgutils

_LANES = 16
_INT = ir.IntType(64)
_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, _LANES)
_ROWS = 3
_VECTORS = _RUN // _LANES


def _load(builder: Any, address: Any, index: int) -> Any:
    return builder.load(_at(builder, address, index), align=4)


def _store(builder: Any, value: Any, address: Any, index: int) -> None:
    builder.store(value, _at(builder, address, index), align=4)


def _at(builder: Any, address: Any, index: int) -> Any:
    moved = builder.add(address, _INT(4 * _LANES * index))
    return builder.inttoptr(moved, _VECTOR.as_pointer())


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
def gather_add(
    typing: Any, total: Any, image: Any, stride: Any, offsets: Any, factors: Any, count: Any
) -> Any:
    """``total[0:288] += sum over i < count of factors[i] * patch at image + offsets[i]``.

    `total` and `image` are addresses of float32, `offsets` of int64 (in floats), `factors` of
    float32; `stride` is the length of an image row in floats. The sum stays in registers.
    """
    signature = types.void(*[types.int64] * 6)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        total, image, stride, offsets, factors, count = arguments
        registers = [_cgutils.alloca_once(builder, _VECTOR) for _ in range(_ROWS * _VECTORS)]
        for index, register in enumerate(registers):
            builder.store(_load(builder, total, index), register)
        row_bytes = builder.mul(stride, _INT(4))
        offsets = builder.inttoptr(offsets, _INT.as_pointer())
        factors = builder.inttoptr(factors, _FLOAT.as_pointer())
        with _cgutils.for_range(builder, count) as loop:
            offset = builder.load(builder.gep(offsets, [loop.index]))
            factor = _splat(builder, builder.load(builder.gep(factors, [loop.index])))
            row = builder.add(image, builder.mul(offset, _INT(4)))
            for index, register in enumerate(registers):
                if index and index % _VECTORS == 0:
                    row = builder.add(row, row_bytes)
                value = _load(builder, row, index % _VECTORS)
                builder.store(
                    _add_product(builder, factor, value, builder.load(register)), register
                )
        for index, register in enumerate(registers):
            _store(builder, builder.load(register), total, index)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def scatter_add(typing: Any, image: Any, stride: Any, patch: Any, factor: Any) -> Any:
    """``patch at image += factor * patch[0:288]``; units as in `gather_add`."""
    signature = types.void(types.int64, types.int64, types.int64, types.float32)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        row, stride, patch, factor = arguments
        factor = _splat(builder, factor)
        row_bytes = builder.mul(stride, _INT(4))
        for index in range(_ROWS * _VECTORS):
            if index and index % _VECTORS == 0:
                row = builder.add(row, row_bytes)
            old = _load(builder, row, index % _VECTORS)
            new = _add_product(builder, factor, _load(builder, patch, index), old)
            _store(builder, new, row, index % _VECTORS)
        return context.get_dummy_value()

    return signature, generate

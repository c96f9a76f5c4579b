"""Sparse rows times a dense matrix, compiled: sums stay in registers.

For each row, the multiples of a strip of the dense matrix's rows are summed in vectors of 16 floats
(one register with AVX-512, two with AVX2; LLVM splits them where the processor is narrower). MKL's
product of the same matrices reads and writes the sum in memory for every number that is not zero.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numba.core.cgutils
import numba.extending
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

__all__ = ["WIDTHS", "multiply"]

WIDTHS = (192, 64)
"""Floats of a strip; columns are cut into as many wide strips as fit, and then narrow ones."""

_intrinsic: Any = numba.extending.intrinsic
_cgutils: Any = numba.core.cgutils

_LANES = 16
_INT = ir.IntType(64)
_INDEX = ir.IntType(32)
_FLOAT = ir.FloatType()
_VECTOR = ir.VectorType(_FLOAT, _LANES)


def _at(builder: Any, address: Any, index: int) -> Any:
    moved = builder.add(address, _INT(4 * _LANES * index))
    return builder.inttoptr(moved, _VECTOR.as_pointer())


def _splat(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    lanes = ir.Constant(ir.VectorType(_INDEX, _LANES), [0] * _LANES)
    single = builder.insert_element(undefined, value, _INDEX(0))
    return builder.shuffle_vector(single, undefined, lanes)


def _weighted_sum(width: int) -> Any:
    """Return ``strip at total = sum over i < count of factors[i] * strip at source + indices[i]``.

    All are addresses: `total` and `source` of float32, `indices` of int32 that count strips,
    `factors` of float32. Nothing is checked: the callers own the bounds.
    """

    @_intrinsic  # type: ignore[untyped-decorator]
    def weighted_sum(
        typing: Any, total: Any, source: Any, indices: Any, factors: Any, count: Any
    ) -> Any:
        signature = types.void(*[types.int64] * 5)

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            total, source, indices, factors, count = arguments
            registers = [_cgutils.alloca_once(builder, _VECTOR) for _ in range(width // _LANES)]
            for register in registers:
                builder.store(ir.Constant(_VECTOR, None), register)
            indices = builder.inttoptr(indices, _INDEX.as_pointer())
            factors = builder.inttoptr(factors, _FLOAT.as_pointer())
            with _cgutils.for_range(builder, count) as loop:
                strip = builder.zext(builder.load(builder.gep(indices, [loop.index])), _INT)
                factor = _splat(builder, builder.load(builder.gep(factors, [loop.index])))
                start = builder.add(source, builder.mul(strip, _INT(4 * width)))
                for index, register in enumerate(registers):
                    value = builder.load(_at(builder, start, index), align=4)
                    # 'contract' fuses the two where the processor can.
                    product = builder.fmul(factor, value, flags=("contract",))
                    added = builder.fadd(product, builder.load(register), flags=("contract",))
                    builder.store(added, register)
            for index, register in enumerate(registers):
                builder.store(builder.load(register), _at(builder, total, index), align=4)
            return context.get_dummy_value()

        return signature, generate

    return weighted_sum


def _loop(width: int) -> Callable[..., None]:
    weighted_sum = _weighted_sum(width)

    def rows(
        starts: Any, indices: Any, factors: Any, strips: Any, out: Any, first: int, last: int
    ) -> None:
        at, by, source = indices.ctypes.data, factors.ctypes.data, strips.ctypes.data
        for row in range(first, last):
            start = np.int64(starts[row])
            weighted_sum(
                out.ctypes.data + 4 * width * row,
                source,
                at + 4 * start,
                by + 4 * start,
                np.int64(starts[row + 1]) - start,
            )

    compiled: Any = numba.njit(nogil=True)(rows)
    return compiled  # type: ignore[no-any-return]


multiply = {width: _loop(width) for width in WIDTHS}
"""By width: ``loop(starts, indices, factors, strips (features, width), out (rows, width), first,
last)`` writes rows first to last of the product; int32 starts and indices, float32 the rest."""

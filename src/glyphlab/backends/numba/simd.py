"""Vectors of 16 floats in LLVM's own words: what the loops that are written in them share.

A vector is one register with AVX-512 and two with AVX2; LLVM splits it where the processor is
narrower, so that a result does not depend on it beyond rounding.

Each function writes instructions through an `llvmlite` builder and returns the value they make.
Addresses are plain integers, of float32 that need not be aligned, and nothing is checked: the
callers own the bounds.
"""

from __future__ import annotations

from typing import Any

import numba.core.cgutils
import numba.extending
from llvmlite import ir  # type: ignore[import-untyped]

__all__ = [
    "FLOAT",
    "INT",
    "LANES",
    "VECTOR",
    "ZERO",
    "add_product",
    "ahead",
    "cgutils",
    "intrinsic",
    "load",
    "pointer",
    "splat",
    "store",
]

LANES = 16
"""Floats in a vector."""
INT = ir.IntType(64)
FLOAT = ir.FloatType()
VECTOR = ir.VectorType(FLOAT, LANES)
ZERO = ir.Constant(VECTOR, [0.0] * LANES)

# numba gives neither a type.
intrinsic: Any = numba.extending.intrinsic
cgutils: Any = numba.core.cgutils


def pointer(builder: Any, address: Any, kind: Any) -> Any:
    """Return an address as a pointer to `kind`."""
    return builder.inttoptr(address, kind.as_pointer())


def ahead(builder: Any, address: Any, floats: Any, times: int = 1) -> Any:
    """Return the address that lies `times` times `floats` floats behind another."""
    return builder.add(address, builder.mul(floats, INT(4 * times)))


def load(builder: Any, address: Any, index: int = 0) -> Any:
    """Return the vector that stands `index` vectors behind an address."""
    return builder.load(_at(builder, address, index), align=4)


def store(builder: Any, value: Any, address: Any, index: int = 0) -> None:
    """Write a vector `index` vectors behind an address."""
    builder.store(value, _at(builder, address, index), align=4)


def _at(builder: Any, address: Any, index: int) -> Any:
    return pointer(builder, builder.add(address, INT(4 * LANES * index)), VECTOR)


def splat(builder: Any, value: Any) -> Any:
    """Return the vector that holds one float in every lane."""
    undefined = ir.Constant(VECTOR, ir.Undefined)
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    single = builder.insert_element(undefined, value, ir.IntType(32)(0))
    return builder.shuffle_vector(single, undefined, lanes)


def add_product(builder: Any, left: Any, right: Any, total: Any) -> Any:
    """Return ``left * right + total``, lane by lane."""
    # 'contract' fuses the two where the processor can; llvm.fma would call libm where it cannot.
    product = builder.fmul(left, right, flags=("contract",))
    return builder.fadd(product, total, flags=("contract",))

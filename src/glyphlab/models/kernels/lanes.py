"""Vectors of 16 floats in LLVM, for the loops that no auto-vectoriser finds.

One register each with AVX-512, and split where the processor is narrower, so that a result does not
depend on it beyond rounding. Addresses are plain integers of 64 bits.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]

__all__ = [
    "FLOAT",
    "INT",
    "LANES",
    "VECTOR",
    "ZERO",
    "add_product",
    "ahead",
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


def pointer(builder: Any, address: Any, kind: Any) -> Any:
    """Return an address as a pointer to `kind`."""
    return builder.inttoptr(address, kind.as_pointer())


def ahead(builder: Any, address: Any, floats: Any, times: int = 1) -> Any:
    """Return the address that lies `times` times `floats` floats ahead."""
    return builder.add(address, builder.mul(floats, INT(4 * times)))


def load(builder: Any, address: Any, vector: int = 0) -> Any:
    """Load the vector of that number from an address on."""
    return builder.load(_place(builder, address, vector), align=4)


def store(builder: Any, value: Any, address: Any, vector: int = 0) -> None:
    """Store a vector as the one of that number from an address on."""
    builder.store(value, _place(builder, address, vector), align=4)


def splat(builder: Any, value: Any) -> Any:
    """Return a vector of a float 16 times."""
    undefined = ir.Constant(VECTOR, ir.Undefined)
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    single = builder.insert_element(undefined, value, ir.IntType(32)(0))
    return builder.shuffle_vector(single, undefined, lanes)


def add_product(builder: Any, left: Any, right: Any, total: Any) -> Any:
    """Return ``left * right + total``."""
    # 'contract' fuses the two where the processor can; llvm.fma would call libm where it cannot.
    product = builder.fmul(left, right, flags=("contract",))
    return builder.fadd(product, total, flags=("contract",))


def _place(builder: Any, address: Any, vector: int) -> Any:
    return pointer(builder, builder.add(address, INT(4 * LANES * vector)), VECTOR)

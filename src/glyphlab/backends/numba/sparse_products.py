"""Sparse rows times a dense matrix, compiled: sums stay in registers.

For each row, the multiples of a strip of the dense matrix's rows are summed in the vectors of
`glyphlab.backends.numba.simd`. MKL's product of the same matrices reads and writes the sum in
memory for every number that is not zero.
"""

# ruff: noqa: ARG001 - numba reads the names of the arguments; the generators get the values

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import torch
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from torch import Tensor

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

__all__ = ["sparse_product"]

_WIDTHS = (192, 64)
"""Floats of a strip; columns are cut into as many wide strips as fit, and then narrow ones."""

_INDEX = ir.IntType(32)


def _weighted_sum(width: int) -> Any:
    """Return ``strip at total = sum over i < count of factors[i] * strip at source + indices[i]``.

    All are addresses: `total` and `source` of float32, `indices` of int32 that count strips,
    `factors` of float32. Nothing is checked: the callers own the bounds.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def weighted_sum(
        typing: Any, total: Any, source: Any, indices: Any, factors: Any, count: Any
    ) -> Any:
        signature = types.void(*[types.int64] * 5)

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            total, source, indices, factors, count = arguments
            registers = [cgutils.alloca_once(builder, VECTOR) for _ in range(width // LANES)]
            for register in registers:
                builder.store(ir.Constant(VECTOR, None), register)
            indices = builder.inttoptr(indices, _INDEX.as_pointer())
            factors = builder.inttoptr(factors, FLOAT.as_pointer())
            with cgutils.for_range(builder, count) as loop:
                strip = builder.zext(builder.load(builder.gep(indices, [loop.index])), INT)
                factor = splat(builder, builder.load(builder.gep(factors, [loop.index])))
                start = builder.add(source, builder.mul(strip, INT(4 * width)))
                for index, register in enumerate(registers):
                    value = load(builder, start, index)
                    added = add_product(builder, factor, value, builder.load(register))
                    builder.store(added, register)
            for index, register in enumerate(registers):
                store(builder, builder.load(register), total, index)
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


_LOOPS = {width: _loop(width) for width in _WIDTHS}
"""By width: ``loop(starts, indices, factors, strips (features, width), out (rows, width), first,
last)`` writes rows first to last of the product; int32 starts and indices, float32 the rest."""


def sparse_product(
    starts: Tensor, indices: Tensor, values: Tensor, dense: Tensor, edges: Sequence[int]
) -> Tensor:
    """Return compressed rows times a dense matrix, as `glyphlab.backends.interface` says."""
    count, columns = len(starts) - 1, dense.shape[1]
    out = torch.empty(count, columns)
    matrix = [part.numpy() for part in (starts, indices, values)]
    first = 0
    for width in _WIDTHS:
        while columns - first >= width or (width == _WIDTHS[-1] and first < columns):
            last = min(columns, first + width)
            strips = torch.zeros(len(dense), width)
            strips[:, : last - first] = dense[:, first:last]
            product = torch.empty(count, width)
            work = functools.partial(_LOOPS[width], *matrix, strips.numpy(), product.numpy())
            if len(edges) == 2:
                work(0, count)
            else:
                with ThreadPoolExecutor(len(edges) - 1) as pool:
                    list(pool.map(work, edges[:-1], edges[1:]))
            out[:, first:last] = product[:, : last - first]
            first = last
    return out

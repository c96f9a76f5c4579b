"""Images as a matrix that is only ever multiplied, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.backends import COMPILED, PLAIN, reason_against
from glyphlab.models.logistic.sparse import SparseRows

__all__ = ["Block", "Pixels"]

CHUNK = 4096
"""Rows multiplied at once: logits of 2,000 columns take 32 MB."""
SPARSE_BELOW = 0.12
"""Share of ink under which rows are kept sparse. With AVX-512, dense products catch up with MKL's
sparse ones at 0.15 and with the compiled loops at 0.4."""


@dataclass(frozen=True)
class Block:
    """Some rows of the matrix.

    Attributes
    ----------
    rows : slice
        Which.
    forward : Tensor or SparseRows
        ``(m, features)``, *not* yet scaled.
    backward : Tensor or SparseRows
        Its transpose.
    """

    rows: slice
    forward: Tensor | SparseRows
    backward: Tensor | SparseRows


@dataclass(frozen=True)
class _SparseBlock(Block):
    forward: SparseRows
    backward: SparseRows


class Pixels:
    """Flat images, without the pixels that are never used.

    Parameters
    ----------
    images : (n, features) uint8 or floating array
        uint8 counts as 0..1, floats as they are.
    dtype : torch.dtype
        What is multiplied and summed in: float32 or float64.

    Attributes
    ----------
    used : (features,) bool array
        Pixels that are not 0 in every image. The others have no gradient: under a penalty, or from
        a start at zero, their weights stay zero.
    scale : float
        What the stored numbers are to be multiplied with: 1/255 for uint8.
    sparse : bool
        Whether rows are kept sparse: images that are mostly background, where something multiplies
        them fast (our compiled loops, or MKL in torch).
    """

    def __init__(self, images: NDArray[np.generic], dtype: torch.dtype) -> None:
        self.dtype = dtype
        self.scale = 1 / 255 if images.dtype == np.uint8 else 1.0
        self.used: NDArray[np.bool_] = np.zeros(images.shape[1], bool)
        ink = 0
        for rows in _chunks(len(images)):
            filled = images[rows] != 0
            self.used |= filled.any(0)
            ink += int(filled.sum())
        if not self.used.any():
            self.used[0] = True  # all images are empty: one column keeps every shape legal
        self.shape = (len(images), int(self.used.sum()))
        few = ink < SPARSE_BELOW * self.shape[0] * self.shape[1]
        self.sparse = few and (not reason_against() or _has_mkl())
        self._sparse: list[_SparseBlock] = []
        if self.sparse:
            self._sparse = [self._compressed(images, rows) for rows in _chunks(len(images))]
        else:
            # One copy at most: chunks would be made of it again and again.
            kept = images if self.used.all() else images[:, self.used]
            self._dense = torch.from_numpy(np.require(kept, requirements=["C", "W"]))

    @property
    def backend(self) -> str:
        """What multiplies it, as an engine's record names it."""
        by_loops = self.sparse and self.dtype == torch.float32 and not reason_against()
        return COMPILED if by_loops else PLAIN

    def blocks(self, dtype: torch.dtype | None = None) -> Iterator[Block]:
        """Go over all rows, in the matrix's own type or densely in another one."""
        if self.sparse and dtype in (None, self.dtype):
            yield from self._sparse
            return
        for index, rows in enumerate(_chunks(self.shape[0])):
            if self.sparse:
                every = np.arange(rows.stop - rows.start)
                dense = self._sparse[index].forward.dense_rows(every)
            else:
                dense = self._dense[rows]
            dense = dense.to(dtype or self.dtype)
            yield Block(rows, dense, dense.T)

    def sample(self, count: int) -> Tensor:
        """Return up to `count` scaled rows, evenly spaced, dense ``(m, features)``."""
        chosen = np.unique(np.linspace(0, self.shape[0] - 1, count).round().astype(np.int64))
        if not self.sparse:
            return self._dense[torch.from_numpy(chosen)].to(self.dtype) * self.scale
        parts = []
        for block in self._sparse:
            here = chosen[(chosen >= block.rows.start) & (chosen < block.rows.stop)]
            parts.append(block.forward.dense_rows(here - block.rows.start))
        return torch.cat(parts) * self.scale

    def _compressed(self, images: NDArray[np.generic], rows: slice) -> _SparseBlock:
        block = scipy.sparse.csr_array(images[rows][:, self.used])
        return _SparseBlock(
            rows, SparseRows(block, self.dtype), SparseRows(block.T.tocsr(), self.dtype)
        )


def _has_mkl() -> bool:
    return bool(torch.backends.mkl.is_available())  # type: ignore[no-untyped-call]


def _chunks(count: int) -> Iterator[slice]:
    for start in range(0, count, CHUNK):
        yield slice(start, min(count, start + CHUNK))

"""A matrix of mostly zeros that is multiplied with dense ones."""

from __future__ import annotations

import functools
import importlib
import warnings
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.backends.numba import available

__all__ = ["SparseRows"]


class SparseRows:
    """Compressed sparse rows; ``rows @ dense`` is their product.

    float32 is multiplied by compiled loops where numba is installed (``glyphlab[fast]``), all else
    by torch. Both split rows over torch's threads and give the same bits for any number of them.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        Any numbers.
    dtype : torch.dtype
        What they are multiplied in: float32 or float64.
    """

    def __init__(self, matrix: scipy.sparse.csr_array, dtype: torch.dtype) -> None:
        self.shape: tuple[int, int] = matrix.shape
        self.starts = torch.from_numpy(matrix.indptr.astype(np.int32))
        self.indices = torch.from_numpy(matrix.indices.astype(np.int32))
        self.values = torch.from_numpy(matrix.data).to(dtype)

    def __matmul__(self, dense: Tensor) -> Tensor:
        """Return the product with ``(features, columns)`` of the same type, dense."""
        if dense.dtype == torch.float32 and available():
            return self._by_loops(dense)
        product: Tensor = self._tensor() @ dense
        return product

    def dense_rows(self, index: NDArray[np.int64]) -> Tensor:
        """Return some of the rows with their zeros, ``(len(index), features)``."""
        parts = (self.values.numpy(), self.indices.numpy(), self.starts.numpy())
        chosen = scipy.sparse.csr_array(parts, shape=self.shape)[index]
        return torch.from_numpy(chosen.toarray())

    def _tensor(self) -> Tensor:
        with warnings.catch_warnings():
            # Said once a process: "in beta state". What is used of it here is held by tests.
            warnings.filterwarnings("ignore", "Sparse CSR tensor support", UserWarning)
            return torch.sparse_csr_tensor(
                self.starts, self.indices, self.values, self.shape, check_invariants=False
            )

    def _by_loops(self, dense: Tensor) -> Tensor:
        loops = _compiled()
        count, columns = self.shape[0], dense.shape[1]
        out = torch.empty(count, columns)
        matrix = [part.numpy() for part in (self.starts, self.indices, self.values)]
        first = 0
        for width in loops.WIDTHS:
            while columns - first >= width or (width == loops.WIDTHS[-1] and first < columns):
                last = min(columns, first + width)
                strips = torch.zeros(len(dense), width)
                strips[:, : last - first] = dense[:, first:last]
                product = torch.empty(count, width)
                edges = self._edges(torch.get_num_threads())
                work = functools.partial(
                    loops.multiply[width], *matrix, strips.numpy(), product.numpy()
                )
                if len(edges) == 2:
                    work(0, count)
                else:
                    with ThreadPoolExecutor(len(edges) - 1) as pool:
                        list(pool.map(work, edges[:-1], edges[1:]))
                out[:, first:last] = product[:, : last - first]
                first = last
        return out

    def _edges(self, parts: int) -> list[int]:
        """Return where to cut the rows so that each part has about as many numbers."""
        total = int(self.starts[-1])
        wanted = torch.tensor([total * part // parts for part in range(1, parts)])
        inner = torch.searchsorted(self.starts, wanted.to(torch.int32)).tolist()
        return sorted({0, *inner, self.shape[0]})


@functools.cache
def _compiled() -> ModuleType:
    """Return the compiled loops; numba is imported no earlier."""
    return importlib.import_module("glyphlab.backends.numba.log_regression")

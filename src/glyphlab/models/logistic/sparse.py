"""A matrix of mostly zeros that is multiplied with dense ones."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.backends import compiled

__all__ = ["SparseRows"]


class SparseRows:
    """Compressed sparse rows; ``rows @ dense`` is their product.

    float32 is multiplied by compiled loops where there are any (``glyphlab[fast]``), all else by
    torch. Both split rows over torch's threads and give the same bits for any number of them.

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
        if dense.dtype == torch.float32 and (kernels := compiled()) is not None:
            edges = self._edges(torch.get_num_threads())
            return kernels.sparse_product(self.starts, self.indices, self.values, dense, edges)
        with warnings.catch_warnings():
            # Said once a process: "in beta state", and that nothing is checked. What is used of it
            # here is held by tests.
            warnings.filterwarnings("ignore", "Sparse .*", UserWarning)
            product: Tensor = self._tensor() @ dense
        return product

    def dense_rows(self, index: NDArray[np.int64]) -> Tensor:
        """Return some of the rows with their zeros, ``(len(index), features)``."""
        parts = (self.values.numpy(), self.indices.numpy(), self.starts.numpy())
        chosen = scipy.sparse.csr_array(parts, shape=self.shape)[index]
        return torch.from_numpy(chosen.toarray())

    def _tensor(self) -> Tensor:
        return torch.sparse_csr_tensor(
            self.starts, self.indices, self.values, self.shape, check_invariants=False
        )

    def _edges(self, parts: int) -> list[int]:
        """Return where to cut the rows so that each part has about as many numbers."""
        total = int(self.starts[-1])
        wanted = torch.tensor([total * part // parts for part in range(1, parts)])
        inner = torch.searchsorted(self.starts, wanted.to(torch.int32)).tolist()
        return sorted({0, *inner, self.shape[0]})

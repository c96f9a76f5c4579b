"""The way in: `glyphlab.backends.interface.Kernels`, as a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from glyphlab.backends.numba.compiled import (
    first_backward,
    first_forward,
    image_backward,
    patches_backward,
    patches_of,
    pool_forward,
    weight_backward,
)
from glyphlab.backends.numba.passes import CompiledPass as conv_pass  # noqa: N813
from glyphlab.backends.numba.perceptron_memory import PackedPerceptron as perceptron  # noqa: N813
from glyphlab.backends.numba.sparse_products import sparse_product
from glyphlab.backends.numba.steps import adam_at
from glyphlab.backends.shards import Shards

__all__ = [
    "adam_step",
    "conv_pass",
    "first_backward",
    "first_forward",
    "image_backward",
    "patches_backward",
    "patches_of",
    "perceptron",
    "pool_forward",
    "sparse_product",
    "weight_backward",
]


def adam_step(
    pieces: Sequence[Sequence[Tensor]], settings: NDArray[np.float64], shards: Shards
) -> None:
    """Step parameters in place; see `glyphlab.backends.interface.Kernels`."""
    table = np.array(
        [[*(part.data_ptr() for part in piece), piece[0].numel()] for piece in pieces], np.int64
    )
    count = shards.workers
    shards.each(lambda k: adam_at(table, settings, k, count), count)


if TYPE_CHECKING:
    from glyphlab.backends.interface import Kernels
    from glyphlab.backends.numba import kernels

    _: Kernels = kernels

"""The symbols of a training set, each picture of one kept once, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.machine import require_memory
from glyphlab._common.seeds import numpy_rng
from glyphlab.models.nets.cells_net import cut
from glyphlab.models.strategies import Strategy
from glyphlab.tasks.streams.streamed_images import StreamedImages, images_in_order
from glyphlab.training.batches import parts_of

__all__ = ["DistinctCells", "distinct_cells"]

AT_ONCE = 8
"""Images that are cut at a time: of a thousand symbols each they are 50 MB of 64-bit pixels."""


@dataclass(frozen=True)
class DistinctCells:
    """Cells of images.

    Attributes
    ----------
    cells : (m, h, w) uint8
        Every cell that differs from the others in a pixel.
    where : (n, k) int64
        Which of them stands in each place of each image.
    """

    cells: NDArray[np.uint8]
    where: NDArray[np.int64]


def distinct_cells(images: NDArray[np.uint8] | StreamedImages, strategy: Strategy) -> DistinctCells:
    """Cut images into the strategy's cells, and keep each distinct cell once.

    Cells are compared by a 64-bit number, the sum of their pixels times random odd numbers: two
    of a million are taken for each other with a probability of about 3e-8.

    Parameters
    ----------
    images : (n, H, W) uint8, also streamed
    strategy : Strategy
        Its `cells` say how an image is cut.

    Raises
    ------
    UsageError
        Where memory does not hold the distinct cells.
    """
    places = strategy.cells[0] * strategy.cells[1]
    factors = np.empty(0, np.uint64)
    known = np.empty(0, np.uint64)  # sorted
    ids = np.empty(0, np.int64)  # of each known one
    kept: list[NDArray[np.uint8]] = []
    where = []
    for part in images_in_order(images, AT_ONCE):
        cells: NDArray[np.uint8] = cut(parts_of(part, strategy), strategy.cells).numpy()
        pixels = cells.reshape(len(cells), -1)
        if not len(factors):
            factors = numpy_rng(0, "cells").integers(0, 2**63, pixels.shape[1], np.uint64) * 2 + 1
        keys = pixels.astype(np.uint64) @ factors
        found, first = np.unique(keys, return_index=True)
        new = ~np.isin(found, known)
        if new.any():
            kept.append(cells[first[new]])
            at = np.searchsorted(known, found[new])
            ids = np.insert(ids, at, len(ids) + np.arange(len(at)))
            known = np.insert(known, at, found[new])
            require_memory(
                len(known) * pixels.shape[1],
                f"{len(known):,} distinct symbols",
                "train on fewer images, or on a task that uses each glyph several times",
            )
        where.append(ids[np.searchsorted(known, keys)].reshape(-1, places))
    return DistinctCells(np.concatenate(kept), np.concatenate(where))

"""The published Triple-MNIST, bit for bit.

The generator of *MultiDigitMNIST* (S.-H. Sun, https://github.com/shaohua0116/MultiDigitMNIST) pools
the 60,000 training and 10,000 test images of MNIST, shuffles the labels 0 … 999 with seed 123 into
640, 160 and 200, and then draws with NumPy's legacy generator, seeded with 123 again: for each
split, each of its labels, each of 100 images, one glyph of each of the three digits from the whole
pool, left to right, and three vertical offsets below 56.

Both of its calls, ``choice`` from a list and ``randint``, take 32-bit words from the same stream
and reject by mask, one value after the other. So one ``randint`` with the bounds of all values in
order gives the very same numbers, without a loop over 100,000 images.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab.data import Symbols
from glyphlab.tasks.labels import all_tuples
from glyphlab.tasks.splits import SPLITS

__all__ = ["IMAGES_A_LABEL", "PublishedDraw", "published_draws"]

SEED = 123
IMAGES_A_LABEL = 100
OFFSETS_BELOW = 56
LABELS = (640, 160, 200)


@dataclass(frozen=True, eq=False)
class PublishedDraw:
    """What one split was drawn from: all ``(n, 3)`` int64, in the order of drawing."""

    symbols: NDArray[np.int64]
    index: NDArray[np.int64]
    offsets: NDArray[np.int64]


def published_draws(pool: Symbols) -> dict[str, PublishedDraw]:
    """Draw the published set from a pool of ten classes.

    Parameters
    ----------
    pool : Symbols
        For the published images: MNIST's training images followed by its test images.

    Returns
    -------
    dict of str to PublishedDraw
        Symbols, indices into `pool` and vertical offsets of ``train``, ``val`` and ``test``.
    """
    order = list(range(1000))
    np.random.RandomState(SEED).shuffle(order)
    symbols = np.repeat(all_tuples(10, 3)[order], IMAGES_A_LABEL, axis=0)
    counts = np.bincount(pool.labels, minlength=10)
    by_class = np.argsort(pool.labels, kind="stable")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    bounds = np.concatenate([counts[symbols], np.full_like(symbols, OFFSETS_BELOW)], axis=1)
    drawn = np.random.RandomState(SEED).randint(0, bounds)
    index = by_class[first[symbols] + drawn[:, :3]]
    cuts = np.cumsum(LABELS)[:-1] * IMAGES_A_LABEL
    parts = zip(
        SPLITS, *(np.split(array, cuts) for array in (symbols, index, drawn[:, 3:])), strict=True
    )
    return {split: PublishedDraw(*arrays) for split, *arrays in parts}

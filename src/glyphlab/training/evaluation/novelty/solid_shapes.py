"""How much of an image is wider than strokes are: a garment is solid, a digit is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["wide_ink"]

PART = 4.75
"""A square with this part of a symbol's side fits into what is wide: 6 of 28 pixels."""


def wide_ink(images: NDArray[np.uint8], side: int, *, dark: bool) -> NDArray[np.float32]:
    """Return how much ink of each image a morphological erosion leaves, ``(n,)`` in pixels.

    Parameters
    ----------
    images : (n, h, w) uint8
    side : int
        Of a symbol, in pixels.
    dark : bool
        Whether ink is dark on light ground.
    """
    from scipy.ndimage import grey_erosion

    square = max(2, round(side / PART))
    ink = 255 - images if dark else images
    left = grey_erosion(ink, size=(1, square, square))
    return np.asarray(left.sum((1, 2), dtype=np.int64) / 255, np.float32)

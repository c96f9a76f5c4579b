"""Where ink goes on its canvas, so that its centre of mass is where it belongs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["placed_by_mass"]


def placed_by_mass(
    ink: NDArray[np.uint8], size: tuple[int, int], centre: tuple[float, float] = (0.5, 0.5)
) -> NDArray[np.uint8]:
    """Put ink on a canvas, moved by whole pixels as MNIST was.

    Parameters
    ----------
    ink : (h, w) uint8
        No larger than the canvas.
    size : (int, int)
        Height and width of the canvas.
    centre : (float, float)
        Where the centre of mass goes, as shares of height and width.

    Returns
    -------
    (height, width) uint8
        0 around the ink. Lopsided ink does not leave the canvas for the sake of its centre.
    """
    weight = ink.sum(dtype=np.float64) or 1.0
    corner = []
    for axis, (length, whole) in enumerate(zip(ink.shape, size, strict=True)):
        middle = (ink.sum(axis=1 - axis) * (np.arange(length) + 0.5)).sum() / weight
        corner.append(int(np.clip(round(whole * centre[axis] - middle), 0, whole - length)))
    canvas = np.zeros(size, np.uint8)
    canvas[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return canvas

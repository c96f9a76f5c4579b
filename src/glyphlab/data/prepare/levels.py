"""Grey levels of pictures: scaled, and the plane that the paper is in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Levels", "no_larger", "plane_through", "resized"]

Levels = NDArray[np.float32]
"""``(h, w)``, of 0 to 255."""


def resized(
    levels: NDArray[np.uint8] | Levels, size: tuple[int, int], how: Image.Resampling
) -> Levels:
    """Return an image of another height and width."""
    image = Image.fromarray(levels)
    return np.asarray(image.resize(size[::-1], how), np.float32)


def no_larger(levels: NDArray[np.uint8] | Levels, side: int) -> Levels:
    """Return an image whose longer side has no more than `side` pixels."""
    longest = max(levels.shape)
    if longest <= side:
        return levels.astype(np.float32)
    height, width = (max(1, round(length * side / longest)) for length in levels.shape)
    return resized(levels, (height, width), Image.Resampling.BOX)


def plane_through(levels: Levels) -> Levels:
    """Return the plane through the middle two thirds of levels, found in four rounds."""
    height, width = levels.shape
    step = 1 + max(height, width) // 100
    y, x = np.mgrid[0:height:step, 0:width:step]
    values = levels[::step, ::step].ravel().astype(np.float64)
    ground = np.stack([y.ravel(), x.ravel(), np.ones(y.size)], 1)
    rest, weights = values, np.zeros(3)
    for _ in range(4):
        away = np.abs(rest - np.median(rest))
        middle = away <= np.percentile(away, 65)
        kept = ground[middle]
        weights = np.linalg.lstsq(kept.T @ kept, kept.T @ values[middle], rcond=None)[0]
        rest = values - ground @ weights
    down, right = np.arange(height)[:, None], np.arange(width)[None]
    plane = weights[0] * down + weights[1] * right + weights[2]
    return np.asarray(plane, np.float32)

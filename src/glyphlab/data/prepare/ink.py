"""Ink above its paper, dark or bright, evenly lit or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["FAINTEST", "Ink", "ink_of", "resized"]

LONGEST = 1000
"""Pixels of the longer side of a picture that ink is looked for in; larger ones are scaled down."""
COARSE = 300
"""The same of the picture that the light is taken from, which varies slowly."""
WIDEST = 3
"""What is wider than this part of the longer side is no stroke: light, shadow, or a table."""
FAINTEST = 6.0
"""Levels of 255 that ink differs from its paper at least."""

Levels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink of a picture.

    Attributes
    ----------
    levels : (h, w) float32
        How far each pixel is from the paper towards the ink, of 255; about 0 on the paper.
    dark : bool
        Whether it was darker than the paper.
    lit : float
        As `glyphlab.data.prepare.Prepared` has it.
    paper : (h, w) float32
        The paper without the ink, in the picture's levels.
    """

    levels: Levels
    dark: bool
    lit: float
    paper: Levels


def resized(
    levels: NDArray[np.uint8] | Levels, size: tuple[int, int], how: Image.Resampling
) -> Levels:
    """Return an image of another height and width."""
    image = Image.fromarray(levels)
    return np.asarray(image.resize(size[::-1], how), np.float32)


def ink_of(pixels: NDArray[np.uint8]) -> Ink:
    """Take the ink of a picture from its paper.

    The paper is a plane through the middle four fifths of all levels, and what differs from that
    and is wide: the light of a lamp, a shadow, a table beside the paper.

    Parameters
    ----------
    pixels : (h, w) uint8
    """
    from scipy.ndimage import gaussian_filter, grey_opening

    levels = _no_larger(pixels, LONGEST)
    small = gaussian_filter(_no_larger(levels, COARSE), 0.7)
    plane = _plane(small)
    rest = small - plane
    # Strokes are a small part of a picture, so the middle level is the paper's, and the ink
    # is where levels differ from it most.
    dark = bool(float(rest.max()) + float(rest.min()) <= 2 * float(np.median(rest)))
    sign = np.float32(-1 if dark else 1)
    wide = grey_opening(sign * rest, (max(1, max(small.shape) // WIDEST),) * 2)
    paper = resized(plane + sign * wide, levels.shape, Image.Resampling.BILINEAR)
    ink = sign * (levels - paper)
    strongest = max(8.0, float(np.percentile(ink[:: 1 + ink.shape[0] // 300], 99.7)))
    lit = float(np.percentile(wide, 99) - np.median(wide)) / strongest
    return Ink(ink, dark, lit, paper)


def _no_larger(levels: NDArray[np.uint8] | Levels, side: int) -> Levels:
    longest = max(levels.shape)
    if longest <= side:
        return levels.astype(np.float32)
    height, width = (max(1, round(length * side / longest)) for length in levels.shape)
    return resized(levels, (height, width), Image.Resampling.BOX)


def _plane(levels: Levels) -> Levels:
    """Return the plane through the middle four fifths of levels, found in four rounds."""
    height, width = levels.shape
    step = 1 + max(height, width) // 100
    y, x = np.mgrid[0:height:step, 0:width:step]
    values = levels[::step, ::step].ravel().astype(np.float64)
    ground = np.stack([y.ravel(), x.ravel(), np.ones(y.size)], 1)
    rest, weights = values, np.zeros(3)
    for _ in range(4):
        away = np.abs(rest - np.median(rest))
        middle = away <= np.percentile(away, 80)
        kept = ground[middle]
        weights = np.linalg.lstsq(kept.T @ kept, kept.T @ values[middle], rcond=None)[0]
        rest = values - ground @ weights
    down, right = np.arange(height)[:, None], np.arange(width)[None]
    return (weights[0] * down + weights[1] * right + weights[2]).astype(np.float32)

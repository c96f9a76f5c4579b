"""Ink above its paper, dark or bright, evenly lit or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab.data.prepare.levels import Levels, no_larger, plane_through, resized
from glyphlab.data.prepare.polarity import is_dark, wide_of
from glyphlab.data.prepare.tight_crops import with_room

__all__ = ["Ink", "ink_of"]

LONGEST = 1000
"""Pixels of the longer side of a picture that ink is looked for in; larger ones are scaled down."""
COARSE = 300
"""The same of the picture that the light is taken from, which varies slowly."""


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink of a picture.

    Attributes
    ----------
    levels : (h, w) float32
        How far each pixel is from the paper towards the ink, of 255; about 0 on the paper.
    dark : bool
        Whether it was darker than the paper.
    light : float
        By how much what is wide is above the paper, as light or a shadow is.
    paper : (h, w) float32
        The paper without the ink, in the picture's levels.
    """

    levels: Levels
    dark: bool
    light: float
    paper: Levels


def ink_of(pixels: NDArray[np.uint8]) -> Ink:
    """Take the ink of a picture from its paper.

    The paper is a plane through the middle two thirds of all levels, and what differs from that
    and is wide: the light of a lamp, a shadow, a table beside the paper.

    Parameters
    ----------
    pixels : (h, w) uint8
    """
    from scipy.ndimage import gaussian_filter

    levels = no_larger(with_room(no_larger(pixels, LONGEST)), LONGEST)
    small = gaussian_filter(no_larger(levels, COARSE), 0.7)
    plane = plane_through(small)
    rest = small - plane
    dark = is_dark(rest)
    sign = np.float32(-1 if dark else 1)
    wide = wide_of(sign * rest)
    paper = resized(plane + sign * wide, levels.shape, Image.Resampling.BILINEAR)
    ink = sign * (levels - paper)
    return Ink(ink, dark, float(np.percentile(wide, 99) - np.median(wide)), paper)

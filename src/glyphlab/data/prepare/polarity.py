"""Whether ink is darker or brighter than its paper."""

from __future__ import annotations

import numpy as np

from glyphlab.data.prepare.levels import Levels, no_larger

__all__ = ["is_dark", "wide_of"]

CLEAR = 2.5
"""Times as far from the middle level as on the other side: ink that is so is beyond doubt."""
WIDEST = 3
"""What is wider than this part of the longer side is no stroke: light, shadow, or a table."""
NARROW = 60
"""Pixels of the longer side of a picture on which strokes are distinguished from what is wide."""


def is_dark(rest: Levels) -> bool:
    """Return whether the ink is darker than the paper.

    Strokes are a small part of a picture, so the middle level is the paper's, and ink is where
    levels differ from it most. Where they are brightest but dark as well, as beside a lamp's light,
    narrow strokes decide.

    Parameters
    ----------
    rest : (h, w) float32
        Levels above the plane that the paper is in.
    """
    middle = float(np.median(rest))
    above, below = float(rest.max()) - middle, middle - float(rest.min())
    return below >= above or (above <= CLEAR * below and _has_dark_strokes(rest))


def _has_dark_strokes(rest: Levels) -> bool:
    """Return whether what is narrow stands out more where it is dark than where it is bright.

    A lamp's light or a sheet on a table is as bright as strokes, and its edges stay what they are
    in the median of their surroundings; strokes are the smaller part there.
    """
    from scipy.ndimage import median_filter

    small = no_larger(rest, NARROW)
    around = median_filter(small, 2 * (max(small.shape) // (2 * WIDEST)) + 1, mode="nearest")
    off = small - around
    return float((off**3).sum()) < 0


def wide_of(ink: Levels) -> Levels:
    """Return what is wide of levels ``(h, w)``, the ink's side up."""
    from scipy.ndimage import grey_opening

    return np.asarray(grey_opening(ink, (max(1, max(ink.shape) // WIDEST),) * 2))

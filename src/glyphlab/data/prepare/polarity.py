"""Whether ink is darker or brighter than its paper."""

from __future__ import annotations

import numpy as np

from glyphlab.data.prepare.levels import Levels
from glyphlab.data.prepare.parts import Parts, parts_of

__all__ = ["is_dark", "wide_of"]

CLEAR = 2.5
"""Times as far from the middle level as on the other side: ink that is so is beyond doubt."""
WIDEST = 3
"""What is wider than this part of the longer side is no stroke: light, shadow, or a table."""
THICKEST = 0.33
"""Of a symbol's length: what is thicker is not made of strokes."""


def is_dark(rest: Levels) -> bool:
    """Return whether the ink is darker than the paper.

    Strokes are a small part of a picture, so the middle level is the paper's, and ink is where
    levels differ from it most. Where they do on both sides, as beside a lamp's light, it is the
    side that has strokes.

    Parameters
    ----------
    rest : (h, w) float32
        Levels above the plane that the paper is in.
    """
    middle = float(np.median(rest))
    above, below = float(rest.max()) - middle, middle - float(rest.min())
    if max(above, below) > CLEAR * min(above, below):
        return below >= above
    bright, dark = (_strokes(parts_of(side - wide_of(side))) for side in (rest, -rest))
    return dark > bright if dark != bright else below >= above


def wide_of(ink: Levels) -> Levels:
    """Return what is wide of levels ``(h, w)``, the ink's side up."""
    from scipy.ndimage import grey_opening

    return np.asarray(grey_opening(ink, (max(1, max(ink.shape) // WIDEST),) * 2))


def _strokes(parts: Parts) -> float:
    """Return how much ink the heaviest part has, a fifth of it where that is no stroke."""
    from scipy.ndimage import distance_transform_edt

    if not parts.found:
        return 0.0
    first = parts.found[0]
    depths = distance_transform_edt(np.pad(parts.labels[first.box] == first.number, 1))
    width = 4 * float(depths[depths > 0].mean())
    return first.mass * (1.0 if width < THICKEST * first.length else 0.2)

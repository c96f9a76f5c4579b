"""Strokes as the training images have them: their thickness, their box, their place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab.data.prepare.levels import Levels, resized
from glyphlab.data.prepare.parts import Box
from glyphlab.data.prepare.placing import placed_by_mass
from glyphlab.data.prepare.style import Style

FINE = 120
"""Pixels of the longer side of a symbol while its strokes are measured and changed."""
__all__ = ["around", "binary", "placed", "redrawn", "width_of"]

_TOUCHING = np.ones((3, 3))


def binary(
    ink: Levels, labels: NDArray[np.int32], numbers: NDArray[np.int32], box: Box
) -> NDArray[np.bool_]:
    """Return the shape of some parts, 0 or 1, its longer side `FINE` pixels, on a free margin.

    Parameters
    ----------
    ink : (h, w) float32
        As `glyphlab.data.prepare.ink.Ink` has it.
    labels : (h, w) int32
        As `glyphlab.data.prepare.parts.Parts` has them.
    numbers : (k,) int32
        The parts.
    box : (slice, slice)
        Around them.

    Returns
    -------
    (h, w) bool
    """
    from scipy.ndimage import gaussian_filter, label

    edge = 2 + max(one.stop - one.start for one in box) // 10
    place = tuple(slice(max(0, one.start - edge), one.stop + edge) for one in box)
    levels = gaussian_filter(ink[place], edge / 10)
    mask = np.isin(labels[place], numbers)
    levels /= np.percentile(levels[mask], 70)
    # Ink fainter than the parts belongs to them where it is connected with them.
    connected = label(levels > 0.3, _TOUCHING)[0]
    levels *= np.isin(connected, np.unique(connected[mask & (connected > 0)]))
    levels = levels[around(levels > 0.45)]
    size = [max(1, round(length * FINE / max(levels.shape))) for length in levels.shape]
    shape = resized(levels, (size[0], size[1]), Image.Resampling.BICUBIC)
    return np.pad(shape, FINE // 6) > 0.45


def redrawn(shape: NDArray[np.bool_], style: Style) -> tuple[Levels, str | None]:
    """Return a shape with strokes as thick as a style has them, and which way they were changed.

    Parameters
    ----------
    shape : (h, w) bool
        As `binary` gives it.

    Returns
    -------
    levels : (h, w) float32
        In 0..1.
    changed : {"thickened", "thinned"} or None
    """
    from scipy.ndimage import distance_transform_edt

    inside = distance_transform_edt(shape).astype(np.float32)
    outside = distance_transform_edt(~shape).astype(np.float32)
    width = width_of(inside)
    wanted = float(np.clip(width, style.stroke[0] * FINE, style.stroke[1] * FINE))
    levels = np.clip(inside - outside + np.float32((wanted - width) / 2 + 0.5), 0, 1)
    if abs(wanted - width) < 1:
        return levels, None
    return levels, "thickened" if wanted > width else "thinned"


def width_of(inside: NDArray[np.float32]) -> float:
    """Return the width of strokes, by how far each of their pixels is from the paper."""
    return 4 * float(inside[inside > 0].mean())


def placed(levels: Levels, style: Style) -> NDArray[np.uint8]:
    """Scale a shape into a style's box and bring its centre of mass to the style's.

    Parameters
    ----------
    levels : (h, w) float32
        In 0..1.

    Returns
    -------
    (h, w) uint8
        Of the style's size.
    """
    from scipy.ndimage import gaussian_filter

    ink = levels[around(levels > 0.5)] if levels.max() > 0.5 else levels
    side = style.box * min(style.size)
    blur = style.blur * min(style.size)
    margin = min(2, int(np.ceil(2 * blur)))
    fitted = [
        min(most - 2 * margin, max(1, round(length * side / max(ink.shape))))
        for length, most in zip(ink.shape, style.size, strict=True)
    ]
    ink = resized(ink, (max(1, fitted[0]), max(1, fitted[1])), Image.Resampling.BOX)
    if margin:
        ink = gaussian_filter(np.pad(ink, margin), blur)
        ink /= ink.max() or 1
    image = placed_by_mass(np.rint(ink * 255).astype(np.uint8), style.size, style.centre)
    return 255 - image if style.dark else image


def around(mask: NDArray[np.bool_]) -> Box:
    """Return the rows and columns of a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)

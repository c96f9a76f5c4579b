"""Pictures that were cut out around a symbol, which then reaches their border as shadows do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.prepare.levels import Levels, no_larger

__all__ = ["with_room"]

SPAN = 0.6
"""Of a picture's height and of its width: a symbol that reaches over so much fills it."""
ALONG = 0.4
"""Of a picture's border: what lies along more of it is a shadow or a table."""
THICKEST, FULLEST = 0.32, 0.65
"""Of a symbol's length and of its box: what is thicker or fuller is not made of strokes."""
APART = 0.7
"""Of the variance of levels: two levels explain at least so much where ink is on plain paper."""
COARSE = 100


def with_room(levels: Levels) -> Levels:
    """Return a picture with paper around it where one symbol fills it; any other as it is.

    Parameters
    ----------
    levels : (h, w) float32

    Returns
    -------
    (h, w) or (2 h, 2 w) float32
    """
    small = no_larger(levels, COARSE)
    ink = _ink(small)
    if ink is None or not _fills(ink):
        return levels
    height, width = levels.shape
    room = np.full((2 * height, 2 * width), np.median(small[~ink]), np.float32)
    top, left = height // 2, width // 2
    room[top : top + height, left : left + width] = levels
    return room


def _ink(levels: Levels) -> NDArray[np.bool_] | None:
    """Return which pixels are of the level that is less at the border; None without two levels.

    The levels are parted where both are most alike in themselves (N. Otsu, 1979).
    """
    counts, edges = np.histogram(levels, 64)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    above = levels.size - below
    sums = np.cumsum(counts * middles)
    between = (
        sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    ) ** 2
    between *= below * above / levels.size**2
    best = int(np.argmax(between))
    if between[best] <= APART * levels.var():  # both are 0 of one level alone
        return None
    bright = levels > edges[best + 1]
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    return np.asarray(~bright if border.mean() > 0.5 else bright)


def _fills(ink: NDArray[np.bool_]) -> bool:
    """Return whether the largest part is of strokes and fills a picture both ways.

    Strokes leave the corners free, in which shadows and tables lie.
    """
    from scipy.ndimage import distance_transform_edt, label

    labels = label(ink, np.ones((3, 3)))[0]
    shape = labels == 1 + int(np.bincount(labels.ravel())[1:].argmax())
    spans = [np.ptp(np.flatnonzero(shape.any(axis))) + 1 for axis in (1, 0)]
    if any(span < SPAN * side for span, side in zip(spans, shape.shape, strict=True)):
        return False
    if shape.sum() > FULLEST * spans[0] * spans[1]:
        return False
    if shape[0, 0] or shape[0, -1] or shape[-1, 0] or shape[-1, -1]:
        return False
    border = np.concatenate([shape[0], shape[-1], shape[:, 0], shape[:, -1]])
    depths = distance_transform_edt(np.pad(shape, 1))
    width = 4 * float(depths[depths > 0].mean())
    return bool(border.mean() < ALONG and width < THICKEST * max(spans))

"""The connected parts of what is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.prepare.levels import Levels

__all__ = ["Box", "Part", "Parts", "parts_of", "union"]

Box = tuple[slice, slice]
"""Rows and columns."""

FAINTEST = 6.0
"""Levels of 255 that ink differs from its paper at least."""
FADED = 0.55
"""Of what stands out from the noise: where a stroke does so, faded ends of it may have less."""
MOST = 100
"""Parts that are looked at; there are more on noise alone."""
SMALLEST = 0.03
"""Of the longer side of a picture: the heaviest part is at least so long, or it is a speck."""
_TOUCHING = np.ones((3, 3))


@dataclass(frozen=True)
class Part:
    """A connected part.

    Attributes
    ----------
    number : int
        Of its pixels in `Parts.labels`.
    mass : float
        Its ink, the sum of its levels.
    box : (slice, slice)
        Its rows and columns.
    area : int
        Its pixels.
    """

    number: int
    mass: float
    box: Box
    area: int

    @property
    def length(self) -> int:
        """The longer side of its box."""
        return int(max(one.stop - one.start for one in self.box))

    @property
    def level(self) -> float:
        """The mean of its levels."""
        return self.mass / self.area


@dataclass(frozen=True, eq=False)
class Parts:
    """All connected parts of a picture.

    Attributes
    ----------
    labels : (h, w) int32
        Number of the part that a pixel belongs to; 0 on the paper.
    found : tuple of Part
        The heaviest first.
    """

    labels: NDArray[np.int32]
    found: tuple[Part, ...]


def parts_of(ink: Levels) -> Parts:
    """Find what is written: the parts that do not reach the border, if one of them is no speck.

    What reaches the border, as a shadow's edge or a table does, hides fainter ink: it is taken
    away and the rest looked at again.

    Parameters
    ----------
    ink : (h, w) float32
        As `glyphlab.data.prepare.ink.Ink` has it.
    """
    from scipy.ndimage import gaussian_filter

    levels = gaussian_filter(ink, max(ink.shape) / 400)
    levels -= np.median(levels)
    least = max(FAINTEST, 9 * float(np.median(np.abs(levels))))  # six deviations of the noise
    first: Parts | None = None
    while (strongest := float(levels.max())) > least:
        mask = levels > max(FADED * least, 0.4 * strongest)
        every = _labelled(mask, levels, least)
        inner = tuple(part for part in every.found if not _at_border(part.box, ink.shape))
        if inner and inner[0].length > SMALLEST * max(ink.shape):
            return Parts(every.labels, inner)
        first = first or every
        levels[mask] = 0
    return first or Parts(np.zeros(ink.shape, np.int32), ())


def union(boxes: list[Box]) -> Box:
    """Return the smallest box around others."""
    down, right = (
        slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes))
        for axis in (0, 1)
    )
    return down, right


def _labelled(mask: NDArray[np.bool_], levels: Levels, least: float) -> Parts:
    """Return the connected parts of a mask that are stronger than `least` somewhere."""
    from scipy.ndimage import find_objects, label

    labels, count = label(mask, _TOUCHING)
    strong = np.bincount(labels[levels > least], minlength=count + 1) > 0
    strong[0] = False
    weights = np.bincount(labels.ravel(), levels.ravel(), count + 1)
    areas = np.bincount(labels.ravel())
    boxes = find_objects(labels)
    heaviest = np.argsort(-weights * strong, kind="stable")[: min(MOST, int(strong.sum()))]
    found = (Part(int(k), float(weights[k]), boxes[k - 1], int(areas[k])) for k in heaviest)
    return Parts(labels, tuple(found))


def _at_border(box: Box, shape: tuple[int, ...]) -> bool:
    return any(one.start == 0 or one.stop == length for one, length in zip(box, shape, strict=True))

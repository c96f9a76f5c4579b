"""What training images are like, measured from them, so that a picture can be made like them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, get_args

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError
from glyphlab.data.published_sets import Kind

__all__ = ["MNIST_STYLE", "Range", "Style", "border_of", "boxes_of", "free_of_ink"]

Range = tuple[float, float]

LARGEST = 10_000
"""Pixels of a side of training images."""
LEVELS = 24
"""How far from 0, or 255, the ground of clean images may be."""


@dataclass(frozen=True)
class Style:
    """What the images of a source are like.

    Lengths are shares of the shorter side of an image.

    Attributes
    ----------
    kind : {"writing", "photographs"}
    size : (int, int)
        Height and width of an image, in pixels.
    dark : bool
        Whether the ink is dark on light paper; else it is bright on 0, as of MNIST.
    box : float
        The longer side of the ink.
    boxes : (float, float)
        From the smallest to the largest of it.
    stroke : (float, float)
        Widths of thin and of thick strokes, as shares of the longer side of the ink.
    centre : (float, float)
        How far the ink's centre of mass is from the upper and from the left edge, as shares of
        height and width.
    off_centre : float
        How far from there it is at most, as a share as well.
    blur : float
        Deviation of the blur that edges of strokes have.
    border, ground : float
        Of the outermost pixels, and of all: the least share that is about 0 where nothing is
        written.
    """

    kind: Kind = "writing"
    size: tuple[int, int] = (28, 28)
    dark: bool = False
    box: float = 20 / 28
    boxes: Range = (0.45, 0.80)
    stroke: Range = (0.103, 0.185)
    centre: Range = (0.518, 0.517)
    off_centre: float = 0.05
    blur: float = 0.0
    border: float = 0.8
    ground: float = 0.4

    def resized(self, size: tuple[int, int]) -> Self:
        """Return the same style for images of another height and width."""
        return replace(self, size=(int(size[0]), int(size[1])))

    def fits(self, image: NDArray[np.uint8]) -> bool:
        """Return whether an image ``(h, w)`` is like the training images already."""
        if image.shape != self.size:
            return False
        if not self.has_clean_ground(image):
            return False
        ink = 255 - image if self.dark else image
        lengths, centres = boxes_of(ink[None])
        off = np.abs(centres[0] - self.centre).max()
        return bool(self.boxes[0] <= lengths[0] <= self.boxes[1] and off <= self.off_centre)

    def has_clean_ground(self, image: NDArray[np.uint8]) -> bool:
        """Return whether an image of any size has ink on the ground of the training images."""
        ink = (255 - image if self.dark else image)[None]
        border, ground = free_of_ink(ink)
        strong = int(ink.max()) >= 4 * LEVELS
        return bool(strong and border[0] >= self.border and ground[0] >= self.ground)

    def to_mapping(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Self:
        """Return the style that `to_mapping` gave, out of a file that may be anybody's.

        Raises
        ------
        DataError
            Where it is none.
        """
        try:
            height, width = (int(one) for one in content["size"])
            style = cls(
                content["kind"],
                (height, width),
                content["dark"],
                float(content["box"]),
                _pair(content["boxes"]),
                _pair(content["stroke"]),
                _pair(content["centre"]),
                float(content["off_centre"]),
                float(content["blur"]),
                float(content["border"]),
                float(content["ground"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _no_style(content) from error
        numbers = (style.box, *style.boxes, *style.stroke, *style.centre, style.off_centre)
        others = (style.blur, style.border, style.ground)
        in_range = all(0 <= one <= 2 for one in (*numbers, *others))
        sized = min(style.size) >= 1 and max(style.size) <= LARGEST
        known = style.kind in get_args(Kind) and isinstance(style.dark, bool)
        if not (in_range and sized and known):
            raise _no_style(content)
        return style


MNIST_STYLE = Style()
"""Of MNIST: a box of 20 in 28 pixels, the centre of mass in the middle."""


def _pair(values: Any) -> Range:
    low, high = values
    return float(low), float(high)


def _no_style(content: object) -> DataError:
    return DataError(
        f"{str(content)[:80]} is no style of images: remove the file that it is in, which is made "
        "again"
    )


def border_of(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the outermost pixels of images, ``(n, pixels)``."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return np.concatenate(edges, axis=1)


def free_of_ink(ink: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return which share of the border, and of all pixels, of images ``(n, h, w)`` is about 0."""
    return (border_of(ink) <= LEVELS).mean(1), (ink <= LEVELS).mean((1, 2))


def boxes_of(ink: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the longer sides of the ink at half its level, and its centres of mass, as shares."""
    count, *size = ink.shape
    mask = ink > ink.max((1, 2), keepdims=True) / 2
    lengths = np.zeros(count)
    centres = np.empty((count, 2))
    mass = ink.sum((1, 2), dtype=np.int64)
    for axis, length in enumerate(size):
        found = mask.any(2 - axis)
        first, last = found.argmax(1), length - 1 - found[:, ::-1].argmax(1)
        lengths = np.maximum(lengths, last + 1 - first)
        at = np.arange(length) + 0.5
        centres[:, axis] = ink.sum(2 - axis, dtype=np.int64) @ at / mass / length
    return lengths / min(size), centres

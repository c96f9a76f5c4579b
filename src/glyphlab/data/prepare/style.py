"""What training images are like, measured from them, so that a picture can be made like them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab.data.published_sets import Kind

__all__ = ["FINE", "MNIST_STYLE", "Range", "Style", "style_of", "width_of"]

Range = tuple[float, float]

FINE = 120
"""Pixels of the longer side of a symbol whose strokes are measured."""
SAMPLE = 1000
"""Training images that are measured."""
LEVELS = 24
"""How far from 0, or 255, the ground of clean images may be."""
THICKEST = 0.42
"""Of the longer side of a symbol: what is thicker is no stroke but the body of a thing."""


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
    """

    kind: Kind = "writing"
    size: tuple[int, int] = (28, 28)
    dark: bool = False
    box: float = 20 / 28
    boxes: Range = (0.45, 0.80)
    stroke: Range = (0.103, 0.185)
    centre: Range = (0.518, 0.517)
    off_centre: float = 0.05

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
        lengths, centres = _boxes(ink[None])
        off = np.abs(centres[0] - self.centre).max()
        return bool(self.boxes[0] <= lengths[0] <= self.boxes[1] and off <= self.off_centre)

    def has_clean_ground(self, image: NDArray[np.uint8]) -> bool:
        """Return whether an image of any size has ink on the ground of the training images."""
        return bool(_clean((255 - image if self.dark else image)[None])[0])

    def to_mapping(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Self:
        """Return the style that `to_mapping` gave."""
        return cls(**{
            key: tuple(value) if isinstance(value, list) else value
            for key, value in content.items()
        })  # fmt: skip


MNIST_STYLE = Style()
"""Of MNIST: a box of 20 in 28 pixels, the centre of mass in the middle."""


def style_of(images: NDArray[np.uint8], kind: Kind | None = None) -> Style:
    """Measure what training images are like, on a thousand of them.

    Parameters
    ----------
    images : (n, h, w) uint8
        Of single symbols.
    kind : {"writing", "photographs"}, optional
        What they show, as `glyphlab.data.prepare.kind_of_source` says. Where it is None, they show
        writing if nine of ten have a clean border, near 0 or near 255, and half of them have
        strokes narrower than 0.42 of the symbol; all else are photographs.

    Returns
    -------
    Style
    """
    size = (int(images.shape[1]), int(images.shape[2]))
    some = images[np.linspace(0, len(images) - 1, min(SAMPLE, len(images))).astype(int)]
    dark = bool(np.median(_border(some)) > 127)
    ink = 255 - some if dark else some
    clean = _clean(ink)
    if kind == "photographs" or (kind is None and clean.mean() < 0.9) or not clean.any():
        return Style("photographs", size)
    ink = ink[clean]
    widths = np.array([_width(one) for one in ink[:: 1 + len(ink) // 200]])
    if kind is None and np.median(widths) > THICKEST:
        return Style("photographs", size)
    lengths, centres = _boxes(ink)
    middle = np.median(centres, axis=0)
    low, high = np.percentile(lengths, [0.2, 99.8])
    off = float(np.percentile(np.abs(centres - middle).max(1), 99.8))
    thin, thick = np.percentile(widths, [10, 90])
    return Style(
        "writing",
        size,
        dark,
        float(np.median(lengths)),
        (0.7 * float(low), 1.1 * float(high)),
        (float(thin), float(thick)),
        (float(middle[0]), float(middle[1])),
        off + 0.03,
    )


def width_of(inside: NDArray[np.float32]) -> float:
    """Return the width of strokes, by how far each of their pixels is from the paper."""
    return 4 * float(inside[inside > 0].mean())


def _border(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the outermost pixels of images, ``(n, pixels)``."""
    edges = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return np.concatenate(edges, axis=1)


def _clean(ink: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which images ``(n, h, w)`` have bright ink on a ground of about 0, border and all."""
    ground = ink <= LEVELS
    border = (_border(ink) <= LEVELS).mean(1)
    return (border >= 0.8) & (ground.mean((1, 2)) >= 0.4) & (ink.max((1, 2)) >= 4 * LEVELS)


def _boxes(ink: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


def _width(ink: NDArray[np.uint8]) -> float:
    """Return the width of one image's strokes, as a share of the longer side of its ink."""
    from scipy.ndimage import distance_transform_edt

    mask = ink > ink.max() / 2
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    part = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = [max(1, round(length * FINE / max(part.shape))) for length in part.shape[::-1]]
    fine = Image.fromarray(part).resize((size[0], size[1]), Image.Resampling.BICUBIC)
    shape = np.pad(np.asarray(fine) > ink.max() / 2, 1)
    return width_of(distance_transform_edt(shape).astype(np.float32)) / FINE

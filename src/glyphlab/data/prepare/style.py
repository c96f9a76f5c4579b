"""What training images are like, measured from them, so that a picture can be made like them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.published_sets import Kind

__all__ = ["MNIST_STYLE", "Range", "Style", "style_of"]

Range = tuple[float, float]


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
        Widths of strokes, thin and thick ones, as shares of the longer side of the ink.
    centre : (float, float)
        How far the ink's centre of mass is below the upper and right of the left edge, as shares of
        height and width.
    off_centre : float
        How far from there it is at most.
    """

    kind: Kind = "writing"
    size: tuple[int, int] = (28, 28)
    dark: bool = False
    box: float = 20 / 28
    boxes: Range = (0.5, 0.75)
    stroke: Range = (13 / 120, 28 / 120)
    centre: Range = (0.5, 0.5)
    off_centre: float = 0.06

    def resized(self, size: tuple[int, int]) -> Self:
        """Return the same style for images of another height and width."""
        return replace(self, size=(int(size[0]), int(size[1])))

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
    """Measure what training images are like.

    Parameters
    ----------
    images : (n, h, w) uint8
        Of single symbols.
    kind : {"writing", "photographs"}, optional
        What they show, as `glyphlab.data.prepare.kind_of_source` says; measured where it is None.

    Returns
    -------
    Style
    """
    size = (int(images.shape[1]), int(images.shape[2]))
    return Style(kind=kind or "writing", size=size)

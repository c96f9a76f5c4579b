"""Pictures moved, their strokes widened, and noise on them, before a model sees them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare.ink import ink_of
from glyphlab.data.prepare.levels import no_larger
from glyphlab.serve.app.areas import Given
from glyphlab.training.evaluation.corruptions import corrupted

__all__ = ["PictureChange", "changed"]

Pixels = NDArray[np.uint8]

SIDE, LONGEST = 140, 420
"""Pixels of the shorter and of the longer side at most: on more, widening takes too long."""
UNIT = 28
"""Lengths are those on a picture whose shorter side has this number of pixels."""


class PictureChange(Given):
    """How a picture is changed; lengths are in pixels of a picture of 28."""

    right: float = Field(0, ge=-14, le=14, description="Moved to the right, or left below 0.")
    down: float = Field(0, ge=-14, le=14, description="Moved down, or up below 0.")
    thickness: float = Field(
        0, ge=-2, le=3, description="Strokes wider on either side, or thinner below 0."
    )
    noise: float = Field(
        0, ge=0, le=1, description="Standard deviation of normal noise, share of 255."
    )


def changed(picture: GrayImage, change: PictureChange) -> GrayImage:
    """Return a picture that is changed, and says so; the same one where nothing is asked for.

    Parameters
    ----------
    picture : GrayImage
    change : PictureChange
    """
    if change == PictureChange():
        return picture
    height, width = picture.pixels.shape
    short, long = sorted((height, width))
    levels = no_larger(picture.pixels, min(LONGEST, max(SIDE, round(SIDE * long / short))))
    pixels = np.rint(levels).astype(np.uint8)
    unit = min(pixels.shape) / UNIT
    dark = ink_of(pixels).dark
    ink = 255 - pixels if dark else pixels
    done = []
    if change.thickness:
        ink = _widened(ink, change.thickness * unit)
        wider = "wider" if change.thickness > 0 else "thinner"
        done.append(f"strokes {wider} by {abs(change.thickness):g} of {UNIT} pixels on either side")
    if change.right or change.down:
        ink = _moved(ink, round(change.down * unit), round(change.right * unit))
        done.append(f"moved {_direction(change)}")
    if change.noise:
        ink = corrupted("noise", ink[None], change.noise)[0]
        done.append(f"noise of {100 * change.noise:g} % added")
    return GrayImage(255 - ink if dark else ink, (*picture.done, *done))


def _widened(ink: Pixels, radius: float) -> Pixels:
    """Widen strokes; what is beyond the edge goes on as the edge is."""
    margin = math.ceil(abs(radius)) + 1
    framed = np.pad(ink, margin, mode="edge")
    return corrupted("thickness", framed[None], radius)[0, margin:-margin, margin:-margin]


def _moved(ink: Pixels, down: int, right: int) -> Pixels:
    """Move ink by whole pixels; what comes in is as the border is."""
    edges = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    height, width = ink.shape
    moved = np.full_like(ink, int(np.median(edges)))
    if abs(down) < height and abs(right) < width:
        moved[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)] = ink[
            max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)
        ]
    return moved


def _direction(change: PictureChange) -> str:
    ways = ((change.right, "right", "left"), (change.down, "down", "up"))
    said = [f"{abs(by):g} {more if by > 0 else less}" for by, more, less in ways if by]
    return f"{' and '.join(said)}, of {UNIT} pixels"

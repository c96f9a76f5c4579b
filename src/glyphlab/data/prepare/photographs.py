"""Photographs: garments and other things that are no writing, only scaled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab._common.untrusted import GrayImage
from glyphlab.data.prepare.prepared import Prepared

__all__ = ["prepare_photograph"]


def prepare_photograph(picture: GrayImage, size: tuple[int, int] = (28, 28)) -> Prepared:
    """Scale a photograph without distortion, centred; what is free beside it is as its border is.

    Parameters
    ----------
    picture : GrayImage
        As `glyphlab._common.untrusted.read_gray` gives it.
    size : (int, int)
        Height and width wanted, in pixels.

    Returns
    -------
    Prepared
        The same pixels where the picture has that size; `blank` where they are all equal.
    """
    pixels = picture.pixels
    blank = bool(pixels.min() == pixels.max())
    if pixels.shape == size:
        return Prepared(pixels, picture.done, blank)
    height, width = pixels.shape
    zoom = min(size[0] / height, size[1] / width)
    fitted = (max(1, round(height * zoom)), max(1, round(width * zoom)))
    scaled = np.asarray(Image.fromarray(pixels).resize(fitted[::-1], Image.Resampling.BOX
                        if zoom < 1 else Image.Resampling.BICUBIC))  # fmt: skip
    image = np.full(size, _border(pixels), np.uint8)
    top, left = (size[0] - fitted[0]) // 2, (size[1] - fitted[1]) // 2
    image[top : top + fitted[0], left : left + fitted[1]] = scaled
    said = f"scaled from {width}×{height} to {size[1]}×{size[0]} pixels"
    return Prepared(image, (*picture.done, said), blank)


def _border(pixels: NDArray[np.uint8]) -> int:
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return int(np.median(np.concatenate(edges)))

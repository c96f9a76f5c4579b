"""Symbols as people photograph them: strokes of a pen on paper, in light that is not even.

What a model is shown later are prepared pictures, and these differ a little from its training
images. The limit of a warning is found on such pictures, of symbols that it was not trained on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from glyphlab._common.untrusted import GrayImage

__all__ = ["enlarged", "on_paper"]

SMALLEST, LARGEST = 2.0, 4.0
"""How many times a symbol is enlarged."""


def on_paper(symbol: NDArray[np.uint8], rng: np.random.Generator, *, dark: bool) -> GrayImage:
    """Draw a symbol on grey paper.

    Parameters
    ----------
    symbol : (h, w) uint8
        A training image.
    rng : numpy.random.Generator
        Of size, place, pen, paper, light and noise.
    dark : bool
        Whether its ink is dark on light ground; else it is bright on 0.

    Returns
    -------
    GrayImage
        Dark ink on brighter paper, with a frame of paper around it.
    """
    ink = 255 - symbol if dark else symbol
    height, width = (round(side * rng.uniform(SMALLEST, LARGEST)) for side in ink.shape)
    large = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BICUBIC))
    cover = large.astype(np.float32) / 255
    frame = rng.integers(0, 1 + round(0.5 * max(height, width)), 4)
    cover = np.pad(cover, ((frame[0], frame[1]), (frame[2], frame[3])))
    paper = rng.uniform(120, 250)
    depth = paper * rng.uniform(0.35, 0.95)
    down, right = np.indices(cover.shape, np.float32)
    slope = rng.uniform(-0.25, 0.25, 2)
    light = 1 + slope[0] * (down / cover.shape[0] - 0.5) + slope[1] * (right / cover.shape[1] - 0.5)
    cover = ndimage.gaussian_filter(cover, rng.uniform(0.3, 1.2))
    pixels = (paper - depth * cover) * light
    pixels += rng.normal(0, rng.uniform(0.5, 5), cover.shape)
    return GrayImage(np.rint(np.clip(pixels, 0, 255)).astype(np.uint8), ())


def enlarged(image: NDArray[np.uint8], rng: np.random.Generator) -> GrayImage:
    """Return an image of anything else in another size, as photographs are only scaled."""
    times = rng.uniform(SMALLEST, LARGEST)
    height, width = (round(side * times) for side in image.shape)
    large = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    return GrayImage(np.asarray(large), ())

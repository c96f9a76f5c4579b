"""The style of training images, measured from some of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab.data.prepare.levels import resized
from glyphlab.data.prepare.strokes import FINE, around, placed, width_of
from glyphlab.data.prepare.style import Style, border_of, boxes_of, free_of_ink
from glyphlab.data.published_sets import Kind

__all__ = ["style_of"]

SAMPLE, STROKES, EDGES = 1000, 200, 60
"""Training images whose place, whose strokes and whose edges are measured."""
THICKEST = 0.42
"""Of the longer side of a symbol: what is thicker is no stroke but the body of a thing."""
CLEAN_BORDER, CLEAN = 0.5, 0.3
"""Of the border of an image of ink, and of all of it: so much is ground, near 0 or near 255."""
UNLIKE = 4
"""Times the thinnest strokes: the thickest of writing are no wider."""
BLURS = (0.0, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4)
"""Deviations in pixels that edges are compared with, from sharp to soft."""


def style_of(images: NDArray[np.uint8], kind: Kind | None = None) -> Style:
    """Measure what training images are like, on a thousand of them.

    Parameters
    ----------
    images : (n, h, w) uint8
        Of single symbols.
    kind : {"writing", "photographs"}, optional
        What they show, as `glyphlab.data.prepare.kind_of_source` says. Where it is None, they show
        writing if in nine of ten half of the border and three tenths of all pixels are near 0, or
        near 255, and strokes are narrower than 0.42 of the symbol in half of them and much alike in
        all, the thickest four times as wide as the thinnest; all else are photographs.

    Returns
    -------
    Style
    """
    size = (int(images.shape[1]), int(images.shape[2]))
    some = images[np.linspace(0, len(images) - 1, min(SAMPLE, len(images))).astype(int)]
    dark = bool(np.median(border_of(some)) > 127)
    ink = 255 - some if dark else some
    border, ground = free_of_ink(ink)
    clean = (border >= CLEAN_BORDER) & (ground >= CLEAN) & (ink.max((1, 2)) > 0)
    if kind == "photographs" or (kind is None and clean.mean() < 0.9) or not clean.any():
        return Style("photographs", size)
    ink = ink[clean]
    shapes = [_shape(one) for one in ink[:: 1 + len(ink) // STROKES]]
    widths = [width_of(_depths(shape)) / FINE for shape in shapes]
    thinnest, middling, thickest = np.percentile(widths, [5, 50, 95])
    if kind is None and (middling > THICKEST or thickest > UNLIKE * thinnest):
        return Style("photographs", size)
    lengths, centres = boxes_of(ink)
    middle = np.median(centres, axis=0)
    low, high = np.percentile(lengths, [0.2, 99.8])
    off = float(np.percentile(np.abs(centres - middle).max(1), 99.8))
    thin, thick = np.percentile(widths, [10, 90])
    style = Style(
        "writing",
        size,
        dark,
        float(np.median(lengths)),
        (0.7 * float(low), 1.1 * float(high)),
        (float(thin), float(thick)),
        (float(middle[0]), float(middle[1])),
        off + 0.03,
        border=min(0.8, 0.9 * float(np.percentile(border[clean], 0.2))),
        ground=min(0.4, 0.9 * float(np.percentile(ground[clean], 0.2))),
    )
    return replace(style, blur=_blur(ink, shapes[:EDGES], style))


def _shape(ink: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where one image has ink, its longer side `FINE` pixels, on a free margin."""
    part = ink[around(ink > ink.max() / 2)]
    size = [max(1, round(length * FINE / max(part.shape))) for length in part.shape]
    fine = resized(part, (size[0], size[1]), Image.Resampling.BICUBIC)
    return np.pad(fine > ink.max() / 2, FINE // 6)


def _depths(shape: NDArray[np.bool_]) -> NDArray[np.float32]:
    from scipy.ndimage import distance_transform_edt

    return np.asarray(distance_transform_edt(shape), np.float32)


def _blur(ink: NDArray[np.uint8], shapes: list[NDArray[np.bool_]], style: Style) -> float:
    """Return the blur, a share of the shorter side, that brings edges to those of training."""
    wanted = _sharpness(ink)
    sharp = replace(style, dark=False)
    unit = 1 / 28
    found = [
        _sharpness(
            np.stack([
                placed(shape.astype(np.float32), replace(sharp, blur=blur * unit))
                for shape in shapes
            ])
        )
        for blur in BLURS
    ]  # fmt: skip
    return BLURS[int(np.argmin(np.abs(np.array(found) - wanted)))] * unit


def _sharpness(ink: NDArray[np.uint8]) -> float:
    """Return how steep edges are, as a share of the ink's level for a pixel."""
    levels = ink.astype(np.float64)
    steep = np.hypot(np.diff(levels, axis=1)[:, :, :-1], np.diff(levels, axis=2)[:, :-1])
    total = steep.sum((1, 2)) * ink.max((1, 2))
    return float(np.median((steep**2).sum((1, 2)) / np.maximum(total, 1)))

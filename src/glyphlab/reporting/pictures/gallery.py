"""A gallery of images that were misread."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.errors import UsageError
from glyphlab.reporting.pictures.image_rows import png_data
from glyphlab.reporting.plots.canvas import INK, MUTED, WARM
from glyphlab.reporting.plots.scale import shortened

__all__ = ["error_gallery"]

_ACROSS, _GAP, _BELOW = 78, 16, 44
_LETTERS = 8
"""Letters that label and prediction may have together to stand on one line."""
_COLUMNS = 6
_LONGEST = 18
"""Letters that stand of a name, which may be a little wider than its image."""


def error_gallery(
    images: ArrayLike,
    true: Sequence[str],
    predicted: Sequence[str],
    confidence: Sequence[float],
    columns: int = _COLUMNS,
) -> str:
    """Draw wrongly predicted images, below each its label, its prediction and the confidence.

    Parameters
    ----------
    images : array_like of uint8, (n, H, W)
        From 0 (background) to 255 (ink).
    true, predicted : sequence of str
        The label of each, and its prediction.
    confidence : sequence of float
        Of the prediction, in [0, 1].
    columns : int
        Images in a row.

    Raises
    ------
    UsageError
        Where there is not one of each an image.
    """
    pictures = np.asarray(images, dtype=np.uint8)
    counts = {len(pictures), len(true), len(predicted), len(confidence)}
    if pictures.ndim != 3 or len(counts) > 1:
        raise UsageError(
            f"found images {pictures.shape}, {len(true)} labels, {len(predicted)} predictions and "
            f"{len(confidence)} confidences, expected one of each an image: pass all four alike"
        )
    height, width = pictures.shape[1:]
    high = round(_ACROSS * height / width)
    long = any(len(a) + len(b) > _LETTERS for a, b in zip(true, predicted, strict=True))
    below = _BELOW + (14 if long else 0)
    columns = min(columns, max(1, len(pictures)))
    rows = -(-len(pictures) // columns)
    aside = 10 if long else 0  # a name may be wider than its image
    size = (columns * (_ACROSS + _GAP) - _GAP + 2 * aside, max(1, rows * (high + below)))
    said = ", ".join(f"{a} predicted as {b}" for a, b in zip(true, predicted, strict=True))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" text-anchor="middle" '
        f'aria-label="{len(pictures)} wrongly predicted images: {escape(said)}">'
    ]
    tiles = zip(pictures, true, predicted, confidence, strict=True)
    for place, (picture, known, guess, share) in enumerate(tiles):
        x, y = aside + place % columns * (_ACROSS + _GAP), place // columns * (high + below)
        middle = x + _ACROSS / 2
        parts.append(
            f'<image x="{x}" y="{y}" width="{_ACROSS}" height="{high}" href="{png_data(picture)}"/>'
        )
        base = y + high + 15
        ink, muted = f"var(--ink, {INK})", f"var(--muted, {MUTED})"
        shown, read = (escape(shortened(name, _LONGEST)) for name in (known, guess))
        guessed = f'<tspan font-weight="600" fill="var(--warm, {WARM})">{read}</tspan>'
        if long:
            parts.append(_text(middle, base, 11, ink, shown))
            parts.append(_text(middle, base + 14, 11, ink, f"→ {guessed}"))
        else:
            parts.append(_text(middle, base, 13, ink, f"{shown} → {guessed}"))
        parts.append(_text(middle, base + below - 29, 11, muted, f"{100 * share:.1f} %"))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, size: int, colour: str, content: str) -> str:
    return f'<text x="{x:g}" y="{y}" font-size="{size}" fill="{colour}">{content}</text>'

"""Images as text that a page can hold."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike

from glyphlab.report.canvas import INK

__all__ = ["image_grid", "png_data"]


def png_data(image: ArrayLike) -> str:
    """Return an image as a ``data:`` address of a grey PNG.

    Parameters
    ----------
    image : array_like of uint8, (H, W)
        From 0 (background) to 255 (ink).
    """
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image, dtype=np.uint8)).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def image_grid(images: ArrayLike, names: Sequence[str], columns: int = 6) -> str:
    """Draw images in rows, each with its name below, as one SVG text.

    Parameters
    ----------
    images : array_like of uint8, (n, H, W)
        From 0 (background) to 255 (ink).
    names : sequence of str
        One an image; may be empty strings.
    columns : int
        Images in a row.
    """
    pictures = np.asarray(images, dtype=np.uint8)
    height, width = pictures.shape[1:]
    across, gap, below = 96, 12, 22
    high = round(across * height / width)
    columns = min(columns, max(1, len(pictures)))
    rows = -(-len(pictures) // columns)
    size = (columns * (across + gap) - gap, rows * (high + below))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" font-size="13" text-anchor="middle" '
        f'aria-label="{len(pictures)} images: {escape(", ".join(filter(None, names)))}">'
    ]
    for place, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        x, y = place % columns * (across + gap), place // columns * (high + below)
        parts.append(
            f'<image x="{x}" y="{y}" width="{across}" height="{high}" href="{png_data(picture)}"/>'
            f'<text x="{x + across / 2:g}" y="{y + high + 15}" fill="var(--ink, {INK})">'
            f"{escape(name)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])

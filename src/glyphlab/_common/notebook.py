"""Pictures and tables as HTML for notebooks, with nothing fetched from anywhere."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.png import encode_png, image_address

__all__ = ["SHOWN", "contact_strip", "paragraph"]

SHOWN = 10
"""Pictures of a strip."""
_HEIGHT = 64


def contact_strip(images: ArrayLike, names: Sequence[str] = (), height: int = _HEIGHT) -> str:
    """Return the first images side by side, each with its name below.

    Parameters
    ----------
    images : array_like of uint8, (n, H, W)
        From 0 (background) to 255 (ink).
    names : sequence of str
        One an image; none for pictures alone.
    height : int
        Of each, in pixels of the page.
    """
    pictures = np.ascontiguousarray(np.asarray(images, dtype=np.uint8)[:SHOWN])
    tiles = []
    for number, content in enumerate(encode_png(pictures)):
        name = html.escape(str(names[number])) if number < len(names) else ""
        address = image_address(content)
        tiles.append(
            '<figure style="display:inline-block;margin:2px 4px;text-align:center">'
            f'<img src="{address}" alt="{name or f"picture {number + 1}"}" height="{height}" '
            f'style="image-rendering:pixelated"><figcaption>{name}</figcaption></figure>'
        )
    return f"<div>{''.join(tiles)}</div>"


def paragraph(text: str) -> str:
    """Return a text as a paragraph."""
    return f"<p>{html.escape(text)}</p>"

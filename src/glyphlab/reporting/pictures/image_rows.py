"""Images as text that a page can hold."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.png import image_address
from glyphlab.reporting.plots.canvas import INK, MUTED, WARM
from glyphlab.reporting.plots.scale import shortened

__all__ = ["contact_sheet", "image_grid", "image_rows", "png_data"]

PAGE = 760
"""Pixels across that a page gives a picture."""
_CLASSES, _OF_A_CLASS, _LETTERS = 100, 10, 24
"""Of a contact sheet: rows, images in a row, letters of a name."""


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
    return image_address(buffer.getvalue())


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
    across, gap = 96, 12
    high = round(across * height / width)
    columns = min(columns, max(1, len(pictures)))
    font = max(13, round(13 * columns * (across + gap) / PAGE))
    below, letters = font + 9, int((across + gap) / (0.56 * font))
    rows = -(-len(pictures) // columns)
    size = (columns * (across + gap) - gap, rows * (high + below))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" font-size="{font}" text-anchor="middle" '
        f'aria-label="{len(pictures)} images: {escape(", ".join(filter(None, names)))}">'
    ]
    for place, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        x, y = place % columns * (across + gap), place // columns * (high + below)
        parts.append(
            f'<image x="{x}" y="{y}" width="{across}" height="{high}" href="{png_data(picture)}"/>'
            f'<text x="{x + across / 2:g}" y="{y + high + font + 2}" fill="var(--ink, {INK})">'
            f"{escape(shortened(name, letters))}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def image_rows(
    rows: Mapping[str, ArrayLike], names: Sequence[str], columns: int = 1, lines: int = 1
) -> str:
    """Draw the same images as several treatments leave them, a row a treatment, as one SVG text.

    Parameters
    ----------
    rows : mapping of str to array_like of uint8, (n, H, W)
        Images by the name of their treatment, as many in each row. What follows a line break in
        a name stands below it, quietly.
    names : sequence of str
        What each column shows, above it.
    columns, lines : int
        Column ranges of equal width, and row ranges of equal height, that hold a symbol each: their
        borders are drawn over the images, so that the eye sees what crosses them.
    """
    return _drawn([(name, np.asarray(images, dtype=np.uint8)) for name, images in rows.items()],
                  names, columns, lines)  # fmt: skip


def _drawn(
    rows: Sequence[tuple[str, NDArray[np.uint8]]],
    names: Sequence[str] = (),
    columns: int = 1,
    lines: int = 1,
) -> str:
    """Draw rows as `image_rows` does; several may have one name."""
    first = rows[0][1]
    height, width = first.shape[1:]
    across, gap, widest = 96, 10, max(len(images) for _, images in rows)
    # a page shows it no wider than PAGE, and its words are to stay as large as others
    font = max(13, round(13 * (104 + widest * (across + gap)) / PAGE))
    top = font + 9 if any(names) else 0
    longest = max(len(line) for name, _ in rows for line in name.split("\n"))
    left = max(104, 20 + round(0.56 * font * longest)) if longest else 0
    high = round(across * height / width)
    size = (left + widest * (across + gap) - gap, top + len(rows) * (high + gap) - gap)
    said = escape(", ".join(_first_line(name) for name, _ in rows))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" font-size="{font}" '
        f'aria-label="{len(first)} images each: {said}">'
    ]
    for place, name in enumerate(names):
        middle = left + place * (across + gap) + across / 2
        parts.append(
            f'<text x="{middle:g}" y="{font}" text-anchor="middle" fill="var(--muted, {MUTED})">'
            f"{escape(name)}</text>"
        )
    for down, (name, images) in enumerate(rows):
        y = top + down * (high + gap)
        title, _, below = name.partition("\n")
        for text, lower, colour in (
            (title, 0, f"--ink, {INK}"),
            (below, font + 4, f"--muted, {MUTED}"),
        ):
            parts.append(
                f'<text x="{left - 12}" y="{y + high / 2 + lower:g}" text-anchor="end" '
                f'fill="var({colour})">{escape(text)}</text>'
            )
        for place, picture in enumerate(images):
            x = left + place * (across + gap)
            parts.append(
                f'<image x="{x}" y="{y}" width="{across}" height="{high}" '
                f'href="{png_data(picture)}"/>'
            )
            borders = [f"M{x + across * n / columns:g} {y}v{high}" for n in range(1, columns)]
            borders += [f"M{x} {y + high * n / lines:g}h{across}" for n in range(1, lines)]
            parts += [
                f'<path d="{border}" stroke="var(--warm, {WARM})" '
                'stroke-dasharray="3 3" opacity="0.8"/>'
                for border in borders
            ]
    return "\n".join([*parts, "</svg>", ""])


def contact_sheet(images: ArrayLike, labels: ArrayLike, names: Sequence[str]) -> str:
    """Draw the first images of each class in a row, the class and its number of images beside them.

    Parameters
    ----------
    images : array_like of uint8, (n, H, W)
    labels : array_like of int, (n,)
    names : sequence of str
        Of the classes. Of more than a hundred the first are drawn; a class without an image is not.
    """
    pictures, classes = np.asarray(images, dtype=np.uint8), np.asarray(labels)
    rows = []
    for label, name in enumerate(names[:_CLASSES]):
        members = np.flatnonzero(classes == label)
        if len(members):
            count = "1 image" if len(members) == 1 else f"{len(members):,} images"
            # by their shortened names two classes may be one
            shown = f"{shortened(name, _LETTERS)}\n{count}"
            rows.append((shown, pictures[members[:_OF_A_CLASS]]))
    return _drawn(rows).replace("<svg ", '<svg font-family="sans-serif" ', 1)


def _first_line(name: str) -> str:
    return name.partition("\n")[0]

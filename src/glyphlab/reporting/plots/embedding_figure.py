"""Maps of many points as pictures."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.png import image_address
from glyphlab.data.class_names import label_text
from glyphlab.reporting.plots.canvas import INK, MUTED

__all__ = ["embedding_figure", "label_colours", "pair_colours"]

WIDTH, WIDEST, GAP, TITLE = 700, 460, 24, 26
"""Of the figure and of a map in it, at most."""
SHARP = 3
"""Pixels of the picture for one of the page."""
LEGEND = 22


def label_colours(
    labels: NDArray[Any], called: Mapping[Any, str] = MappingProxyType({})
) -> tuple[NDArray[np.uint8], list[tuple[str, str]]]:
    """Return a colour for each point by its label, and the legend: names and colours.

    Hues run once round, equally light, in the order of the labels; `called` has the text of those
    that have one.
    """
    known, codes = np.unique(labels, return_inverse=True)
    hues = 25 + 320 * np.arange(len(known)) / max(1, len(known))
    palette = np.array([_colour(0.66, 0.15, hue) for hue in hues], np.uint8)
    legend = [
        (called.get(label, str(label)), _hex(colour))
        for label, colour in zip(known.tolist(), palette, strict=True)
    ]
    return palette[codes], legend


def pair_colours(
    symbols: NDArray[np.int64], names: Sequence[str] = ()
) -> tuple[NDArray[np.uint8], list[tuple[str, str]]]:
    """Return a colour for each point by its first two symbols, and the legend.

    The hue says the first symbol, the lightness the second; the legend has one of each first.
    """
    first, second = symbols[:, 0], symbols[:, 1] if symbols.shape[1] > 1 else symbols[:, 0]
    classes = int(symbols.max(initial=0)) + 1
    palette = np.array(
        [
            [
                _colour(0.45 + 0.4 * light / max(1, classes - 1), 0.13, 25 + 320 * hue / classes)
                for light in range(classes)
            ]
            for hue in range(classes)
        ],
        np.uint8,
    )
    legend = [
        (f"{label_text([one], names)}+…", _hex(palette[one, classes // 2]))
        for one in range(classes)
    ]
    return palette[first, second], legend


def embedding_figure(
    panels: Sequence[tuple[str, NDArray[np.float64], NDArray[np.uint8]]],
    legend: Sequence[tuple[str, str]],
    columns: int = 3,
) -> str:
    """Draw maps side by side as one SVG text.

    Parameters
    ----------
    panels : sequence of (title, points (n, 2), colours (n, 3) uint8)
    legend : sequence of (name, colour)
    columns : int
        Maps in a row, at most; four stand in two rows.
    """
    columns = 2 if len(panels) == 4 else min(columns, max(1, len(panels)))
    rows = -(-len(panels) // columns)
    side = min(WIDEST, (WIDTH + GAP) // columns - GAP)
    across = columns * (side + GAP) - GAP
    cell = max(62, 24 + 7 * max((len(name) for name, _ in legend), default=0))
    a_row = max(1, across // cell)
    below = 14 + LEGEND * -(-len(legend) // a_row)
    high = rows * (side + TITLE + GAP) - GAP + below
    said = ", ".join(escape(title) for title, _, _ in panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {across} {high}" '
        f'width="{across}" height="{high}" aria-label="maps of points: {said}">'
    ]
    for place, (title, points, colours) in enumerate(panels):
        x = place % columns * (side + GAP)
        y = place // columns * (side + TITLE + GAP)
        parts.append(
            f'<text x="{x}" y="{y + 16}" font-size="13" fill="var(--ink, {INK})">'
            f"{escape(title)}</text>"
            f'<image x="{x}" y="{y + TITLE}" width="{side}" height="{side}" '
            f'href="{_dots(points, colours, side)}"/>'
        )
    top = high - below + 14
    for place, (name, colour) in enumerate(legend):
        x, y = place % a_row * cell, top + place // a_row * LEGEND
        parts.append(
            f'<circle cx="{x + 7}" cy="{y + 8}" r="5" fill="{colour}"/>'
            f'<text x="{x + 17}" y="{y + 12}" font-size="12" fill="var(--muted, {MUTED})">'
            f"{escape(name)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _dots(points: NDArray[np.float64], colours: NDArray[np.uint8], side: int) -> str:
    """Return points as dots on a transparent PNG, as a ``data:`` address."""
    from PIL import Image

    size, radius = side * SHARP, 3.2 if len(points) > 4_000 else 4.2
    radius = max(radius, min(9.0, 100 / math.sqrt(len(points))))  # few are seen from afar
    middle = (points.max(0) + points.min(0)) / 2
    spread = max(float((points.max(0) - points.min(0)).max()), 1e-12)
    at = (points - middle) / spread * (size - 4 * radius) + size / 2
    picture = np.zeros((size, size, 4), np.uint8)
    reach = math.ceil(radius)
    offsets = np.arange(-reach, reach + 1)
    down, right = (axis.ravel() for axis in np.meshgrid(offsets, offsets, indexing="ij"))
    inside = down**2 + right**2 <= radius**2
    order = np.random.default_rng(0).permutation(len(points))  # no label lies always on top
    corner = np.floor(at[order]).astype(np.int64)
    rows = np.clip(size - 1 - corner[:, 1:] + down[inside], 0, size - 1)
    columns = np.clip(corner[:, :1] + right[inside], 0, size - 1)
    picture[rows.ravel(), columns.ravel(), :3] = np.repeat(colours[order], inside.sum(), axis=0)
    picture[rows.ravel(), columns.ravel(), 3] = 225
    buffer = io.BytesIO()
    Image.fromarray(picture).quantize(200).save(buffer, "PNG", optimize=True)
    return image_address(buffer.getvalue())


def _colour(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """Return an sRGB colour of Oklch (Ottosson, 2020), cut to what a screen shows."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    shown = [
        12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055
        for c in (min(1.0, max(0.0, one)) for one in linear)
    ]
    red, green, blue = (round(255 * c) for c in shown)
    return red, green, blue


def _hex(colour: NDArray[np.uint8]) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in colour)

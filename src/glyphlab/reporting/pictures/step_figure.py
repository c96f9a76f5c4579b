"""How pictures were prepared: a row a picture, a tile a step."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glyphlab.reporting.plots.canvas import GRID, INK, MUTED, drawing, to_svg

__all__ = ["step_figure"]

_TILE, _CAPTION, _TITLE = 132, 34, 24
_ACROSS = 6
"""Tiles side by side; more go on below."""
_LETTERS = 22
"""Characters of a caption that fit over a tile."""
_MOST_PIXELS = 600
"""Of a picture's longer side in the figure: a photograph has many more than a tile shows."""
Rows = Mapping[str, Sequence[tuple[str, ArrayLike]]]


def step_figure(rows: Rows) -> str:
    """Draw the steps of preparations as SVG text.

    Parameters
    ----------
    rows : mapping of str to sequence of (str, (h, w) uint8)
        For each picture its steps: what was done, and what came of it.
    """
    lines = [
        (name if start == 0 else "", steps[start : start + _ACROSS])
        for name, steps in rows.items()
        for start in range(0, len(steps), _ACROSS)
    ]
    across = max(len(steps) for _, steps in lines)
    high = _TILE + _CAPTION + _TITLE
    with drawing(max(2, across) * (_TILE + 12), len(lines) * high) as figure:
        parts = figure.subfigures(len(lines), 1, squeeze=False)[:, 0]
        for part, (name, steps) in zip(parts, lines, strict=True):
            part.suptitle(_short(name, 18 * max(2, across)), x=0.01, ha="left", color=INK,
                          fontsize=12)  # fmt: skip
            cells = part.subplots(1, max(2, across), squeeze=False)[0]
            for cell, (step, picture) in zip(cells, steps, strict=False):
                shown = _small(np.asarray(picture, np.uint8))
                cell.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
                caption = "\n".join(textwrap.wrap(step, _LETTERS)[:2])
                cell.set_title(caption, fontsize=10, color=MUTED)
                cell.set(xticks=[], yticks=[], anchor="N")
                for side in cell.spines.values():
                    side.set_visible(True)
                    side.set_color(GRID)
            for cell in cells[len(steps) :]:
                cell.set_axis_off()
        return to_svg(figure, f"How {', '.join(rows)} became what the model reads")


def _small(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    from PIL import Image

    if max(picture.shape) <= _MOST_PIXELS:
        return picture
    zoom = _MOST_PIXELS / max(picture.shape)
    size = tuple(max(1, round(side * zoom)) for side in picture.shape[::-1])
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def _short(name: str, most: int) -> str:
    """Return the end of a path, which tells it from others."""
    return name if len(name) <= most else "…" + name[1 - most :]

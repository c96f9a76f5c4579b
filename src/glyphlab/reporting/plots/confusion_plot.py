"""Confusion matrices: the share of each true class that is predicted as each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glyphlab.reporting.plots.canvas import GRID, INK, MUTED, WARM, drawing, series_colour, to_svg
from glyphlab.reporting.plots.scale import class_axis

__all__ = ["confusion_figure"]

_SMALL, _CELL = 380, 16
_FEW = 12
"""Classes whose cells have room for a number."""
_SHOWN = 0.005
"""Share from which a number stands in a cell."""


def confusion_figure(counts: ArrayLike, class_names: Sequence[str], title: str = "") -> str:
    """Draw a row-normalised confusion matrix with a key; the errors stand out.

    Parameters
    ----------
    counts : array_like of int, (classes, classes)
        Rows are true, columns predicted.
    class_names : sequence of str
        Name of each class.
    title : str
        Of what.
    """
    table = np.asarray(counts)
    size = len(table)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    wrong = np.where(np.eye(size, dtype=bool), 0, shares)
    most = float(wrong.max())
    across = max(_SMALL, 60 + _CELL * size)
    with drawing(across, across + 84) as figure:
        from matplotlib.patches import Rectangle

        axes = figure.subplots()
        for true, predicted in np.ndindex(size, size):
            share, right = float(shares[true, predicted]), true == predicted
            if not share:
                continue
            box = Rectangle((predicted + 0.04, true + 0.04), 0.92, 0.92, lw=0)
            box.set_facecolor(series_colour(0) if right else WARM)
            box.set_alpha(_depth(share, 1.0, 0.5) if right else _depth(share, most))
            axes.add_patch(box)
            if size <= _FEW and share >= _SHOWN:
                style = {"ha": "center", "va": "center", "color": INK, "fontsize": 10}
                axes.text(predicted + 0.5, true + 0.52, f"{100 * share:.0f}", **style)
        middle = np.arange(size) + 0.5
        class_axis(axes.xaxis, middle, class_names, across - 100)
        class_axis(axes.yaxis, middle, class_names, across - 100)
        axes.tick_params(labelcolor=INK)
        axes.set(xlim=(0, size), ylim=(size, 0), aspect="equal")
        axes.set(xlabel="predicted as", ylabel="true class")
        if title:
            axes.set_title(title, color=INK)
        for side in axes.spines.values():
            side.set_color(GRID)
        _key(figure, most)
        share = 1 - np.trace(table) / max(1, table.sum())
        of = f" of {title}" if title else ""
        said = f"Confusion matrix{of}: {share:.2%} of {table.sum():,} symbols predicted wrongly"
        return to_svg(figure, said)


def _depth(share: float, most: float, strongest: float = 0.6) -> float:
    """Return how opaque a cell is: never so much that its number is hard to read, light or dark."""
    return 0.08 + (strongest - 0.08) * share / max(most, 1e-12)


def _key(figure: Any, most: float) -> None:
    """Draw what the colours mean, below the matrix: correct from 0 to 100 %, errors to the most."""
    from matplotlib.lines import Line2D

    def patch(colour: str, alpha: float, label: str) -> Line2D:
        look: dict[str, Any] = {"marker": "s", "ms": 10, "ls": "", "mew": 0}
        return Line2D([], [], color=colour, alpha=alpha, label=label, **look)

    entries = [
        patch(series_colour(0), _depth(1.0, 1.0, 0.5), "100 % correct"),
        patch(WARM, _depth(most / 4, most), f"{25 * most:.2g} % wrongly"),
        patch(WARM, _depth(most, most), f"{100 * most:.2g} % wrongly"),
    ]
    figure.legend(
        handles=entries if most else entries[:1], loc="outside lower center", ncols=3,
        handlelength=1, labelcolor=MUTED, title="share of a row", title_fontsize=10, fontsize=10,
    )  # fmt: skip

"""Shares by two classes: a square of cells for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from glyphlab.reporting.plots.canvas import GRID, INK, drawing, series_colour, to_svg
from glyphlab.reporting.plots.scale import class_axis

__all__ = ["pair_grid"]

_SIDE, _APART = 290, 40
"""Width of a square with its labels, and what is above and below it."""
_STRONGEST = 0.75


def pair_grid(
    tables: Mapping[str, ArrayLike], class_names: Sequence[str], ylabel: str, xlabel: str, of: str
) -> str:
    """Draw a square for each table, whose cells are the darker the higher their share.

    Parameters
    ----------
    tables : mapping of str to (classes, classes) float
        Shares in [0, 1]; NaN where there is none, which stays empty.
    class_names : sequence of str
    ylabel, xlabel : str
        What rows and columns are.
    of : str
        What the shares are of.
    """
    size = len(class_names)
    with drawing(_SIDE * len(tables), _SIDE + _APART) as figure:
        from matplotlib.patches import Rectangle

        squares = figure.subplots(1, len(tables), squeeze=False)[0]
        for axes, (title, given) in zip(squares, tables.items(), strict=True):
            table = np.asarray(given, float)
            for row, column in np.ndindex(table.shape):
                share = float(table[row, column])
                if np.isnan(share):
                    continue
                box = Rectangle((column + 0.04, row + 0.04), 0.92, 0.92, lw=0)
                box.set_facecolor(series_colour(0))
                box.set_alpha(_STRONGEST * min(max(share, 0.0), 1.0))
                axes.add_patch(box)
                style = {"ha": "center", "va": "center", "color": INK, "fontsize": 9}
                axes.text(column + 0.5, row + 0.52, f"{100 * share:.0f}", **style)
            middle = np.arange(size) + 0.5
            for axis in (axes.xaxis, axes.yaxis):
                class_axis(axis, middle, class_names, _SIDE - 60)
            axes.tick_params(labelcolor=INK)
            axes.set(xlim=(0, size), ylim=(size, 0), aspect="equal", xlabel=xlabel)
            if axes is squares[0]:
                axes.set_ylabel(ylabel, labelpad=8)
            axes.set_title(title, color=INK)
            for side in axes.spines.values():
                side.set_color(GRID)
        means = ", ".join(
            f"{name} {np.nanmean(np.asarray(table, float)):.1%}" for name, table in tables.items()
        )
        return to_svg(figure, f"{of} by {ylabel} and {xlabel}, in percent: {means} on the mean")

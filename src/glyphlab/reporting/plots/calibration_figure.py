"""Confidence against accuracy, a small chart a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glyphlab.metrics import Calibration
from glyphlab.reporting.plots.canvas import INK, MUTED, drawing, series_colour, to_svg

__all__ = ["calibration_figure"]

_WIDTH, _CELL = 580, 270
_ALONE = 340


def calibration_figure(models: Mapping[str, Sequence[Calibration]]) -> str:
    """Draw how often answers of each confidence are right; on the diagonal a model keeps its word.

    Parameters
    ----------
    models : mapping of str to sequence of Calibration
        One calibration a seed: a line each, with the intervals of the first.
    """
    across = min(len(models), 2)
    down = -(-len(models) // across)
    with drawing(_WIDTH if len(models) > 1 else _ALONE, _CELL * down) as figure:
        figure.get_layout_engine().set(h_pad=0.14)  # between a name below and one above
        cells = figure.subplots(down, across, squeeze=False)
        for place, (cell, (name, seeds)) in enumerate(
            zip(cells.ravel(), models.items(), strict=False)
        ):
            cell.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (3, 3)))
            colour = series_colour(place)
            for number, one in enumerate(seeds):
                x = np.array([each.confidence for each in one.bins])
                y = np.array([each.accuracy for each in one.bins])
                if number == 0:
                    ends = np.array([[each.low, each.high] for each in one.bins]).T
                    cell.vlines(x, *ends, color=colour, lw=3, alpha=0.25)
                cell.plot(x, y, "o-", color=colour, lw=1.2, ms=3, alpha=1 if number == 0 else 0.5)
            error = float(np.mean([one.error for one in seeds]))
            chance = float(np.mean([one.chance for one in seeds]))
            said = f"{name}\noff by {100 * error:.1f} points (chance {100 * chance:.1f})"
            cell.set_title(said, color=INK, fontsize=11)
            cell.set(xlabel="confidence", ylabel="accuracy")
            cell.set_aspect("equal")
            cell.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
            ticks = (0, 0.5, 1)
            cell.set_xticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
            cell.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
            cell.grid(visible=True)
        for cell in cells.ravel()[len(models) :]:
            cell.set_axis_off()
        return to_svg(figure, f"accuracy against confidence of {', '.join(models)}")

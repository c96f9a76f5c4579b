"""Learning curves of many trainings, a small chart each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glyphlab.reporting.plots.canvas import INK, drawing, series_colour, to_svg
from glyphlab.reporting.plots.scale import accuracy_axis

__all__ = ["curve_grid", "loss_axis"]

Curves = Sequence[Sequence[float]]
_WIDTH = 580
_CELLS = {1: 240, 2: 190}
"""Height of a chart, where it stands alone or beside one other."""
_CELL = 132
_LETTERS = 19
"""What fits over a small chart, with four of them side by side."""


def curve_grid(
    panels: Mapping[str, Mapping[str, Curves]], ylabel: str, *, share: bool = True
) -> str:
    """Draw a small chart for each training, all on one scale.

    Parameters
    ----------
    panels : mapping of str to mapping of str to sequence of sequence of float
        For each chart its lines by name, such as ``training`` and ``validation``, the same names in
        every chart; for each line one curve a seed, drawn as far as every seed got: the mean over
        seeds, and a band from the lowest seed to the highest.
    ylabel : str
        What is drawn.
    share : bool
        Whether the values are shares in [0, 1], drawn on the scale of accuracies; otherwise they
        are losses, on a logarithmic scale.
    """
    across = min(len(panels), 3 if len(panels) % 4 and len(panels) <= 9 else 4)
    across = 5 if len(panels) == 10 else across
    down = -(-len(panels) // across)
    lines = dict.fromkeys(name for panel in panels.values() for name in panel)
    shown: list[float] = []
    longest = 1
    with drawing(_WIDTH, 62 + _CELLS.get(across, _CELL) * down) as figure:
        cells = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for place, (cell, (title, panel)) in enumerate(
            zip(cells.ravel(), panels.items(), strict=False)
        ):
            for series, name in enumerate(lines):
                seeds = panel.get(name, ())
                epochs = min((len(curve) for curve in seeds), default=0)
                if not epochs:
                    continue
                table = np.array([list(curve)[:epochs] for curve in seeds])
                x, colour = np.arange(1, epochs + 1), series_colour(series)
                low, mean, high = table.min(axis=0), table.mean(axis=0), table.max(axis=0)
                cell.fill_between(x, low, high, color=colour, alpha=0.22, lw=0)
                dot = {"marker": "o", "ms": 4} if epochs == 1 else {}
                label = name if place == 0 else None
                cell.plot(x, mean, color=colour, lw=1.8, label=label, **dot)
                shown += [float(table.min()), float(table.max())]
                longest = max(longest, epochs)
            cell.set_title(_short(title, across), color=INK, fontsize=11)
            cell.grid(axis="y")
            # The lowest of its column carries the epochs, also where the last row is not full.
            lowest = place + across >= len(panels)
            cell.tick_params(labelbottom=lowest, labelsize=10)
        for cell in cells.ravel()[len(panels) :]:
            cell.set_axis_off()
        first = cells[0, 0]
        first.set_xticks([1, longest] if longest > 1 else [1])
        first.set_xlim(0.5, longest + 0.5)
        if share:
            accuracy_axis(first.yaxis, shown)
        else:
            loss_axis(first, shown)
        figure.supxlabel("epoch", fontsize=11, color=INK)
        figure.supylabel(ylabel, fontsize=11, color=INK)
        figure.legend(loc="outside upper left", ncols=len(lines), handlelength=1.2)
        return to_svg(figure, f"{ylabel} by epoch, {', '.join(lines)}, of {', '.join(panels)}")


def loss_axis(axes: object, shown: Sequence[float]) -> None:
    """Give the charts a logarithmic axis of losses with a few plain numbers on it."""
    positive = [value for value in shown if value > 0] or [1.0]
    low, high = min(positive) / 1.15, max(positive) * 1.15
    marks = [
        digit * 10.0**power
        for power in range(-6, 7)
        for digit in (1, 2, 5)
        if low <= digit * 10.0**power <= high
    ]
    marks = marks or [float(f"{positive[-1]:.1g}")]
    while len(marks) > 5:
        marks = marks[::2]
    axes.set_yscale("log")  # type: ignore[attr-defined]
    axes.set_ylim(low, high)  # type: ignore[attr-defined]
    axes.set_yticks(marks, [f"{mark:g}" for mark in marks])  # type: ignore[attr-defined]
    axes.minorticks_off()  # type: ignore[attr-defined]


def _short(title: str, across: int) -> str:
    most = _LETTERS * 4 // across
    return title if len(title) <= most else title[: most - 1] + "…"

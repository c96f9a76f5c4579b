"""Learning curves of many trainings, a small chart each."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab.reporting.plots.canvas import INK, drawing, legend_above, series_colour, to_svg
from glyphlab.reporting.plots.scale import accuracy_axis

__all__ = ["curve_grid", "loss_axis", "sweep_grid"]

Curves = Sequence[Sequence[float]]
_WIDTH = 580
_CELLS = {1: 240, 2: 190}
"""Height of a chart, where it stands alone or beside one other."""
_CELL = 132
_DIGIT = 7.0
"""Width of a digit under a small chart, on the scale of `_WIDTH`."""
_ASIDE = 1.0
"""Charts that would fit into the room beside and between charts."""
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
        legend_above(figure, len(lines))
        return to_svg(figure, f"{ylabel} by epoch, {', '.join(lines)}, of {', '.join(panels)}")


def sweep_grid(
    panels: Mapping[str, Sequence[tuple[float, float, float, float]]],
    units: Mapping[str, str],
    ylabel: str,
) -> str:
    """Draw a small chart for each thing that is changed in steps, all on one plain scale of shares.

    Parameters
    ----------
    panels : mapping of str to sequence of (number, mean, low, high)
        For each chart its points from left to right: the number, and a share in [0, 1] with its
        interval, drawn as a band.
    units : mapping of str to str
        What the numbers of each chart count.
    ylabel : str
        What is drawn.
    """
    across = min(len(panels), 3)
    down = -(-len(panels) // across)
    with drawing(_WIDTH, 30 + _CELLS[2] * down) as figure:
        cells = figure.subplots(down, across, squeeze=False, sharey=True)
        for cell, (title, points) in zip(cells.ravel(), panels.items(), strict=False):
            x, mean, low, high = np.array(points, dtype=np.float64).T
            colour = series_colour(0)
            cell.fill_between(x, low, high, color=colour, alpha=0.22, lw=0)
            cell.plot(x, mean, "o-", color=colour, lw=1.8, ms=4)
            cell.set_title(title, color=INK, fontsize=11)
            cell.set_xlabel(_wrapped(units[title]), fontsize=10)
            cell.set_xticks(x, _legible(x, _WIDTH / (across + _ASIDE)))
            cell.tick_params(labelsize=10)
            cell.grid(axis="y")
        for cell in cells.ravel()[len(panels) :]:
            cell.set_axis_off()
        first = cells[0, 0]
        first.set_ylim(0, 1.02)
        ticks = (0, 0.25, 0.5, 0.75, 1)
        first.set_yticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
        figure.supylabel(ylabel, fontsize=11, color=INK)
        return to_svg(figure, f"{ylabel} as {', '.join(panels)} grow stronger, with intervals")


def _legible(x: NDArray[np.float64], width: float) -> list[str]:
    """Return the labels of ticks in a chart of a width, empty where one would touch the next.

    The first and the last are always there.
    """
    texts = [f"{one:g}".replace("-", "\N{MINUS SIGN}") for one in x]
    at = (x - x[0]) / max(float(x[-1] - x[0]), 1e-9) * width
    shown = [0]
    last = len(texts) - 1
    for number in range(1, last + 1):
        apart = min(
            abs(at[number] - at[other]) - _DIGIT * (len(texts[number]) + len(texts[other])) / 2
            for other in {shown[-1], last} - {number}
        )
        if number == last or apart > _DIGIT:
            shown.append(number)
    return [text if number in shown else "" for number, text in enumerate(texts)]


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 26))


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

"""The figures of a report: arrays in, SVG text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glyphlab.reporting.plots.canvas import GRID, INK, drawing, legend_above, series_colour, to_svg
from glyphlab.reporting.plots.scale import accuracy_axis, class_axis

__all__ = [
    "digit_figure",
    "interval_figure",
    "label_grid",
    "learning_figure",
    "overlap_figure",
]

_WIDTH = 580


def interval_figure(rows: Sequence[Mapping[str, Any]]) -> str:
    """Draw each model's mean with its interval.

    Parameters
    ----------
    rows : sequence of mapping
        ``name`` (str) and ``mean``, ``low``, ``high`` (in [0, 1]) of each, drawn from the top;
        where there is ``each``, the values behind the mean are ticks.
    """
    with drawing(_WIDTH, 64 + 30 * len(rows)) as figure:
        axes = figure.subplots()
        for place, row in enumerate(rows):
            colour = series_colour(place)
            low, mean, high = row["low"], row["mean"], row["high"]
            axes.plot([low, high], [place, place], color=colour, lw=7, alpha=0.35)
            each = row.get("each", [])
            axes.plot(each, np.full(len(each), place), "|", color=INK, ms=11, mew=1.4)
            axes.plot([mean], [place], "o", color=colour, ms=8)
        ends = [row[end] for row in rows for end in ("low", "high")]
        ends += [value for row in rows for value in row.get("each", [])]
        note = accuracy_axis(axes.xaxis, ends, [row["mean"] for row in rows])
        axes.set_xlabel(f"exact match{note}")
        axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=13)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        said = ", ".join(
            f"{row['name']} {row['mean']:.2%} from {row['low']:.2%} to {row['high']:.2%}"
            for row in rows
        )
        return to_svg(figure, f"Exact match with intervals: {said}")


def learning_figure(curves: Mapping[str, Sequence[Sequence[float]]], ylabel: str) -> str:
    """Draw a score by epoch: the mean over seeds, and a band from the lowest seed to the highest.

    Parameters
    ----------
    curves : mapping of str to sequence of sequence of float
        For each model one curve a seed, in [0, 1]; drawn as far as every seed got.
    ylabel : str
        What the score is.
    """
    with drawing(_WIDTH, 300) as figure:
        axes = figure.subplots()
        shown, longest = [], 1
        for place, (name, seeds) in enumerate(curves.items()):
            epochs = min((len(curve) for curve in seeds), default=0)
            if epochs == 0:
                continue
            table = np.array([list(curve)[:epochs] for curve in seeds])
            x, colour = np.arange(1, epochs + 1), series_colour(place)
            low, high = table.min(axis=0), table.max(axis=0)
            axes.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
            style = {"color": colour, "lw": 2, "label": name}
            axes.plot(x, table.mean(axis=0), marker="o", ms=4, **style)
            shown += [table.min(), table.max()]
            longest = max(longest, epochs)
        accuracy_axis(axes.yaxis, shown)
        step = max(1, round(longest / 10))
        axes.set_xticks(range(step if step > 1 else 1, longest + 1, step))
        axes.set_xlim(0.8, longest + 0.2)
        axes.set_xlabel("epoch")
        axes.set_ylabel(ylabel)
        axes.grid(axis="y")
        legend_above(figure)
        return to_svg(figure, f"Learning curves of {', '.join(curves)}: {ylabel} by epoch")


def digit_figure(accuracies: Mapping[str, ArrayLike], class_names: Sequence[str]) -> str:
    """Draw the accuracy of each class, models side by side, with a line from seed to seed.

    Parameters
    ----------
    accuracies : mapping of str to array_like, (seeds, classes)
        In [0, 1]; NaN where a class does not occur.
    class_names : sequence of str
        Name of each class.
    """
    with drawing(_WIDTH, 270) as figure:
        axes = figure.subplots()
        shown: list[float] = []
        step = min(0.16, 0.7 / max(1, len(accuracies)))
        for place, (name, values) in enumerate(accuracies.items()):
            table = np.asarray(values, dtype=np.float64)
            known = ~np.isnan(table).any(axis=0)
            x = np.flatnonzero(known) + (place - (len(accuracies) - 1) / 2) * step
            table, colour = table[:, known], series_colour(place)
            low, high = table.min(axis=0), table.max(axis=0)
            axes.vlines(x, low, high, color=colour, lw=3, alpha=0.4)
            axes.plot(x, table.mean(axis=0), "o", color=colour, ms=6, label=name)
            shown += [float(table.min()), float(table.max())]
        accuracy_axis(axes.yaxis, shown)
        class_axis(axes.xaxis, range(len(class_names)), class_names, _WIDTH - 60)
        axes.tick_params(axis="x", labelcolor=INK)
        axes.set_xlabel("true class")
        axes.set_ylabel("accuracy")
        axes.grid(axis="y")
        legend_above(figure)
        return to_svg(figure, f"Accuracy of each class for {', '.join(accuracies)}")


def label_grid(groups: Mapping[str, Sequence[int]], labels: int, columns: int = 50) -> str:
    """Draw every possible label as a square in the colour of the split it belongs to.

    Parameters
    ----------
    groups : mapping of str to sequence of int
        The labels of each split, in ``0..labels-1``.
    labels : int
        How many labels are possible.
    columns : int
        Squares in a row.
    """
    rows = -(-labels // columns)
    with drawing(_WIDTH, 60 + rows * (_WIDTH - 40) / columns) as figure:
        axes = figure.subplots()
        size = 0.55 * (_WIDTH - 40) / columns
        every = np.setdiff1d(np.arange(labels), np.concatenate([[], *map(list, groups.values())]))
        axes.plot(every % columns, every // columns, "s", color=GRID, ms=size)
        for place, (name, members) in enumerate(groups.items()):
            which = np.asarray(members, dtype=np.int64)
            style = {"color": series_colour(place), "ms": size, "mew": 0}
            axes.plot(which % columns, which // columns, "s", label=name, **style)
        axes.set(xlim=(-0.8, columns - 0.2), ylim=(rows - 0.2, -0.8))
        axes.set_axis_off()
        legend_above(figure)
        sizes = ", ".join(f"{len(members)} in {name}" for name, members in groups.items())
        return to_svg(figure, f"{labels} possible labels: {sizes}")


def overlap_figure(shares: Mapping[str, float]) -> str:
    """Draw shares of a whole as bars, each with its number.

    Parameters
    ----------
    shares : mapping of str to float
        In [0, 1], by name.
    """
    with drawing(_WIDTH, 30 + 34 * len(shares)) as figure:
        axes = figure.subplots()
        places = np.arange(len(shares))
        axes.barh(places, 1, height=0.5, color=GRID, alpha=0.6)
        axes.barh(places, list(shares.values()), height=0.5, color=series_colour(0))
        for place, share in zip(places, shares.values(), strict=True):
            axes.text(1.015, place, f"{100 * share:.1f} %", va="center", color=INK)
        axes.set_yticks(places, list(shares))
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set(xlim=(0, 1.12), ylim=(len(shares) - 0.5, -0.5), xticks=[])
        for side in axes.spines.values():
            side.set_visible(False)
        said = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
        return to_svg(figure, f"Shares: {said}")

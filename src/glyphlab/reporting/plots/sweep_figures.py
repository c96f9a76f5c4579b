"""Accuracy against one number: a strength, a depth, a width, a count of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab.metrics import SizeAtLevel
from glyphlab.reporting.plots.canvas import (
    INK,
    MUTED,
    SERIES,
    WARM,
    drawing,
    legend_above,
    series_colour,
    to_svg,
)
from glyphlab.reporting.plots.scale import accuracy_axis

__all__ = ["parameters_figure", "sweep_figure"]

Point = tuple[int, float, float, float]
_WIDTH = 580
_LEAST_APART = 13
"""Pixels between two names, so that neither is struck out."""


def sweep_figure(
    series: Mapping[str, Mapping[float, Sequence[float]]],
    xlabel: str,
    ylabel: str,
    *,
    log: bool = False,
    marks: Mapping[str, float] | None = None,
    share: bool = True,
) -> str:
    """Draw accuracy against a number: means over seeds, bands from the lowest seed to the highest.

    Parameters
    ----------
    series : mapping of str to mapping of float to sequence of float
        For each line, accuracies in [0, 1] of every seed at each number.
    xlabel, ylabel : str
        What the number and the accuracy are.
    log : bool
        Whether the numbers lie on a logarithmic axis; they are positive then.
    marks : mapping of str to float, optional
        Accuracies to hold the lines against, each a dotted line with its name.
    share : bool
        Whether the values are accuracies; else they are numbers from 0 up, on a plain axis.
    """
    with drawing(_WIDTH, 310) as figure:
        axes = figure.subplots()
        shown: list[float] = []
        for place, (name, points) in enumerate(series.items()):
            x = sorted(points)
            low, mean, high = (
                np.array([float(of(points[one])) for one in x]) for of in (np.min, np.mean, np.max)
            )
            colour = series_colour(place)
            axes.fill_between(x, low, high, color=colour, alpha=0.22, lw=0)
            axes.plot(x, mean, "o-", color=colour, lw=2, ms=5, label=name)
            shown += [float(low.min()), float(high.max())]
        shown += list((marks or {}).values())
        if share:
            accuracy_axis(axes.yaxis, shown)
        else:
            axes.set_ylim(bottom=0)
        numbers = sorted({number for points in series.values() for number in points})
        if log:
            axes.set_xscale("log")
        ticks = _thinned(numbers, log)
        axes.set_xticks(ticks, [_plain(number) for number in ticks])
        axes.minorticks_off()
        axes.set(xlabel=xlabel, ylabel=ylabel)
        axes.grid(axis="y")
        _name_marks(figure, axes, marks or {})
        if len(series) > 1:
            legend_above(figure)
        return to_svg(figure, f"{ylabel} against {xlabel}: {', '.join(series)}")


def parameters_figure(
    points: Mapping[str, Point],
    ylabel: str,
    *,
    level: float | None = None,
    estimate: SizeAtLevel | None = None,
) -> str:
    """Draw accuracy against the number of parameters, a point with its interval a model.

    Parameters
    ----------
    points : mapping of str to (int, float, float, float)
        For each model its parameters, and mean, low and high of its accuracy in [0, 1]. Up to
        seven have the colours that they have elsewhere on a page.
    ylabel : str
        What the accuracy is.
    level : float, optional
        An accuracy to mark.
    estimate : SizeAtLevel, optional
        How many parameters it takes to reach `level`; drawn where every seed reached it between
        two of the models.
    """
    with drawing(_WIDTH, 340) as figure:
        axes = figure.subplots()
        shown = [end for point in points.values() for end in point[1:]]
        marked = [*shown, *([level] if level is not None else [])]
        means = [mean for _, mean, _, _ in points.values()]
        note = accuracy_axis(axes.yaxis, marked, means)
        for place, (count, mean, low, high) in enumerate(points.values()):
            colour = series_colour(place if len(points) <= len(SERIES) else 0)
            axes.plot([count] * 2, [low, high], color=colour, lw=4, alpha=0.35)
            axes.plot([count], [mean], "o", color=colour, ms=6)
        axes.set_xscale("log")
        counts = [count for count, *_ in points.values()]
        axes.set_xlim(min(counts) / 1.35, max(counts) * 1.9)  # room for the last name
        ticks = _round_counts(*axes.get_xlim())
        axes.set_xticks(ticks, [_short_count(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set(xlabel="parameters", ylabel=f"{ylabel}{note}")
        axes.grid(axis="y")
        said = ""
        if level is not None:
            axes.axhline(level, color=WARM, lw=1.2, ls=(0, (4, 3)), zorder=1)
            if estimate is not None and estimate.inside:
                said = _draw_estimate(axes, level, estimate)
        _name_points(figure, axes, points, level)
        return to_svg(figure, f"{ylabel} against parameters of {', '.join(points)}{said}")


def _draw_estimate(axes: Any, level: float, estimate: SizeAtLevel) -> str:
    floor = axes.get_ylim()[0]
    text = f"{100 * level:g} % at {estimate.size:,.0f}"
    if estimate.low is not None and estimate.high is not None:
        axes.axvspan(estimate.low, estimate.high, color=WARM, alpha=0.16, lw=0, zorder=0)
        text += f"\n({estimate.low:,.0f} to {estimate.high:,.0f})"
    axes.plot([estimate.size] * 2, [floor, level], color=WARM, lw=1.2, zorder=1)
    right = estimate.high or estimate.size
    style = {"ha": "left", "va": "bottom", "fontsize": 11, "color": INK}
    axes.annotate(
        text, (right, floor), textcoords="offset points", xytext=(6, 6), annotation_clip=False,
        **style,
    )  # fmt: skip
    return "; " + text.replace("\n", " ")


def _name_points(figure: Any, axes: Any, points: Mapping[str, Point], level: float | None) -> None:
    """Write each name near its point, where nothing stands already."""
    figure.draw_without_rendering()  # the layout must be settled before pixels mean anything
    to_pixels = axes.transData.transform
    frame = axes.bbox
    taken = []
    if level is not None:
        y = to_pixels((1, level))[1]
        taken.append((frame.x0, y - 1, frame.x1, y + 1))
    for count, _, low, high in points.values():
        (x, bottom), (_, top) = (to_pixels((count, end)) for end in (low, high))
        taken.append((x - 3, bottom - 3, x + 3, top + 3))
    for name, (count, mean, _, _) in sorted(points.items(), key=lambda item: -item[1][1]):
        at = (count, mean)
        x, y = to_pixels(at)
        wide, high = 5.8 * len(name), 11
        room = 7  # two names on one line need more than a space between them
        for up in (-6, 7, -19, 20, -32, 33, -45, 46, -58):
            for right in (10, -10 - wide):
                box = (x + right - room, y + up, x + right + wide + room, y + up + high)
                inside = box[0] > frame.x0 - room and box[1] > frame.y0 and box[3] < frame.y1 + 8
                if inside and not any(_overlap(box, other) for other in taken):
                    break
            else:
                continue
            break
        else:
            continue  # crowded all around: the caption's table has it
        taken.append(box)
        if not -20 < up < 8:  # a name that far away needs to be led to its point
            end = (right + (wide if right < 0 else 0), up + high / 2)
            line = {"arrowstyle": "-", "color": MUTED, "lw": 0.6, "shrinkA": 1, "shrinkB": 3}
            axes.annotate("", at, end, textcoords="offset points", arrowprops=line)
        style = {"fontsize": 10, "color": MUTED, "ha": "left", "va": "bottom"}
        axes.annotate(name, at, (right, up), textcoords="offset points", **style)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _name_marks(figure: Any, axes: Any, marks: Mapping[str, float]) -> None:
    """Draw each mark, with its name over its line at the left; names keep their distance."""
    figure.draw_without_rendering()
    before = -np.inf
    for name, value in sorted(marks.items(), key=lambda item: item[1]):
        height = value
        axes.axhline(height, color=MUTED, lw=1.2, ls=(0, (1, 2)), zorder=1)
        pixel = max(axes.transData.transform((1, height))[1] + 2, before + _LEAST_APART)
        before = pixel
        place = axes.transAxes.inverted().transform((0, pixel))[1]
        style = {"fontsize": 10, "color": MUTED, "va": "bottom", "ha": "left"}
        axes.text(0.01, place, name, transform=axes.transAxes, **style)


def _thinned(numbers: Sequence[float], log: bool) -> list[float]:
    """Return the numbers to be named: all, or as many as have room."""
    if len(numbers) < 3:
        return list(numbers)
    places = np.log(numbers) if log else np.asarray(numbers, dtype=np.float64)
    least = (places[-1] - places[0]) / 12
    kept = [0]
    for place in range(1, len(numbers)):
        if places[place] - places[kept[-1]] >= least:
            kept.append(place)
    return [numbers[place] for place in kept]


def _plain(number: float) -> str:
    if number and not 1e-3 <= abs(number) < 1e6:
        digits, power = f"{number:.0e}".split("e")
        return f"{digits}e{int(power)}".replace("-", "\N{MINUS SIGN}")
    return f"{number:g}"


def _round_counts(low: float, high: float) -> list[int]:
    marks = [digit * 10**power for power in range(9) for digit in (1, 2, 5)]
    found = [mark for mark in marks if low <= mark <= high]
    return found if len(found) <= 12 else [mark for mark in found if str(mark).startswith("1")]


def _short_count(count: int) -> str:
    """Return a round number as it fits below an axis, as ``500k``."""
    for size, letter in ((10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:g}{letter}"
    return str(count)

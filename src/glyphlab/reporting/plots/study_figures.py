"""The figures of a study: the trials of its document in, SVG text out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab._common.tabular.number_texts import percent, signed
from glyphlab.reporting.plots.canvas import (
    GRID,
    INK,
    MUTED,
    WARM,
    drawing,
    legend_above,
    series_colour,
    to_svg,
)
from glyphlab.reporting.plots.scale import accuracy_axis

__all__ = ["history_figure", "parallel_figure", "slice_figure", "stages_figure"]

Trials = Sequence[Mapping[str, Any]]
Space = Mapping[str, Any]
_WIDTH = 580
_ACROSS = 3
_LETTERS = 16
"""What fits side by side under a small figure."""
_LONGEST = 30
"""Letters of an option that still stands under an axis."""
_BESIDE = 4
"""Stages whose best and gain have room on one line, side by side."""
_COLOUR = series_colour(0)


def history_figure(trials: Trials) -> str:
    """Draw each trial's value in the order they were tried, and the best so far.

    Parameters
    ----------
    trials : sequence of mapping
        ``number`` (int), ``value`` (in [0, 1] or None) and ``state``, as in ``search --json``.
    """
    with drawing(_WIDTH, 270) as figure:
        axes = figure.subplots()
        done, stopped, lost = _sorted_out(trials)
        shown = [trial["value"] for trial in [*done, *stopped]]
        accuracy_axis(axes.yaxis, shown)
        looks: list[tuple[Any, dict[str, Any]]] = [
            (done, {"marker": "o", "color": _COLOUR, "label": "finished"}),
            (stopped, {"marker": "x", "color": MUTED, "label": "stopped"}),
        ]
        for group, style in looks:
            numbers, values = [one["number"] for one in group], [one["value"] for one in group]
            if group:
                axes.plot(numbers, values, ls="", ms=6, clip_on=False, **style)
        if lost:  # of no value: below the axis, where nothing is read from their height
            floor = np.full(len(lost), axes.get_ylim()[0])
            style = {"marker": "v", "color": WARM, "label": "no value"}
            axes.plot([one["number"] for one in lost], floor, ls="", ms=6, clip_on=False, **style)
        if done:
            best = np.maximum.accumulate([one["value"] for one in done])
            places = [*(one["number"] for one in done), len(trials) - 1]
            line = {"color": _COLOUR, "lw": 1.5, "alpha": 0.55, "label": "best so far"}
            axes.plot(places, [*best, best[-1]], drawstyle="steps-post", **line)
        axes.set_xlim(-0.5, len(trials) - 0.5)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="trial", ylabel="exact match on validation")
        axes.grid(axis="y")
        legend_above(figure)
        best_value = max((one["value"] for one in done), default=None)
        said = "none finished" if best_value is None else f"the best at {percent(best_value)}"
        return to_svg(figure, f"Values of {len(trials)} trials in their order, {said}")


def slice_figure(trials: Trials, space: Space) -> str:
    """Draw the value against each parameter by itself; the best trial stands out.

    Parameters
    ----------
    trials : sequence of mapping
        As for :func:`history_figure`, with ``params``.
    space : mapping
        For each parameter a range ``{low, high, log}`` or a list of options.
    """
    done, stopped, _ = _sorted_out(trials)
    best = max(done, key=lambda one: one["value"])
    across = min(_ACROSS, len(space))
    down = -(-len(space) // across)
    with drawing(_WIDTH, 40 + 200 * down) as figure:
        cells = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
        shown = [trial["value"] for trial in [*done, *stopped]]
        for cell, (name, dimension) in zip(cells, space.items(), strict=False):
            for group, style in (
                (stopped, {"marker": "x", "color": MUTED, "ms": 5}),
                (done, {"marker": "o", "color": _COLOUR, "ms": 5, "alpha": 0.6, "mew": 0}),
                ([best], {"marker": "o", "color": WARM, "ms": 8}),
            ):
                places = [_place(one["params"][name], dimension) for one in group]
                cell.plot(places, [one["value"] for one in group], ls="", **style)
            _parameter_axis(cell, dimension)
            cell.set_xlabel(name, color=INK)
            cell.grid(axis="y")
        for cell in cells[len(space) :]:
            cell.set_axis_off()
        for row in range(down):
            accuracy_axis(cells[row * across].yaxis, shown)
            cells[row * across].set_ylabel("validation")
        return to_svg(figure, f"Exact match on validation against each of {', '.join(space)}")


def parallel_figure(trials: Trials, space: Space) -> str:
    """Draw every finished trial as a line through its parameters to its value.

    Better trials are darker, the best stands out.

    Parameters
    ----------
    trials, space
        As for :func:`slice_figure`; at least one trial is finished.
    """
    done = sorted(_sorted_out(trials)[0], key=lambda one: (one["value"], -one["number"]))
    values = np.array([one["value"] for one in done])
    low, high = float(values.min()), float(values.max())
    names = list(space)
    with drawing(_WIDTH, 310) as figure:
        axes = figure.subplots()
        spread = np.linspace(0.12, 0.75, len(done))
        for trial, value, alpha in zip(done, values, spread, strict=True):
            heights = [_place(trial["params"][name], space[name]) for name in names]
            heights.append(0.5 if high == low else (value - low) / (high - low))
            is_best = trial is done[-1]
            style = {"color": WARM if is_best else _COLOUR, "lw": 2.4 if is_best else 1.2}
            axes.plot(range(len(heights)), heights, alpha=1.0 if is_best else alpha, **style)
        ends = [_ends(space[name]) for name in names]
        ends.append([(0.0, f"{percent(done[0]['value'])}"), (1.0, f"{percent(done[-1]['value'])}")])
        for place, marks in enumerate(ends):
            axes.axvline(place, color=GRID, lw=1.5, zorder=0)
            for height, text in marks if high > low or place < len(names) else marks[1:]:
                # above its point, where the lines through that do not strike it out
                side = {"ha": "left", "va": "bottom", "fontsize": 10, "color": INK}
                axes.text(place + 0.03, height + 0.012, text, **side)
        axes.set_xticks(range(len(names) + 1), [*(_wrapped(name) for name in names), "validation"])
        axes.tick_params(axis="x", labelcolor=INK)
        axes.set(xlim=(-0.1, len(names) + 0.35), ylim=(-0.06, 1.1), yticks=[])
        for side_line in axes.spines.values():
            side_line.set_visible(False)
        return to_svg(
            figure, f"{len(done)} trials as lines through {', '.join(names)} to their value"
        )


def stages_figure(stages: Sequence[Mapping[str, Any]]) -> str:
    """Draw the finished trials of each stage, its best, and what that gained on the stage before.

    Parameters
    ----------
    stages : sequence of mapping
        ``name``, ``trials``, ``best`` (int) and ``gain`` (float or None), as in ``search --json``.
    """
    with drawing(_WIDTH, 280) as figure:
        axes = figure.subplots()
        shown, bests = [], []
        for place, stage in enumerate(stages):
            values = [one["value"] for one in _sorted_out(stage["trials"])[0]]
            aside = 0.26 * np.linspace(-1, 1, len(values)) if len(values) > 1 else np.zeros(1)
            dots = {"color": _COLOUR, "ms": 5, "alpha": 0.45, "mew": 0}
            axes.plot(place + aside, values, "o", **dots)
            best = stage["trials"][stage["best"]]["value"]
            axes.plot([place - 0.34, place + 0.34], [best] * 2, color=WARM, lw=2.5)
            gain = stage["gain"]
            text = f"{percent(best)}"
            if gain is not None:
                between = "\n" if len(stages) > _BESIDE else " "
                text += f"{between}({signed(gain)})"
                if stage.get("gain_interval"):
                    low, high = map(signed, stage["gain_interval"])
                    text += f"\n{low} to {high}"
            over: dict[str, Any] = {
                "textcoords": "offset points",
                "xytext": (0, 7),
                "ha": "center",
                "color": INK,
            }
            over["fontsize"] = 12 if len(stages) <= _BESIDE else 9
            axes.annotate(text, (place, best), **over)
            shown += values
            bests.append(f"{stage['name']} {percent(best)}")
        accuracy_axis(axes.yaxis, shown)
        low, high = axes.get_ylim()
        room = 0.18 if len(stages) <= _BESIDE else 0.28
        axes.set_ylim(low, high + room * (high - low))  # the number over the highest line
        axes.set_xticks(range(len(stages)), [stage["name"] for stage in stages])
        axes.tick_params(axis="x", labelcolor=INK, labelsize=13)
        axes.set(xlim=(-0.6, len(stages) - 0.4), ylabel="exact match on validation")
        axes.grid(axis="y")
        return to_svg(figure, f"Best of each stage: {', '.join(bests)}")


def _sorted_out(trials: Trials) -> tuple[Any, Any, Any]:
    """Return the trials that finished, those that were stopped, and those without a value."""
    done = [one for one in trials if one["state"] == "complete"]
    rest = [one for one in trials if one["state"] != "complete"]
    return (
        done,
        [one for one in rest if one["value"] is not None],
        [one for one in rest if one["value"] is None],
    )


def _place(value: Any, dimension: Any) -> float:
    """Return where a value lies in its dimension, from 0 to 1."""
    if isinstance(dimension, list | tuple):
        return list(dimension).index(value) / (len(dimension) - 1)
    low, high = float(dimension["low"]), float(dimension["high"])
    if dimension.get("log"):
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (float(value) - low) / (high - low)


def _parameter_axis(axes: Any, dimension: Any) -> None:
    marks = _ends(dimension)
    if not isinstance(dimension, list | tuple):
        marks = [marks[0], _middle(dimension), marks[1]]
    names = [text for _, text in marks]
    crowded = sum(map(len, names)) > _LETTERS
    slanted = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
    axes.set_xticks([place for place, _ in marks], names, **slanted)
    axes.set_xlim(-0.12, 1.12)


def _ends(dimension: Any) -> list[tuple[float, str]]:
    """Return the places of a dimension that are named, with their names."""
    if isinstance(dimension, list | tuple):
        texts = [_text(one) for one in dimension]
        if max(map(len, texts)) > _LONGEST:  # such as whole nets: by their number in the file
            texts = [f"no. {number}" for number in range(1, len(texts) + 1)]
        return [(_place(one, dimension), text) for one, text in zip(dimension, texts, strict=True)]
    return [(0.0, _text(dimension["low"])), (1.0, _text(dimension["high"]))]


def _middle(dimension: Any) -> tuple[float, str]:
    low, high = float(dimension["low"]), float(dimension["high"])
    value = math.sqrt(low * high) if dimension.get("log") else (low + high) / 2
    return 0.5, f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _wrapped(name: str) -> str:
    return name.replace(".", ".\n").replace("_", "_\u200b")

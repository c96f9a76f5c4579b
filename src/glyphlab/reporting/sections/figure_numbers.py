"""The numbers of a figure as a table, for behind its fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.tabular.number_texts import number_text, percent
from glyphlab.metrics import Calibration
from glyphlab.reporting.pages.page_parts import Cell, Column, Table, cells, share_cell

__all__ = [
    "calibration_numbers",
    "class_numbers",
    "curve_numbers",
    "history_numbers",
    "likeliest_numbers",
    "panel_numbers",
    "parameter_numbers",
    "series_numbers",
    "share_numbers",
    "value_numbers",
]

Form = Callable[[Any], str]
_MOST = 60
"""Epochs that are listed; of more, as many evenly chosen ones."""


def value_numbers(name: str, rows: Sequence[Mapping[str, Any]], form: Form = percent) -> Table:
    """Return means with intervals and each training: ``name, mean, interval, each`` of rows."""
    found = []
    for row in rows:
        ends = row["interval"] if "interval" in row else (row["low"], row["high"])
        said = "–" if ends is None else f"{form(ends[0])} to {form(ends[1])}"
        each = ", ".join(map(form, row.get("each") or row.get("each_seed") or ())) or "–"
        found.append(cells(str(row["name"]), form(row["mean"]), said, each))
    columns = [Column("name"), Column("mean"), Column("95 % interval"), Column("each training")]
    return Table(f"{name}, in numbers", columns, found)


def curve_numbers(
    name: str, curves: Mapping[str, Sequence[Sequence[float]]], form: Form = percent
) -> Table:
    """Return a score by epoch, a column a line: the mean over seeds, and the lowest to highest."""
    series: dict[str, dict[float, Sequence[float]]] = {}
    for line, seeds in curves.items():
        epochs = min((len(curve) for curve in seeds), default=0)
        series[line] = {at + 1: [float(one[at]) for one in seeds] for at in range(epochs)}
    longest = max((len(points) for points in series.values()), default=0)
    if longest > _MOST:
        kept = set(np.unique(np.linspace(1, longest, _MOST).astype(int)).tolist())
        series = {
            line: {at: one for at, one in points.items() if at in kept}
            for line, points in series.items()
        }
    return series_numbers(name, series, "epoch", form)


def panel_numbers(
    name: str, panels: Mapping[str, Mapping[str, Sequence[Sequence[float]]]], form: Form = percent
) -> Table:
    """Return the curves of several small charts, a column for each line of each."""
    lines = {
        f"{title}, {line}": seeds
        for title, panel in panels.items()
        for line, seeds in panel.items()
    }
    return curve_numbers(name, lines, form)


def parameter_numbers(
    name: str, points: Mapping[str, tuple[int, float, float | None, float | None]], score: str
) -> Table:
    """Return scores against parameters: ``(parameters, mean, low, high)`` of each model."""
    rows = [
        [Cell(model), Cell(f"{count:,}"), share_cell(mean, low, high)]
        for model, (count, mean, low, high) in points.items()
    ]
    columns = [Column("model"), Column("parameters"), Column(score)]
    return Table(f"{name}, in numbers", columns, rows)


def share_numbers(name: str, shares: Mapping[str, Mapping[Any, float]], called: str) -> Table:
    """Return shares of a whole, a column for each that is divided: ``{column: {part: share}}``."""
    parts = list(dict.fromkeys(part for column in shares.values() for part in column))
    rows = [
        cells(str(part), *(percent(column.get(part)) for column in shares.values()))
        for part in parts
    ]
    return Table(f"{name}, in numbers", [Column(called), *map(Column, shares)], rows)


def series_numbers(
    name: str,
    series: Mapping[str, Mapping[float, Sequence[float]]],
    called: str,
    form: Form = percent,
) -> Table:
    """Return values against a number, a column a line, each with its lowest and highest seed."""
    numbers = sorted({at for points in series.values() for at in points})
    rows = []
    for at in numbers:
        row = [Cell(f"{at:,g}")]
        for points in series.values():
            values = points.get(at)
            if not values:
                row.append(Cell("–"))
                continue
            low, high = min(values), max(values)
            between = "" if len(values) < 2 else f"{form(low)} to {form(high)}"
            row.append(Cell(form(float(np.mean(values))), between))
        rows.append(row)
    return Table(f"{name}, in numbers", [Column(called), *map(Column, series)], rows)


def class_numbers(name: str, counts: ArrayLike, names: Sequence[str]) -> Table:
    """Return how often each class was predicted as each: rows are true, columns predicted."""
    table = np.asarray(counts)
    rows = [[Cell(names[at]), *(Cell(f"{int(n):,}") for n in row)] for at, row in enumerate(table)]
    return Table(f"{name}, in numbers", [Column("true"), *map(Column, names)], rows, "few")


def calibration_numbers(name: str, models: Mapping[str, Sequence[Calibration]]) -> Table:
    """Return the bins of the first seed of each model."""
    rows = [
        [Cell(model), Cell(percent(one.confidence)), share_cell(one.accuracy, one.low, one.high)]
        for model, seeds in models.items()
        for one in seeds[0].bins
    ]
    columns = [Column("model"), Column("confidence"), Column("accuracy, 95 % interval")]
    return Table(f"{name}, in numbers", columns, rows)


def likeliest_numbers(
    name: str,
    true: Sequence[int],
    labels: Sequence[int],
    models: Mapping[str, ArrayLike],
) -> Table:
    """Return the likeliest label of each image by each model, and the probability of the true one.

    Parameters
    ----------
    name : str
    true : sequence of int, (m,)
        The labels of the images.
    labels : sequence of int, (v,)
        All possible ones.
    models : mapping of str to array_like, (m, v)
        Probabilities in [0, 1].
    """
    known = {model: np.asarray(shares) for model, shares in models.items()}
    rows = []
    for place, label in enumerate(true):
        row = [Cell(str(label))]
        for shares in known.values():
            likeliest = int(shares[place].argmax())
            said = f"{labels[likeliest]}: {percent(float(shares[place, likeliest]))}"
            right = percent(float(shares[place, list(labels).index(label)]))
            row.append(Cell(said, "" if labels[likeliest] == label else f"{label}: {right}"))
        rows.append(row)
    columns = [Column("true label"), *(Column(f"{model}, likeliest") for model in known)]
    return Table(f"{name}, in numbers", columns, rows)


def history_numbers(name: str, rows: Sequence[Mapping[str, Any]], keys: Mapping[str, str]) -> Table:
    """Return some columns of the history of a training, by epoch; `keys` has their titles."""
    shown = {key: title for key, title in keys.items() if rows and rows[0].get(key) is not None}
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(_MOST, len(rows))).astype(int))
    found = [
        [Cell(f"{rows[at]['epoch']}"), *(Cell(number_text(float(rows[at][key]))) for key in shown)]
        for at in chosen
    ]
    return Table(f"{name}, in numbers", [Column("epoch"), *map(Column, shown.values())], found)

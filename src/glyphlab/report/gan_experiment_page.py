"""The page of one question to generators."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab.report.canvas import INK, MUTED, drawing, series_colour, to_svg
from glyphlab.report.page import write_page
from glyphlab.report.pictures import image_rows

__all__ = ["experiment_answer", "value_figure", "write_experiment_page"]

TITLES = {"coverage": "coverage", "frechet": "Fréchet distance"}
AXES = {"coverage": ("coverage, %", 100), "frechet": ("Fréchet distance", 1)}
"""What is written below each, and how many of it a one is."""


def write_experiment_page(
    path: Path,
    document: Mapping[str, Any],
    samples: Mapping[str, NDArray[np.uint8]],
    env: Mapping[str, Any],
) -> None:
    """Write what each value came to.

    Parameters
    ----------
    path : Path
        Where to.
    document : mapping
        As ``glyphlab gan --vary --json`` prints it.
    samples : mapping of str to (n, H, W) uint8
        Of the first training of each value.
    env : mapping
        Of the first run.
    """
    values = document["values"]
    first = next(iter(values.values()))
    write_page(
        path,
        "gan_experiment.html.j2",
        {
            "title": f"{document['key']}: {first['model']} on {first['data']}",
            "key": document["key"],
            "answer": experiment_answer(document),
            "values": values,
            "first": first,
            "figures": [
                (TITLES[name], value_figure(_rows(values, name, unit), axis))
                for name, (axis, unit) in AXES.items()
            ],
            "samples": image_rows({value: images[:10] for value, images in samples.items()}, []),
            "tests": [{**test, "title": TITLES[test["figure"]]} for test in document["tests"]],
            "environment": [(key, str(value)) for key, value in env.items()],
            "command": document["command"],
        },
    )


def _rows(values: Mapping[str, Any], name: str, unit: int) -> list[dict[str, Any]]:
    """Return what `value_figure` draws of one figure, in its unit."""
    return [
        {
            "name": value,
            "mean": unit * one[name],
            "interval": one["intervals"][name] and [unit * e for e in one["intervals"][name]],
            "each": [unit * run[name] for run in one["runs"]],
        }
        for value, one in values.items()
    ]


def experiment_answer(document: Mapping[str, Any]) -> list[str]:
    """Say in sentences which values are told apart, and which had alarms.

    Parameters
    ----------
    document : mapping
        As ``glyphlab gan --vary --json`` prints it.
    """
    seeds = next(iter(document["values"].values()))["seeds"]
    tests = document["tests"]
    apart = [test for test in tests if test["verdict"] in ("higher", "lower")]
    said = []
    for test in apart:
        good = (test["verdict"] == "lower") == (test["figure"] == "frechet")
        said.append(
            f"{TITLES[test['figure']].capitalize()}: {test['a']} is {test['verdict']} "
            f"({'better' if good else 'worse'}) than {test['b']}."
        )
    if seeds == 1:
        said.append("One training each tells nothing apart.")
    elif not apart:
        said.append(
            f"{seeds} trainings each do not tell the values apart, neither by Fréchet distance nor "
            "by coverage. That is no proof that they are alike."
        )
    elif len(apart) < len(tests):
        said.append(f"The rest of {len(tests)} tests tells nothing apart.")
    for value, one in document["values"].items():
        names = Counter(run["verdict"] for run in one["runs"] if run["verdict"] != "healthy")
        if names:
            each = ", ".join(f"{name} {k} times" if k > 1 else name for name, k in names.items())
            said.append(f"{value}: alarms in {names.total()} of {seeds} ({each}).")
    return said


def value_figure(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """Draw the mean of each value with its interval and its seeds.

    Parameters
    ----------
    rows : sequence of mapping
        ``name``, ``mean``, ``interval`` ((low, high) or None) and ``each``, from the top.
    title : str
        What is drawn.
    """
    with drawing(480, 62 + 30 * len(rows)) as figure:
        axes = figure.subplots()
        for place, row in enumerate(rows):
            colour = series_colour(place)
            if row["interval"] is not None:
                axes.plot(row["interval"], [place, place], color=colour, lw=7, alpha=0.35)
            axes.plot(row["each"], np.full(len(row["each"]), place), "|", color=INK, ms=11, mew=1.4)
            axes.plot([row["mean"]], [place], "o", color=colour, ms=8)
        axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
        axes.tick_params(axis="y", labelcolor=INK, labelsize=13)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlabel(title, color=MUTED)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        said = ", ".join(f"{row['name']} {row['mean']:.1f}" for row in rows)
        return to_svg(figure, f"{title} by value: {said}")

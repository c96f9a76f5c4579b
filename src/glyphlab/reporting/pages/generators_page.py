"""The page of generators side by side: models, or values of one key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.tabular.number_texts import (
    distance_text,
    number_text,
    p_text,
    percent,
    seconds_text,
)
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Page,
    Part,
    Section,
    Table,
    Text,
    points_cell,
    share_cell,
)
from glyphlab.reporting.pictures.image_rows import image_rows
from glyphlab.reporting.plots.canvas import INK, MUTED, drawing, series_colour, to_svg
from glyphlab.reporting.sections.before_training import data_section
from glyphlab.reporting.sections.figure_numbers import value_numbers
from glyphlab.runs import Run

__all__ = [
    "TITLES",
    "figure_cell",
    "gap_cell",
    "generators_answer",
    "generators_page",
    "seeds_text",
    "value_figure",
]

TITLES = {
    "coverage": "coverage",
    "frechet": "Fréchet distance",
    "label_accuracy": "generated as asked",
}
AXES = {
    "coverage": ("coverage, %", 100),
    "frechet": ("Fréchet distance", 1),
    "label_accuracy": ("generated as asked, %", 100),
}
"""What is written below each, and how many of it a one is."""
_OF_EACH: dict[str, tuple[str, Callable[[Any], str]]] = {
    "samples": ("samples", "{:,}".format),
    "frechet_floor": ("real from real", distance_text),
    "reference_classifier": ("reference classifier", str),
}
"""What is said once of all generators, or in a column where it differs: its title and its form."""
_NARROWEST = 0.2
"""Least width of an axis, in its unit."""


def generators_page(
    *,
    title: str,
    question: str,
    column: str,
    values: Mapping[str, Any],
    figures: Sequence[str],
    tests: Sequence[Mapping[str, Any]],
    samples: Mapping[str, NDArray[np.uint8]],
    command: str,
    trained: Mapping[str, Sequence[Run]] | None = None,
) -> Page:
    """Return what each generator came to.

    Parameters
    ----------
    title, question : str
    column : str
        What distinguishes them: ``model``, or a key of their recipe.
    values : mapping
        By label, the document that ``glyphlab generate --json`` prints of each.
    figures : sequence of str
        What they are held against each other by, such as ``frechet``.
    tests : sequence of mapping
        Of every pair by every figure.
    samples : mapping of str to (n, H, W) uint8
        Of the first training of each.
    command : str
        What makes the page again.
    trained : mapping of str to sequence of Run, optional
        The runs of each, for the images that they were trained on.
    """
    first = next(iter(values.values()))
    by_value: list[Part] = [
        Text(
            f"{_measured(values)} Dots are means, ticks single trainings, bars the 95 % interval "
            "of the mean, Student's of a share, and on logarithms of a distance. A smaller "
            "distance is better, and a larger share."
        ),
        *(
            Figure(
                TITLES[name],
                value_figure(_rows(values, name, AXES[name][1]), AXES[name][0]),
                numbers=value_numbers(
                    TITLES[name],
                    _rows(values, name, 1),
                    distance_text if name == "frechet" else percent,
                ),
            )
            for name in figures
        ),
        _table(values, column, figures),
    ]
    shown = image_rows({label: images[:10] for label, images in samples.items()}, [])
    sections = [
        Section("Side by side", by_value),
        Section(
            "What may be said",
            [
                Text(
                    "Trainings of one seed are shown the same images in the same order and are "
                    "compared as pairs; p is corrected by Holm over all figures. “Higher” "
                    "and “lower” speak of the first of a pair and stand only where the corrected "
                    "p is below 0.05."
                ),
                _tests(tests),
            ],
        ),
        Section(
            "Samples",
            [
                Figure(
                    "Samples of each", shown,
                    "The first ten samples of the first training of each, none chosen.", "wide",
                )
            ],
        ),
    ]  # fmt: skip
    return Page(
        eyebrow="Glyphlab generators",
        title=title,
        question=question,
        answer=generators_answer(values, tests),
        sections=[data_section(trained or {}), *(sections if tests else sections[::2])],
        environment=environment_rows(first["env"]),
        command=command,
    )


def _shared(values: Mapping[str, Any]) -> dict[str, str]:
    """Return in words what is the same of all generators, of what can differ."""
    texts = {name: {form(one[name]) for one in values.values()}
             for name, (_, form) in _OF_EACH.items()}  # fmt: skip
    return {name: found.pop() for name, found in texts.items() if len(found) == 1}


def _measured(values: Mapping[str, Any]) -> str:
    """Say how all generators were measured; what differs has a column of the table instead."""
    shared, seeds = _shared(values), next(iter(values.values()))["seeds"]
    said = f"{seeds} training{'s' if seeds > 1 else ''} each"
    if "samples" in shared:
        said += f", {shared['samples']} samples of each"
    if "reference_classifier" in shared:
        said += f", measured by the reference classifier {shared['reference_classifier']}"
    if "frechet_floor" in shared:
        said += f"; real from real the Fréchet distance is {shared['frechet_floor']}"
        if all(one.get("compared") for one in values.values()):
            said += " at the same number of images"
    return f"{said}."


def figure_cell(metric: str, row: Mapping[str, Any]) -> Cell:
    """Return a figure's mean with its interval: ``mean``, ``low`` and ``high`` of a row."""
    if metric != "frechet":
        cell = share_cell(row["mean"], row["low"], row["high"])
        effect = row.get("design_effect")
        if effect is None:
            return cell
        glyphs = "" if row.get("glyphs") is None else f", {row['glyphs']:,} glyphs"
        return Cell(cell.text, cell.interval, f"design effect {effect:.1f}{glyphs}")
    low, high = row["low"], row["high"]
    said = "" if low is None else f"{distance_text(low)} – {distance_text(high)}"
    return Cell(distance_text(row["mean"]), said)


def gap_cell(metric: str, test: Mapping[str, Any]) -> Cell:
    """Return the difference of a pair with its interval."""
    low, high = test["low"], test["high"]
    if metric != "frechet":
        return points_cell(test["difference"], low, high)
    said = "" if low is None else f"{distance_text(low)} to {distance_text(high)}"
    return Cell(distance_text(test["difference"]), said)


def _table(values: Mapping[str, Any], column: str, figures: Sequence[str]) -> Table:
    rows, shared = [], _shared(values)
    apart = {name: said for name, said in _OF_EACH.items() if name not in shared}
    for label, one in values.items():
        cells = []
        for name in figures:
            low, high = one["intervals"][name] or (None, None)
            cells.append(figure_cell(name, {"mean": one[name], "low": low, "high": high}))
        raised = sum(run["verdict"] != "healthy" for run in one["runs"])
        alarms = f"{raised} of {seeds_text(one['seeds'])}"
        rest = [number_text(one["class_kl"]), str(one["modes"]), alarms]
        rest.append(seconds_text(one["fit_seconds"]))
        rest += [form(one[name]) for name, (_, form) in apart.items()]
        rows.append([Cell(label), *cells, *map(Cell, rest)])
    titles = [*(TITLES[name] for name in figures), "class KL", "kinds, fewest", "alarms", "time"]
    titles += [title for title, _ in apart.values()]
    return Table("Side by side", [Column(column, left=True), *map(Column, titles)], rows)


def _tests(tests: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        [
            Cell(TITLES[test["figure"]]),
            Cell(f"{test['a']}, {test['b']}"),
            gap_cell(test["figure"], test),
            Cell(p_text(test.get("p_holm"))),
            Cell(test["verdict"]),
        ]
        for test in tests
    ]
    columns = [
        Column("figure", left=True), Column("pair", left=True), Column("difference"), Column("p"),
        Column("verdict", verdict=True),
    ]  # fmt: skip
    return Table("Paired tests", columns, rows)


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


def generators_answer(values: Mapping[str, Any], tests: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say in sentences which generators differ, and which had alarms.

    Parameters
    ----------
    values : mapping
        By label, the document that ``glyphlab generate --json`` prints of each.
    tests : sequence of mapping
        ``figure``, ``a``, ``b`` and ``verdict`` of every pair.
    """
    seeds = next(iter(values.values()))["seeds"]
    apart = [test for test in tests if test["verdict"] in ("higher", "lower")]
    said = []
    for test in apart:
        good = (test["verdict"] == "lower") == (test["figure"] == "frechet")
        said.append(
            f"{TITLES[test['figure']].capitalize()}: {test['a']} is {test['verdict']} "
            f"({'better' if good else 'worse'}) than {test['b']}."
        )
    by = [TITLES[name] for name in dict.fromkeys(test["figure"] for test in tests)]
    if seeds == 1 and len(values) > 1:
        said.append("One training each distinguishes nothing.")
    elif tests and not apart:
        said.append(
            f"{seeds} trainings each do not distinguish them, neither by "
            f"{', '.join(by[:-1])} nor by {by[-1]}. That is no proof that they are alike."
        )
    elif len(apart) < len(tests):
        rest = len(tests) - len(apart)
        said.append(
            "The other test distinguishes nothing."
            if rest == 1
            else f"The other {rest} tests distinguish nothing."
        )
    for value, one in values.items():
        names = Counter(run["verdict"] for run in one["runs"] if run["verdict"] != "healthy")
        if names:
            each = ", ".join(f"{name} {k} times" if k > 1 else name for name, k in names.items())
            said.append(f"{value}: alarms in {names.total()} of {seeds_text(seeds)} ({each}).")
    return said


def seeds_text(seeds: int) -> str:
    """Return a number of seeds, as ``2 seeds``."""
    return f"{seeds} seed{'s' if seeds != 1 else ''}"


def value_figure(rows: Sequence[Mapping[str, Any]], title: str) -> str:
    """Draw the mean of each value with its interval and its seeds.

    Parameters
    ----------
    rows : sequence of mapping
        ``name``, ``mean``, ``interval`` ((low, high) or None) and ``each``, from the top.
    title : str
        What is drawn.
    """
    with drawing(580, 66 + 30 * len(rows)) as figure:
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
        low, high = axes.get_xlim()
        if high - low < _NARROWEST:  # all alike: an axis of hundredths would say that they are not
            middle = float(rows[0]["mean"])
            axes.set_xlim(max(middle - _NARROWEST, -0.02), middle + _NARROWEST)  # none is below 0
        axes.set_xlabel(title, color=MUTED)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        said = ", ".join(f"{row['name']} {row['mean']:.1f}" for row in rows)
        return to_svg(figure, f"{title} by value: {said}")

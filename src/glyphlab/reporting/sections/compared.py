"""What models scored, against their size, and which differences hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab._common.tabular.number_texts import (
    count_text,
    p_text,
    percent,
    points,
    seconds_text,
    signed,
)
from glyphlab.reporting.pages.answer import detected
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Heading,
    Items,
    Part,
    Section,
    Table,
    Text,
    share_cell,
)
from glyphlab.reporting.plots.canvas import series_variable
from glyphlab.reporting.plots.figures import interval_figure
from glyphlab.reporting.plots.sweep_figures import parameters_figure
from glyphlab.reporting.sections.figure_numbers import parameter_numbers, value_numbers
from glyphlab.reporting.sections.runs_in_words import (
    chosen_on_validation,
    protocol_lines,
)
from glyphlab.reporting.sections.training_curves import (
    epochs_sentence,
    epochs_text,
)
from glyphlab.runs import Run, on_same_images
from glyphlab.training.engine_choice import engines_sentence

__all__ = ["results_section", "setting_columns", "sizes_section", "tests_section"]

_FEWEST_SIZES = 3
_NOTHING = "–"


def results_section(
    rows: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Sequence[Run]],
    known: str,
    key: str,
    remarks: Sequence[str],
) -> Section:
    """Return the rows with what they rest on: protocols, engines, settings and intervals.

    Parameters
    ----------
    rows, groups, key, remarks
        As in `glyphlab.reporting.pages.compare_page.groups_page`.
    known : str
        How the data were made, where it is said above already.
    """
    first = next(iter(groups.values()))[0]
    same = on_same_images([run for runs in groups.values() for run in runs])
    items = f"{len(first.load_predictions()['true']):,} " if same else ""
    effects = all("design_effect" in row for row in rows)
    known_glyphs = effects and any(row["glyphs"] is not None for row in rows)
    settings = setting_columns(rows, key)
    symbols = {name: _symbols(runs) for name, runs in groups.items()}
    engines = {
        name: sorted({str(run.summary.engine) for run in members})
        for name, members in groups.items()
    }
    by_strategy = any(
        runs[0].classifier_summary.strategy != name for name, runs in groups.items()
    )  # else the models are called by it
    chosen = chosen_on_validation(groups) if len(groups) > 1 else ""
    validated = any(run.classifier_summary.val for runs in groups.values() for run in runs)
    on = first.classifier_summary.scored_on
    said = f"Exact match is the share of the {items}{on} with a fully correct prediction."
    parts: list[Part] = [Text(said)]
    if any(symbols.values()):
        parts.append(
            Text(
                "Symbols is the accuracy on single symbols, from which the label is derived, "
                "whether or not training was given them."
            )
        )
    lines = [f"{line}." for line in protocol_lines(groups, known)]
    lines += [line for line in (engines_sentence(engines), epochs_sentence(groups)) if line]
    if chosen and validated:
        lines.append(
            f"Predictions below are of {chosen}, the model with the highest exact match on "
            "validation."
        )
    if lines or remarks:
        parts.append(Items([*lines, *remarks]))
    columns = [
        Column(key or "model"), *([Column("strategy", left=True)] if by_strategy else []),
        Column("exact match, 95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}interval"),
        *([Column("glyphs"), Column("design effect")] if known_glyphs else []),
        Column("epochs"), Column("macro-F1"),
        *([Column("symbols")] if any(symbols.values()) else []),
        Column("parameters"), Column("fit time"), Column("seeds"),
    ]  # fmt: skip
    table = []
    for place, row in enumerate(rows):
        runs = groups[str(row["model"])]
        members = [run.classifier_summary for run in runs]
        macro = float(np.mean([one.metrics.macro_f1_label for one in members]))
        line = [
            Cell(str(row["model"]), colour=series_variable(place)),
            *([Cell(members[0].strategy)] if by_strategy else []),
            share_cell(row["mean"], row["low"], row["high"]),
        ]
        if known_glyphs:
            line += [Cell(count_text(row["glyphs"])), Cell(f"{row['design_effect']:.1f}")]
        line += [Cell(epochs_text(runs)), Cell(f"{macro:.4f}")]
        if any(symbols.values()):
            line.append(Cell(percent(symbols[str(row["model"])])))
        line += [Cell(count_text(row.get("parameters"))), Cell(seconds_text(row["fit_seconds"]))]
        table.append([*line, Cell(str(row["seeds"]))])
    parts.append(Table("Results by model", columns, table))
    note = "Macro-F1 takes each whole label as one class. Epochs are those that were trained"
    chooses = any(
        run.summary.protocol.selection == "best" for runs in groups.values() for run in runs
    )
    note += "; validation chooses the one whose weights are kept." if chooses else "."
    if known_glyphs:
        note += (
            " The design effect says by how much the glyphs that images share raise the variance "
            "over images; the interval has it, and glyphs counts the different ones."
        )
    parts.append(Text(note, "note"))
    if settings:
        titles = [Column(key or "model"), *(Column(one["title"]) for one in settings)]
        differing = [
            [Cell(str(row["model"])), *(Cell(one["values"][place]) for one in settings)]
            for place, row in enumerate(rows)
        ]
        parts += [Heading("Settings that differ"), Table("Settings", titles, differing)]
    drawn = [{**row, "name": str(row["model"]), "each": row.get("each_seed", ())} for row in rows]
    parts.append(
        Figure(
            "Intervals of exact match",
            interval_figure(drawn),
            f"Mean over seeds (dot) and 95 % interval (bar) for new seeds and new {on}; with "
            "one seed, for new images only. A tick is one training.",
            numbers=value_numbers("Intervals of exact match", drawn),
        )
    )
    return Section("Results", parts)


def _symbols(runs: Sequence[Run]) -> float | None:
    """Return the mean accuracy on single symbols, where all runs have one."""
    found = [run.classifier_summary.symbols for run in runs]
    known = [one.accuracy for one in found if one is not None]
    return float(np.mean(known)) if len(known) == len(found) else None


def sizes_section(rows: Sequence[Mapping[str, Any]]) -> Section:
    """Return accuracy against parameters, where there are three sizes."""
    title = "Accuracy against parameters"
    sizes = {int(row["parameters"]) for row in rows if row.get("parameters")}
    if len(sizes) < _FEWEST_SIZES or not all(row.get("parameters") for row in rows):
        return Section(title, [])
    drawn = {}
    for row in rows:
        mean, low, high = (float(row[end]) for end in ("mean", "low", "high"))
        drawn[str(row["model"])] = (int(row["parameters"]), mean, low, high)
    numbers = parameter_numbers(title, drawn, "exact match")
    caption = (
        "Exact match on the test set, with the same intervals, against the number of trainable "
        "parameters."
    )
    svg = parameters_figure(drawn, "exact match")
    return Section(title, [Figure(title, svg, caption, "wide", numbers)])


def tests_section(tests: Sequence[Mapping[str, Any]]) -> Section:
    """Return the paired tests; no part where there are none."""
    title = "Which differences hold"
    if not tests:
        return Section(title, [])
    detectable = any(test.get("detectable") is not None for test in tests)
    margin = next((points(one["margin"]) for one in tests if one.get("margin")), None)
    said = (
        "Each pair is tested on the same images, for new seeds and new images; p values are "
        "corrected by Holm for the number of pairs. “Better” and “worse” are about the first model "
        "and appear only where the corrected p is below 0.05."
    )
    if detectable:
        said += (
            " A difference as large as the one under “detects” is found in 8 of 10 such "
            "comparisons."
        )
    if margin is not None:
        said += (
            f" “Equivalent” means equal within {margin}, by two one-sided tests; “equal within” is "
            "the smallest margin that could be shown."
        )
    columns = [
        Column("first"), Column("second", left=True),
        Column("difference, 95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}interval"),
        Column("p"), Column("p, Holm"), *([Column("detects")] if detectable else []),
        *([Column("equal within")] if margin is not None else []),
        Column("first is", verdict=True),
    ]  # fmt: skip
    rows = []
    for test in tests:
        single = test["verdict"] == "one seed"
        gap = Cell(_NOTHING)
        if "difference" in test:
            ends = f"{signed(test['low'])} to {signed(test['high'])}" if "low" in test else ""
            gap = Cell(signed(test["difference"]), ends)
        row = [Cell(str(test["a"])), Cell(str(test["b"])), gap]
        row.append(Cell(_NOTHING if single else p_text(test["p"])))
        row.append(Cell(_NOTHING if single else p_text(test.get("p_holm"))))
        if detectable:
            row.append(Cell(_NOTHING if single else _size(test["detectable"])))
        if margin is not None:
            row.append(Cell(_NOTHING if single else _size(test["smallest_margin"])))
        rows.append([*row, Cell(str(test["verdict"]))])
    note = Text("Differences in points of exact match.", "note")
    return Section(title, [Text(said), Table("Paired tests", columns, rows), note])


def _size(difference: float) -> str:
    """Return how large a difference is, in a table whose note says that it is in points."""
    return detected(difference).removesuffix(" points")


def setting_columns(rows: Sequence[Mapping[str, Any]], without: str = "") -> list[dict[str, Any]]:
    """Return a column for every setting by which rows differ: its title, and a text a row.

    A title is the last word of the key, or the whole key where two end alike. The key `without` is
    what the rows are called by, and has a column already.
    """
    keys = [key for key in (rows[0].get("settings") or {} if rows else {}) if key != without]
    ends = [key.rpartition(".")[2] for key in keys]
    return [
        {
            "title": (end if ends.count(end) == 1 else key).replace("_", " "),
            "values": [_setting((row.get("settings") or {}).get(key)) for row in rows],
        }
        for key, end in zip(keys, ends, strict=True)
    ]


def _setting(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)

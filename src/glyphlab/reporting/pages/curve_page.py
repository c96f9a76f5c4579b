"""The page of scores against the number of training images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import distance_text, p_text, percent, points
from glyphlab.reporting.pages.answer import answer, detected
from glyphlab.reporting.pages.generators_page import TITLES, figure_cell, gap_cell
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Page,
    Section,
    Table,
    Text,
)
from glyphlab.reporting.plots.sweep_figures import sweep_figure
from glyphlab.reporting.sections.before_training import data_section
from glyphlab.reporting.sections.figure_numbers import series_numbers
from glyphlab.runs import Run

__all__ = ["curve_figure", "curve_page"]

_NAMES = {**TITLES, "exact_match": "exact match on test"}


def curve_page(
    document: Mapping[str, Any], trained: Mapping[str, Sequence[Run]] | None = None
) -> Page:
    """Return the page of a document that ``glyphlab learning-curve --json`` prints."""
    rows, sizes = document["rows"], document["sizes"]
    models = list(dict.fromkeys(row["model"] for row in rows))
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    classified = metrics == ["exact_match"]
    how = (
        "A model is trained for as many epochs as its own settings say; where they come to too "
        "few steps, an epoch shows each image several times."
        if classified
        else "A generator is shown as many images whatever their number, few ones more often; its "
        "samples are compared with real test images."
    )
    sections = [
        data_section(trained or {}),
        Section(
            "How to read this",
            [
                Text(f"{document['protocol']}."),
                Text(
                    "Smaller training sets are parts of larger ones; validation and test are the "
                    f"same throughout. {how}"
                ),
                *map(Text, document.get("remarks", ())),
            ],
        ),
    ]
    sections += [_of_metric(metric, rows, sizes, models) for metric in metrics]
    if classified:
        sections.append(_confidence(rows, models))
    if document["tests"]:
        sections.append(_tests(document["tests"], metrics))
    return Page(
        eyebrow="Glyphlab learning curve",
        title=f"Learning curve on {document['task']}",
        question="What does each model make of few training images?",
        sections=sections,
        environment=environment_rows(document["env"]),
        command=document["command"],
        answer=_answer(document) if classified else (),
    )


def _answer(document: Mapping[str, Any]) -> list[str]:
    """Say which model is best at the most images, and which has the highest mean at the fewest."""
    fewest, most = min(document["sizes"]), max(document["sizes"])
    of_size = {
        size: [row for row in document["rows"] if row["images"] == size] for size in (fewest, most)
    }
    tests = [test for test in document["tests"] if test["images"] == most]
    first, *rest = answer(of_size[most], tests, {})
    said = [f"With {most:,} training images {first[0].lower()}{first[1:]}", *rest]
    if fewest < most:
        best = max(of_size[fewest], key=lambda row: float(row["mean"]))
        said.append(
            f"With {fewest:,} the highest mean is that of {best['model']}, {percent(best['mean'])}."
        )
    return said


def curve_figure(rows: Sequence[Mapping[str, Any]], metric: str) -> str:
    """Draw a score of each model against the number of training images."""
    series: dict[str, dict[float, Any]] = {}
    for row in rows:
        if row["metric"] == metric:
            series.setdefault(str(row["model"]), {})[float(row["images"])] = row["each_seed"]
    name, share = _NAMES[metric], metric != "frechet"
    return sweep_figure(series, "training images", name, log=True, share=share)


def _of_metric(
    metric: str, rows: Sequence[Mapping[str, Any]], sizes: Sequence[int], models: Sequence[str]
) -> Section:
    name = _NAMES[metric]
    mine = [row for row in rows if row["metric"] == metric]
    cells = {(row["images"], row["model"]): row for row in mine}
    title = "Accuracy" if metric == "exact_match" else name[0].upper() + name[1:]
    figure = curve_figure(rows, metric)
    table = Table(
        f"{title} by size",
        [Column("images"), *(Column(model) for model in models)],
        [
            [Cell(f"{size:,}"), *(figure_cell(metric, cells[size, model]) for model in models)]
            for size in sizes
        ],
    )
    title = f"{title} against training images"
    caption = "Means over seeds, bands from the lowest seed to the highest."
    form = distance_text if metric == "frechet" else percent
    points = {
        model: {float(row["images"]): row["each_seed"] for row in mine if row["model"] == model}
        for model in models
    }
    numbers = series_numbers(title, points, "images", form)
    return Section(title, [Figure(title, figure, caption, numbers=numbers), table])


def _confidence(rows: Sequence[Mapping[str, Any]], models: Sequence[str]) -> Section:
    off = {
        model: {
            float(row["images"]): [100 * float(row["calibration_error"])]
            for row in rows
            if row["model"] == model
        }
        for model in models
    }
    figure = sweep_figure(off, "training images", "off by, in points", log=True, share=False)
    caption = (
        "Mean distance of confidence from accuracy, in points, over bins of the same number of "
        "predictions (expected calibration error): 0 is a model that is correct as often as it "
        "says. Of a model that predicts single symbols the confidence is the probability of the "
        "label, derived from those of the symbols. A model trained with label smoothing is "
        "underconfident on purpose."
    )
    name = "Distance of confidence from accuracy against training images"
    numbers = series_numbers(name, off, "images", lambda value: f"{value:.2f}")
    return Section(
        "Does it know when it is wrong?", [Figure(name, figure, caption, numbers=numbers)]
    )


def _tests(tests: Sequence[Mapping[str, Any]], metrics: Sequence[str]) -> Section:
    classified = list(metrics) == ["exact_match"]
    lede = (
        "Each pair is tested on the same test images; p values are corrected by Holm over all "
        "sizes."
        if classified
        else "Trainings of one seed are compared as pairs; p values are corrected by Holm over all "
        "sizes and figures."
    )
    named = [] if classified else [Column("figure", left=True)]
    rows = []
    for test in tests:
        metric = str(test.get("metric", "exact_match"))
        p = None if test["verdict"] == "one seed" else test.get("p_holm")
        rows.append(
            [
                Cell(f"{test['images']:,}"),
                *([] if classified else [Cell(_NAMES[metric])]),
                Cell(f"{test['a']}, {test['b']}"),
                gap_cell(metric, test),
                Cell(p_text(p)),
                *([Cell(_detects(test))] if classified else []),
                Cell(_word(test)),
            ]
        )
    columns = [
        Column("images"), *named, Column("pair", left=True), Column("difference"), Column("p"),
        *([Column("detects")] if classified else []), Column("verdict", verdict=True),
    ]  # fmt: skip
    said = (
        "“Better” and “worse” speak of the first model and stand only where the corrected p is "
        "below 0.05."
    )
    if classified:
        said += " A difference as large as the one under “detects” is found in 8 of 10 such tests."
    return Section(
        "Which is better", [Text(f"{lede} {said}"), Table("Paired tests", columns, rows)]
    )


def _detects(test: Mapping[str, Any]) -> str:
    known = test["verdict"] != "one seed" and test.get("detectable") is not None
    return detected(float(test["detectable"])) if known else "–"


def _word(test: Mapping[str, Any]) -> str:
    if test["verdict"] == "equivalent":
        return f"equal within {points(float(test['margin']))}"
    return str(test["verdict"])

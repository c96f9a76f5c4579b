"""The page of a finished run on other images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.tabular.number_texts import percent
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
    Tiles,
    share_cell,
)
from glyphlab.reporting.pictures.image_rows import png_data
from glyphlab.reporting.plots.confusion_plot import confusion_figure
from glyphlab.reporting.plots.small_multiples import sweep_grid
from glyphlab.reporting.sections.figure_numbers import class_numbers

__all__ = ["evaluation_page", "robustness_figure"]

_MOST_CLASSES = 30
"""More classes than this make a matrix that nobody reads."""
Error = tuple[ArrayLike, str, str, float]


def evaluation_page(document: Mapping[str, Any], errors: Sequence[Error] = ()) -> Page:
    """Return the page of a document that ``glyphlab evaluate --json`` prints.

    Parameters
    ----------
    document : mapping
    errors : sequence of (image, label, prediction, confidence)
        The most confident ones.
    """
    first = document["rows"][0]
    answer = [
        f"{document['run']} predicts {percent(first['mean'])} of {first['images']:,} images "
        f"correctly (95\N{NO-BREAK SPACE}% interval {100 * first['low']:.2f} to "
        f"{percent(first['high'])}).",
    ]
    found = document["robustness"]
    if found:
        answer.append(
            f"Over all corruptions and strengths it is {percent(found['mean'])} "
            f"({100 * found['low']:.2f} to {percent(found['high'])})."
        )
    sections = [_accuracy(document)]
    if found:
        sections.append(_corruptions(found))
    if document["per_class"]:
        sections.append(_classes(document))
    if errors:
        said = "The prediction, underlined as it is wrong, the label, and the confidence."
        tiles = [
            {
                "image": png_data(np.asarray(image)),
                "true": label,
                "read": [{"text": predicted, "wrong": True}],
                "wrong": True,
                "confidence": f"{100 * confidence:.1f} %",
            }
            for image, label, predicted, confidence in errors
        ]
        sections.append(Section("The most confident errors", [Text(said), Tiles(tiles)]))
    return Page(
        eyebrow="Glyphlab evaluation",
        title=f"Evaluation of {document['run']}",
        question=f"It is scored on {document['images']}.",
        sections=sections,
        environment=environment_rows(document["env"]),
        command=document["command"],
        answer=answer,
    )


def _accuracy(document: Mapping[str, Any]) -> Section:
    table = Table(
        "Accuracy",
        [Column("images", left=True), Column("correct"), Column("number")],
        [
            [Cell(row["which"]), share_cell(row["mean"], row["low"], row["high"]),
             Cell(f"{row['images']:,}")]
            for row in document["rows"]
        ],
    )  # fmt: skip
    parts: list[Part] = [*map(Text, document["remarks"]), table]
    off = f"{100 * document['calibration_error']:.2f} points"
    parts.append(
        Text(
            f"Confidence is off accuracy by {off} in the mean. Intervals are for this one trained "
            "model, over images and the glyphs on them."
        )
    )
    return Section("Accuracy", parts)


def robustness_figure(found: Mapping[str, Any]) -> str:
    """Draw accuracy on corrupted images: a small chart for each corruption.

    Parameters
    ----------
    found : mapping
        ``robustness`` of the document.
    """
    panels: dict[str, list[tuple[float, float, float, float]]] = {}
    units: dict[str, str] = {}
    for row in found["rows"]:
        point = (row["strength"], row["mean"], row["low"], row["high"])
        panels.setdefault(row["corruption"], []).append(point)
        units[row["corruption"]] = row["unit"]
    return sweep_grid(panels, units, "accuracy")


def _corruptions(found: Mapping[str, Any]) -> Section:
    numbers = Table(
        "Accuracy on corrupted images, in numbers",
        [Column("corruption", left=True), Column("strength"), Column("unit", left=True),
         Column("correct")],
        [
            [Cell(row["corruption"]), Cell(f"{row['strength']:g}".replace("-", "\N{MINUS SIGN}")),
             Cell(row["unit"]), share_cell(row["mean"], row["low"], row["high"])]
            for row in found["rows"]
        ],
    )  # fmt: skip
    caption = (
        "Each line begins at the images as they are; bands are 95 % intervals over images and "
        "glyphs. All points are of the same images."
    )
    lede = (
        "Noise, shifts, turns, contrast and occlusion after MNIST-C (Mu and Gilmer, 2019) and "
        "Hendrycks and Dietterich (2019), thickness after Morpho-MNIST (Castro et al., 2019)."
    )
    svg = robustness_figure(found)
    figure = Figure("Accuracy on corrupted images", svg, caption, "wide", numbers)
    return Section("Corrupted images", [Text(lede), figure])


def _classes(document: Mapping[str, Any]) -> Section:
    table = Table(
        "Accuracy of each class",
        [Column("class", left=True), Column("correct"), Column("images")],
        [
            [
                Cell(row["class"]),
                Cell("absent") if row["mean"] is None else share_cell(row["mean"], row["low"],
                                                                      row["high"]),
                Cell(f"{row['images']:,}"),
            ]
            for row in document["per_class"]
        ],
    )  # fmt: skip
    parts: list[Part] = [table]
    counts = document["confusion"]
    if counts is not None and len(counts) <= _MOST_CLASSES:
        names = document["class_names"]
        name = "Which class is predicted as which"
        caption = (
            "The share of each true class (a row) that is predicted as each class. The diagonal is "
            "correct; the stronger the orange, the more frequent the error."
        )
        numbers = class_numbers(name, counts, names)
        parts.append(Figure(name, confusion_figure(counts, names), caption, "square", numbers))
    return Section("Class by class", parts)

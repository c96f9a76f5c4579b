"""The page of what generated images are good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import p_text, signed
from glyphlab.reporting.pages.generators_page import value_figure
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Figure,
    Heading,
    Page,
    Section,
    Table,
    Text,
    points_cell,
    share_cell,
)
from glyphlab.reporting.sections.before_training import data_section
from glyphlab.reporting.sections.figure_numbers import value_numbers
from glyphlab.runs import Run

__all__ = ["augmentation_answer", "augmentation_page", "real_images_text"]


def real_images_text(size: int | None, *, per_symbol: bool) -> str:
    """Return how many real images there are, as ``100 real images of each symbol``."""
    if size is None:
        return "all real images"
    return f"{size:,} real images" + (" of each symbol" if per_symbol else "")


def augmentation_page(
    document: Mapping[str, Any],
    trained: Mapping[str, Sequence[Run]] | None = None,
    remarks: Sequence[str] = (),
) -> Page:
    """Return what classifiers came to on real, generated and both kinds of images.

    Parameters
    ----------
    document : mapping
        As ``glyphlab augmentation-study --json`` prints it.
    trained : mapping of str to sequence of Run, optional
        The runs of each condition, for what they saw.
    remarks : sequence of str
        Sentences that stand above the rows.
    """
    first = document["rows"][0]
    how = Text(
        "Each generator was trained on the same few real images as the classifiers beside it. All "
        "classifiers take about as many steps and are scored once on "
        f"{first['items']:,} real test images; {first['seeds']} "
        f"training{'s' if first['seeds'] > 1 else ''} each"
        + (", each with its own choice of the few real images." if _each(document) else ".")
    )
    sizes = dict.fromkeys(row["images"] for row in document["rows"])
    return Page(
        eyebrow="Glyphlab generators",
        title=f"What generated images are good for: {document['data']}",
        question="Does a generated image help as much as a real one?",
        answer=augmentation_answer(document),
        sections=[
            data_section(trained or {}),
            Section("How to read this", [how, *map(Text, remarks)]),
            *(_of_size(document, size) for size in sizes),
        ],
        environment=environment_rows(document["env"]),
        command=document["command"],
    )


def _of_size(document: Mapping[str, Any], size: int | None) -> Section:
    rows = [row for row in document["rows"] if row["images"] == size]
    tests = [
        test
        for test in document["tests"]
        if test["images"] == size and "plain" in (test["a"], test["b"])
    ]
    generators = [one for one in document["generators"] if one["images"] == size]
    drawn = [
        {
            "name": row["condition"],
            "mean": 100 * row["mean"],
            "interval": (100 * row["low"], 100 * row["high"]),
            "each": [100 * one for one in row["each_seed"]],
        }
        for row in rows
    ]
    title = real_images_text(size, per_symbol=_each(document)).capitalize()
    accuracies = Table(
        title,
        [Column("trained on", left=True), Column("name", left=True), Column("accuracy")],
        [
            [
                Cell(document["conditions"][row["condition"]]),
                Cell(row["condition"]),
                share_cell(row["mean"], row["low"], row["high"]),
            ]
            for row in rows
        ],
    )
    against = Table(
        "Against plain augmentation",
        [
            Column("pair", left=True), Column("difference"), Column("p"),
            Column("the first is", verdict=True),
        ],
        [
            [
                Cell(f"{test['a']} less {test['b']}"),
                points_cell(test["difference"], test["low"], test["high"]),
                Cell("–" if test["verdict"] == "one seed" else p_text(test["p_holm"])),
                Cell(test["verdict"]),
            ]
            for test in tests
        ],
    )  # fmt: skip
    made = Table(
        "Generators",
        [
            Column("generator", left=True), Column("coverage"),
            Column("nearest training image, beside real images' 1"), Column("verdict", left=True),
        ],
        [
            [
                Cell(f"seed {one['seed']}"),
                Cell(f"{100 * one['coverage']:.1f} %"),
                Cell(f"{one['nearest'] / one['nearest_real']:.2f}"),
                Cell(one["verdict"]),
            ]
            for one in generators
        ],
    )  # fmt: skip
    return Section(
        title,
        [
            Figure(
                "Accuracy by what was trained on",
                value_figure(drawn, "accuracy on real test images, %"),
                "Dots are means, ticks single trainings, bars 95 % intervals over trainings and "
                "test images.",
                numbers=value_numbers(title, drawn, lambda value: f"{value:.2f} %"),
            ),
            accuracies,
            Heading("Against plain augmentation"),
            Text(
                "“Plain” is deformation alone. Intervals are of each difference by itself; p is "
                "corrected by Holm for all pairs of all sizes, and the verdict goes by p. Two "
                "trainings hardly ever distinguish anything."
            ),
            against,
            Heading("The generators"),
            made,
        ],
    )


def augmentation_answer(document: Mapping[str, Any]) -> list[str]:
    """Say of each size what generated images add to real ones that are bent anew each time.

    Parameters
    ----------
    document : mapping
        As ``glyphlab augmentation-study --json`` prints it.
    """
    said = []
    for size in dict.fromkeys(row["images"] for row in document["rows"]):
        (test,) = (
            one
            for one in document["tests"]
            if one["images"] == size and {one["a"], one["b"]} == {"plain", "both-plain"}
        )
        gain = test["difference"] if test["b"] == "plain" else -test["difference"]
        good = {"better": test["a"], "worse": test["b"]}.get(test["verdict"])
        count = real_images_text(size, per_symbol=_each(document))
        if test["verdict"] == "one seed":
            word = "which one training each does not distinguish from chance"
        elif good is None:
            word = "which is not distinguished from nothing"
        else:
            word = "a gain" if good == "both-plain" else "a loss"
        said.append(
            f"With {count}, generated ones added to them change accuracy by {signed(gain)} "
            f"points over deformation alone: {word}."
        )
    alarms = [one["verdict"] for one in document["generators"] if one["verdict"] != "healthy"]
    if alarms:
        said.append(
            f"Alarms were raised for {len(alarms)} of {len(document['generators'])} generators "
            f"({', '.join(alarms)}); their images count too."
        )
    return said


def _each(document: Mapping[str, Any]) -> bool:
    return bool(document.get("per_symbol", True))

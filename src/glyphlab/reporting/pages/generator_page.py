"""The page of a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RunError
from glyphlab._common.png import image_address
from glyphlab._common.tabular.number_texts import seconds_text
from glyphlab.data.class_names import label_text
from glyphlab.reporting.pages.page import environment_rows, named_values
from glyphlab.reporting.pages.page_parts import (
    Album,
    Figure,
    Fold,
    Heading,
    Page,
    Part,
    Section,
    Text,
)
from glyphlab.reporting.pictures.image_rows import image_grid, image_rows
from glyphlab.reporting.sections.before_training import training_images
from glyphlab.reporting.sections.sample_scores import (
    alarm_section,
    epochs_of,
    score_section,
)
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.runs.documents import removal

__all__ = ["generator_page"]

SHOWN_GRIDS = 6
_NOTHING = 1e-12


def generator_page(
    run: Run,
    *,
    grids: Sequence[bytes],
    animation: bytes,
    command: str,
    over: Mapping[str, Any] | None = None,
) -> Page:
    """Return what a generator learned, when, and how far it can be trusted.

    Parameters
    ----------
    run : Run
        A finished one. Its arrays are ``samples (n, H, W)``, ``asked (n, k)`` or empty, ``nearest
        (m, H, W)``, ``walk (rows, steps, h, w)``, ``rows (classes, n, h, w)`` or none.
    grids : sequence of bytes
        A PNG an epoch.
    animation : bytes
        A GIF of them.
    command : str
        The command that makes the page again.
    over : mapping, optional
        Means, intervals and each seed's figures, as ``glyphlab generate --json`` prints them, where
        there are several trainings.

    Raises
    ------
    RunError
        Where the run cannot be read, or its parts do not fit each other.
    """
    summary, arrays, history = run.generator_summary, run.load_predictions(), run.metrics()
    scores = summary.scores
    single = summary.task == "single"
    of = summary.data if single else f"{summary.task} of {summary.data}"
    names = summary.names
    several = scores.modes_possible > len(names)
    _require_fitting(run, len(names))
    asked = arrays["asked"]
    samples = arrays["samples"]
    nearest = arrays["nearest"]
    titles = (
        [label_text(row, names) for row in asked.tolist()] if len(asked) else [""] * len(samples)
    )
    return Page(
        eyebrow="Glyphlab generator",
        title=f"Generator {summary.model}: {of}",
        question=_question(summary),
        sections=[
            Section(
                "Samples",
                [
                    Figure(
                        "Samples",
                        image_grid(samples[:20], titles[:20], 5 if several else 10),
                        "Generated at random after training, none chosen"
                        + (
                            ""
                            if scores.label_accuracy is None
                            else "; below each what was asked for"
                        )
                        + ".",
                        "wide",
                    )
                ],
            ),
            training_images(nearest),
            score_section(summary, over, names),
            alarm_section(summary, history),
            _epochs(grids, animation, columns=not several and scores.label_accuracy is not None),
            _pictures(arrays, titles, names, asked=scores.label_accuracy is not None),
            Section(
                "Recipe",
                [Fold("The whole recipe", [named_values("Recipe", _recipe_rows(run, summary))])],
            ),
        ],
        environment=environment_rows(run.env),
        command=command,
    )


def _recipe_rows(run: Run, summary: GeneratorSummary) -> list[tuple[str, str]]:
    parameters = summary.parameters
    return [
        *_rows(run.recipe),
        (
            "parameters",
            f"generator {parameters.generator:,}, discriminator {parameters.discriminator:,}",
        ),
        ("real images shown", f"{summary.real_images:,}"),
        ("time in steps", seconds_text(summary.fit_seconds)),
    ]


def _epochs(grids: Sequence[bytes], animation: bytes, *, columns: bool) -> Section:
    """Return samples after some of the epochs, and after all of them one after the other."""
    chosen = np.unique(np.linspace(0, len(grids) - 1, min(SHOWN_GRIDS, len(grids))).astype(int))
    pictures = [
        {
            "image": image_address(grids[place], "png"),
            "text": f"epoch {place + 1}",
            "about": f"samples after epoch {place + 1}",
        }
        for place in chosen
    ]
    pictures.append(
        {
            "image": image_address(animation, "gif"),
            "text": "all epochs",
            "about": "samples after every epoch, one after the other",
        }
    )
    each = ", a column for each symbol" if columns else ""
    said = f"Images of the same latent numbers after some of the epochs{each}."
    return Section("How it learned", [Text(said), Album(pictures)])


def _pictures(
    arrays: Mapping[str, NDArray[Any]], titles: Sequence[str], names: Sequence[str], *, asked: bool
) -> Section:
    """Return samples beside their nearest training images, by symbol, and between each other."""
    samples, nearest = arrays["samples"], arrays["nearest"]
    shown = min(12, len(nearest))
    beside = image_rows(
        {"generated": samples[:shown], "nearest real": nearest[:shown]}, titles[:shown]
    )
    parts: list[Part] = [
        Heading("Copied or generated?"),
        Figure(
            "Samples beside their nearest training images",
            beside,
            "Samples, and the training image nearest to each in the features of the reference "
            "classifier.",
            "wide",
        ),
    ]
    if len(arrays["rows"]):
        by_symbol = {names[symbol]: pictures for symbol, pictures in enumerate(arrays["rows"])}
        said = (
            "A row for each symbol, and the same latent numbers in each row: what stays alike down "
            "a column is style."
            if asked
            else "The first samples that are predicted as each symbol; an empty place is one that "
            "is not there."
        )
        rows = image_rows(by_symbol, [])
        parts += [
            Heading("Symbol by symbol"), Figure("Pictures of each symbol", rows, said, "wide")
        ]  # fmt: skip
    walk = {f"line {row + 1}": pictures for row, pictures in enumerate(arrays["walk"])}
    each = ", one symbol a line" if asked else ""
    parts += [
        Heading("Between two samples"),
        Figure(
            "Walks through the latent space",
            image_rows(walk, []),
            f"Along lines between latent numbers{each}: a generator that has learned shapes "
            "changes them smoothly.",
            "wide",
        ),
    ]
    return Section("Samples in detail", parts)


def _require_fitting(run: Run, classes: int) -> None:
    """Insist on arrays that the page can show: rows are of classes, neighbours of samples."""
    arrays, rows = run.load_predictions(), run.metrics()
    conditional = {row["label_accuracy"] is None for row in rows}
    if (
        len(arrays["rows"]) not in (0, classes)
        or not 0 < len(arrays["nearest"]) <= len(arrays["samples"])
        or not len(arrays["walk"])
        or len(conditional) != 1
    ):
        raise RunError(
            f"the parts of {run.path} do not fit each other: remove the run with "
            f"`{removal(run.path)}` and train it again"
        )


def _question(summary: GeneratorSummary) -> str:
    scores = summary.scores
    if not summary.alarms:
        times = scores.frechet / max(scores.frechet_floor, _NOTHING)
        return (
            f"{scores.modes:,} of {scores.modes_possible:,} kinds are there, no alarm was "
            f"raised, and samples are {times:.1f} times as far from real images as real ones are."
        )
    end = summary.epochs_run
    lasting = [alarm for alarm in summary.alarms if alarm.last >= end]
    first = (lasting or summary.alarms)[0]
    when = epochs_of(first.epoch, first.last)
    if not lasting:
        return (
            f"An alarm was raised and passed: {first.name}, in {when} of {end}. "
            f"At the end {scores.modes:,} of {scores.modes_possible:,} kinds are there."
        )
    said = f"It failed: {first.name}, in {when}."
    if summary.best_epoch < summary.epochs_run:
        said += (
            f" It was stopped there, and samples and figures are of epoch {summary.best_epoch}, "
            "which had the smallest Fréchet distance."
        )
    return said


def _rows(recipe: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in recipe.items():
        if isinstance(value, Mapping):
            found += _rows(value, f"{before}{key}.")
        elif value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found.append((f"{before}{key}", text))
    return found

"""The page of a generator."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.errors import RunError
from glyphlab.data.class_names import label_text
from glyphlab.reporting.pages.page import environment_rows, write_page
from glyphlab.reporting.plots.generator_figures import class_figure, loss_figure, timeline_figure
from glyphlab.reporting.plots.pictures import image_grid, image_rows
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.runs.documents import removal

__all__ = ["epochs_of", "write_generator_page"]

SHOWN_GRIDS = 6
_NOTHING = 1e-12


def write_generator_page(
    path: Path,
    run: Run,
    *,
    grids: Sequence[bytes],
    animation: bytes,
    command: str,
    over: Mapping[str, Any] | None = None,
) -> None:
    """Write what a generator learned, when, and how far it can be trusted.

    Parameters
    ----------
    path : Path
        Where to.
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
    chosen = np.unique(np.linspace(0, len(grids) - 1, min(SHOWN_GRIDS, len(grids))).astype(int))
    asked = arrays["asked"]
    samples = arrays["samples"]
    nearest = arrays["nearest"]
    titles = (
        [label_text(row, names) for row in asked.tolist()] if len(asked) else [""] * len(samples)
    )
    shown = min(12, len(nearest))
    values = {
        "title": f"Generator {summary.model}: {of}",
        "question": _question(summary),
        "verdict": summary.verdict,
        "alarms": [
            {**asdict(alarm), "epochs": epochs_of(alarm.epoch, alarm.last)}
            for alarm in summary.alarms
        ],
        "over": over,
        "summary": summary,
        "scores": scores,
        "several": several,
        "grids": [
            {"epoch": int(place) + 1, "image": _address(grids[place], "png")} for place in chosen
        ],
        "animation": _address(animation, "gif"),
        "samples": image_grid(samples[:20], titles[:20], 5 if several else 10),
        "beside": image_rows(
            {"generated": samples[:shown], "nearest real": nearest[:shown]}, titles[:shown]
        ),
        "walk": image_rows(
            {f"line {row + 1}": pictures for row, pictures in enumerate(arrays["walk"])}, []
        ),
        "rows": image_rows(
            {names[symbol]: pictures for symbol, pictures in enumerate(arrays["rows"])}, []
        )
        if len(arrays["rows"])
        else "",
        "losses": loss_figure(history),
        "timeline": timeline_figure(history, summary.alarms),
        "classes": class_figure(scores.classes, names),
        "recipe": _rows(run.recipe),
        "environment": environment_rows(run.env),
        "command": command,
    }
    write_page(path, "generator.html.j2", values)


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
    first, end = summary.alarms[0], summary.epochs_run
    when = epochs_of(first.epoch, first.last)
    if all(alarm.last < end for alarm in summary.alarms):
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


def epochs_of(first: int, last: int) -> str:
    """Return when an alarm stood, in words."""
    return f"epoch {first}" if last == first else f"epochs {first} to {last}"


def _address(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _rows(recipe: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in recipe.items():
        if isinstance(value, Mapping):
            found += _rows(value, f"{before}{key}.")
        elif value is not None:
            text = str(value).lower() if isinstance(value, bool) else str(value)
            found.append((f"{before}{key}", text))
    return found

"""`glyphlab evaluate`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import typer

from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Quiet, RunName, Runs
from glyphlab.cli.output_options import (
    Csv,
    Figures,
    Json,
    Latex,
    Markdown,
    claimed_file,
)
from glyphlab.cli.printing import print_result, write_figures

__all__ = ["evaluate"]


def evaluate(
    run: RunName,
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="Labelled images: a source, a folder or a table; or a task, whose test images are "
            "taken.",
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="SOURCE",
            help="Take the symbols of a task from this source (default: that of the run).",
        ),
    ] = None,
    task_seed: Annotated[
        int | None,
        typer.Option(
            "--task-seed",
            metavar="N",
            min=0,
            help="Draw the data with this seed.",
        ),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            metavar="test|train|all",
            help="Score these images of a source (default: test; all where it has no split of "
            "its own).",
        ),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(
            "--images",
            metavar="N",
            min=2,
            help="Score N images, drawn at random (default: all; with --corrupt 2,000).",
        ),
    ] = None,
    as_is: Annotated[
        bool,
        typer.Option(
            "--as-is",
            help="Take the images as they are; they must have the size of the training images "
            "(default: prepare them like the training images).",
        ),
    ] = False,
    corrupt: Annotated[
        bool,
        typer.Option(
            "--corrupt",
            help="Score corrupted images too: noise, shift, rotation, thickness, contrast and "
            "occlusion at several strengths.",
        ),
    ] = False,
    seed: Annotated[
        int,
        typer.Option(
            "--corruption-seed",
            metavar="N",
            min=0,
            help="Choose images, and corrupt them, with this seed.",
        ),
    ] = 0,
    own: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PACKAGE.MODULE:FACTORY",
            help="Import this model of yours, if the run was trained from it (default: none).",
        ),
    ] = None,
    runs: Runs = Path("runs"),
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            callback=claimed_file,
            help="Write the HTML page to this file (default: none).",
        ),
    ] = None,
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    figures: Figures = None,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Score a finished run on other labelled images.

    Classes are matched by name. Images of a class that the run does not know are left out.
    """
    from glyphlab.runs import Run, find_run

    folder = find_run(runs, run)
    if own is not None:
        from glyphlab.experiments.own_models import imported

        imported(own)
    from glyphlab.experiments.command_line import evaluation_words
    from glyphlab.experiments.evaluations.other_images import evaluate as evaluate_run

    asked: dict[str, Any] = {
        "source": source, "part": part, "task_seed": task_seed, "images": images, "as_is": as_is,
        "corrupt": corrupt, "seed": seed,
    }  # fmt: skip
    loaded = Run.load(folder)
    words = evaluation_words(folder, data, **asked)
    words += [] if own is None else ["--model", own]
    found = evaluate_run(
        loaded, data, **asked, data_dir=data_dir, quiet=quiet, command=shlex.join(words)
    )
    if report is not None:
        found.to_html(report)
        note(f"wrote the page {report}")
    write_figures(found, figures)
    print_result(found, as_json=json, tables=(csv, latex, markdown))

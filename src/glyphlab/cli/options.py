"""Options that several commands share: one name, one meaning, one sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.errors import UsageError

__all__ = [
    "AsPublished",
    "Data",
    "DataDir",
    "Digits",
    "Glyphs",
    "Images",
    "Kind",
    "Labels",
    "Margin",
    "Models",
    "PerLabel",
    "Quiet",
    "Redraw",
    "Reference",
    "RunName",
    "Runs",
    "Seed",
    "Seeds",
    "Set",
    "Task",
    "TaskSeed",
    "Tuned",
    "WithoutGlyphReuse",
    "margin_of",
    "names_in",
]


def _use_data_dir(folder: Path | None) -> Path | None:
    # the library and its worker processes look there first; this process is one command long
    if folder is not None:
        try:
            os.environ["GLYPHLAB_DATA"] = str(folder.expanduser().absolute())
        except RuntimeError as error:  # a home of nobody
            raise typer.BadParameter(f"{folder}: {error} Name a folder that is there") from error
    return folder


Task = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        help="A task: single, triple, addition, product, difference, a scene file (.toml), a "
        "folder <split>/<label>/*.png, or a table of glyph ids (.csv).",
    ),
]
Data = Annotated[
    str,
    typer.Option(
        "--data",
        metavar="SOURCE",
        help="Take the symbols from this source: digits, mnist, fashion-mnist, or the path of a "
        "folder or file of labelled images.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels",
        metavar="shared|disjoint",
        help="Share labels among the splits, or keep them apart (default: as the task says).",
    ),
]
Glyphs = Annotated[
    str | None,
    typer.Option(
        "--glyphs",
        metavar="shared|disjoint",
        help="Share glyphs among the splits, or keep them apart (default: as the task says).",
    ),
]
AsPublished = Annotated[
    bool, typer.Option("--as-published", help="Use the task in the form that was published.")
]
PerLabel = Annotated[
    int | None,
    typer.Option(
        "--per-label",
        metavar="N",
        min=1,
        help="Draw N images of each label (default: as the task says).",
    ),
]
Images = Annotated[
    int | None,
    typer.Option(
        "--images",
        metavar="N",
        min=10,
        help="Draw N images in all (default: as --per-label says).",
    ),
]
Digits = Annotated[
    int,
    typer.Option(
        "--digits", metavar="N", min=1, help="Write each number of a calculation with N digits."
    ),
]
WithoutGlyphReuse = Annotated[
    bool, typer.Option("--without-glyph-reuse", help="Use each glyph on one image only.")
]
Redraw = Annotated[
    bool,
    typer.Option(
        "--redraw", help="Redraw the training images every epoch, of the same labels and glyphs."
    ),
]
TaskSeed = Annotated[
    int, typer.Option("--task-seed", metavar="N", min=0, help="Draw the data with this seed.")
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="N",
        min=0,
        help="Start training at this seed (default: the recipe's own, else 0).",
    ),
]
Seeds = Annotated[
    int,
    typer.Option(
        "--seeds", metavar="N", min=1, max=1_000, help="Train each model N times, a seed each."
    ),
]
Models = Annotated[
    str,
    typer.Option(
        "--models",
        metavar="NAME,...",
        help="Train these models: classifiers or generators, by name.",
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        metavar="classifier|generator",
        help="Take the names as those of classifiers or of generators (default: as the names say).",
    ),
]
Tuned = Annotated[
    bool,
    typer.Option(
        "--tuned",
        help="Train each model with its own best settings (default: strategies share theirs).",
    ),
]
Margin = Annotated[
    str | None,
    typer.Option(
        "--margin",
        metavar="SHARE",
        help="Call models equal that are shown to differ by less, as 0.002 or 0.2% (default: "
        "none).",
    ),
]
Reference = Annotated[
    str | None,
    typer.Option(
        "--reference",
        metavar="RUN",
        help="Use this finished run as the reference classifier (default: train one).",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set one key of the recipe, as training.epochs=3; the option repeats.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="FOLDER",
        callback=_use_data_dir,
        help="Keep datasets in this folder (default: GLYPHLAB_DATA, then the user's cache).",
    ),
]
Runs = Annotated[
    Path,
    typer.Option("--runs", metavar="FOLDER", help="Read the runs of this folder."),
]
RunName = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A run: its name, the beginning of its name, or a folder."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


def margin_of(text: str | None) -> float | None:
    """Return the difference that an option names, as ``0.002`` or ``0.2%``.

    Raises
    ------
    UsageError
        For what is no share above 0 and below 1.
    """
    if text is None:
        return None
    number, percent, rest = text.strip().partition("%")
    try:
        found = float(number) / (100 if percent else 1)
    except ValueError:
        found = 0.0
    if rest or not 0 < found < 1:
        raise UsageError(
            f"--margin {text}: expected a difference in accuracy above 0 and below 1, as 0.002 or "
            "0.2% for 0.2 points"
        )
    return found


def names_in(text: str) -> list[str]:
    """Return what stands between the commas of an option."""
    return [name.strip() for name in text.split(",") if name.strip()]

"""Options that several commands share, and how results are printed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "AsPublished",
    "Data",
    "DataDir",
    "Digits",
    "Glyphs",
    "Images",
    "Json",
    "Kind",
    "Labels",
    "Once",
    "Out",
    "PerLabel",
    "Quiet",
    "Runs",
    "Seed",
    "Set",
    "Task",
    "print_json",
    "print_table",
]


def _use_data_dir(folder: Path | None) -> Path | None:
    # the library and its worker processes look there first; this process is one command long
    if folder is not None:
        os.environ["GLYPHLAB_DATA"] = str(folder.expanduser().absolute())
    return folder


Task = Annotated[
    str,
    typer.Argument(
        metavar="TASK",
        help="'single', 'triple', 'addition', 'product', 'difference', a scene file (.toml), a "
        "folder <split>/<label>/*.png, or a .csv of glyph ids.",
    ),
]
Data = Annotated[
    str, typer.Option("--data", help="digits, mnist, fashion-mnist, or a folder of images.")
]
Labels = Annotated[
    str | None, typer.Option("--labels", help="shared or disjoint between the splits.")
]
Glyphs = Annotated[
    str | None, typer.Option("--glyphs", help="shared or disjoint between the splits.")
]
AsPublished = Annotated[
    bool, typer.Option("--as-published", help="The form of the published experiment.")
]
PerLabel = Annotated[int | None, typer.Option("--per-label", min=1, help="Images a label.")]
Images = Annotated[
    int | None, typer.Option("--images", min=10, help="Images in all, in place of --per-label.")
]
Digits = Annotated[
    int, typer.Option("--digits", min=1, help="Digits of each number in a calculation.")
]
Once = Annotated[bool, typer.Option("--once", help="Each glyph stands on one image only.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the data.")]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", callback=_use_data_dir, help="Folder of datasets; before GLYPHLAB_DATA."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Kind = Annotated[
    str | None,
    typer.Option("--kind", help="classifier or generator, where a name is of both."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Out = Annotated[Path, typer.Option("--out", help="Folder that takes the runs.")]
Runs = Annotated[Path, typer.Option("--runs", help="Folder that holds the runs.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value, as training.epochs=3."),
]


def print_json(document: Any) -> None:
    """Print one JSON document to stdout."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows of text to stdout under a head, each column as wide as it needs to be."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())

"""Options that several commands share: one name, one meaning, one sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

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
    "Models",
    "Out",
    "PerLabel",
    "Quiet",
    "Redraw",
    "Reference",
    "Report",
    "RunName",
    "Runs",
    "Seed",
    "Seeds",
    "Set",
    "Task",
    "TaskSeed",
    "WithoutGlyphReuse",
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
        help="The task is 'single', 'triple', 'addition', 'product', 'difference', a scene file "
        "(.toml), a folder <split>/<label>/*.png, or a table of glyph ids (.csv).",
    ),
]
Data = Annotated[
    str,
    typer.Option(
        "--data",
        help="The symbols come from this source: digits, mnist, fashion-mnist, or a folder.",
    ),
]
Labels = Annotated[
    str | None,
    typer.Option(
        "--labels", help="The splits have shared or disjoint labels (default: as the task says)."
    ),
]
Glyphs = Annotated[
    str | None,
    typer.Option(
        "--glyphs", help="The splits have shared or disjoint glyphs (default: as the task says)."
    ),
]
AsPublished = Annotated[
    bool, typer.Option("--as-published", help="The task has the form of the published experiment.")
]
PerLabel = Annotated[
    int | None,
    typer.Option(
        "--per-label", min=1, help="Each label has this many images (default: as the task says)."
    ),
]
Images = Annotated[
    int | None,
    typer.Option(
        "--images",
        min=10,
        help="The task has this many images in all (default: as --per-label says).",
    ),
]
Digits = Annotated[
    int, typer.Option("--digits", min=1, help="Each number of a calculation has this many digits.")
]
WithoutGlyphReuse = Annotated[
    bool, typer.Option("--without-glyph-reuse", help="Each glyph stands on one image only.")
]
Redraw = Annotated[
    bool,
    typer.Option(
        "--redraw", help="Every epoch trains on new pictures of the same labels and glyphs."
    ),
]
TaskSeed = Annotated[
    int, typer.Option("--task-seed", min=0, help="The data are drawn with this seed.")
]
Seed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        help="The first training has this seed (default: the recipe's own, else 0).",
    ),
]
Seeds = Annotated[
    int,
    typer.Option("--seeds", min=1, help="Each model is trained this many times, a seed each."),
]
Models = Annotated[
    str,
    typer.Option(
        "--models",
        help="The models have these names, of classifiers or of generators, with commas between.",
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(
        "--kind",
        help="The models are of this kind: classifier or generator (default: as their names say).",
    ),
]
Reference = Annotated[
    str | None,
    typer.Option(
        "--reference",
        metavar="RUN",
        help="This finished run is the reference classifier (default: one is trained).",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="One key of the recipe has this value, as training.epochs=3; the option repeats.",
    ),
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        callback=_use_data_dir,
        help="The datasets lie in this folder (default: GLYPHLAB_DATA, then the user's cache).",
    ),
]
Out = Annotated[
    Path, typer.Option("--out", help="The results are written into this folder, a run each.")
]
Runs = Annotated[Path, typer.Option("--runs", help="The runs are read from this folder.")]
RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="The run goes by its name, the beginning of it, or its folder."
    ),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE",
        help="The HTML page is written to this file (default: one beside the runs).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="The result is printed as one JSON document.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress is shown.")]


def names_in(text: str) -> list[str]:
    """Return what stands between the commas of an option."""
    return [name.strip() for name in text.split(",") if name.strip()]

"""`glyphlab data`: what is here, fetching, building."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab.cli.old_names import Commands
from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Glyphs,
    Images,
    Json,
    Labels,
    PerLabel,
    Quiet,
    Task,
    TaskSeed,
    WithoutGlyphReuse,
)
from glyphlab.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from glyphlab.tasks import Task as LoadedTask

__all__ = ["build", "data_app", "fetch", "list_data"]

data_app = typer.Typer(
    cls=Commands,
    help="List sources, fetch one, build a task.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class _Format(enum.StrEnum):
    folder = "folder"
    npz = "npz"
    pairs = "pairs"


@data_app.command("list")
def list_data(json: Json = False, data_dir: DataDir = None) -> None:
    """Show every known source, its licence, and where it was found."""
    from glyphlab.data import list_sources

    sources = list_sources(data_dir=data_dir)
    if json:
        print_json(
            {
                "schema": SCHEMA,
                "sources": [
                    {
                        "name": source.name,
                        "state": source.state,
                        "found": None if source.found is None else str(source.found),
                        "licence": source.licence,
                        "citation": source.citation,
                    }
                    for source in sources
                ],
            }
        )
    else:
        print_table(
            ["name", "state", "found", "licence"],
            [[s.name, s.state, s.found or "", s.licence] for s in sources],
        )


@data_app.command()
def fetch(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A source: mnist, fashion-mnist or digits."),
    ],
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Download a source where it is not here yet, and check its digests."""
    from glyphlab.data import fetch_symbols

    got = fetch_symbols(name, data_dir=data_dir, quiet=quiet)
    typer.echo(f"{got.name} has {len(got.train)} training and {len(got.test)} test images.")


@data_app.command()
def build(
    task: Task,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Write the images to this folder, new or empty; pairs to a .csv file.",
        ),
    ],
    form: Annotated[
        _Format,
        typer.Option("--format", help="Write PNG files, arrays, or pairs of glyph ids."),
    ] = _Format.folder,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    without_glyph_reuse: WithoutGlyphReuse = False,
    task_seed: TaskSeed = 0,
    data_dir: DataDir = None,
) -> None:
    """Write the images of a task, for use elsewhere."""
    from glyphlab.tasks import write_folder, write_npz, write_pairs
    from glyphlab.tasks.from_recipe import load_named

    built = load_named(
        task,
        data=data,
        labels=labels,
        glyphs=glyphs,
        as_published=as_published,
        per_label=per_label,
        images=images,
        digits=digits,
        without_glyph_reuse=without_glyph_reuse,
        seed=task_seed,
        data_dir=data_dir,
    )
    write: dict[_Format, Callable[[LoadedTask, Path], None]] = {
        _Format.folder: write_folder,
        _Format.npz: write_npz,
        _Format.pairs: write_pairs,
    }
    write[form](built, out)
    sizes = ", ".join(f"{len(split)} {name}" for name, split in built.splits.items())
    typer.echo(f"{out} holds {sizes} images ({built.protocol}).")

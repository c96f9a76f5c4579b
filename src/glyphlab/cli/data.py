"""`glyphlab data`: what is here, fetching, building."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab.cli.audit import load
from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Glyphs,
    Images,
    Json,
    Labels,
    Once,
    PerLabel,
    Quiet,
    Seed,
    Task,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from glyphlab.tasks import Task as ComposedTask

__all__ = ["build", "data_app", "fetch", "list_data"]

data_app = typer.Typer(
    help="Datasets: list, fetch, build.", no_args_is_help=True, rich_markup_mode=None
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
    name: Annotated[str, typer.Argument(metavar="NAME", help="mnist, fashion-mnist or digits.")],
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Download a source where it is not here yet, and check its digests."""
    from glyphlab.data import fetch_symbols

    got = fetch_symbols(name, data_dir=data_dir, quiet=quiet)
    typer.echo(f"{got.name}: {len(got.train)} training and {len(got.test)} test images, whole")


@data_app.command()
def build(
    task: Task,
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write, new or empty; of pairs a .csv file.")
    ],
    form: Annotated[
        _Format,
        typer.Option("--format", help="One PNG an image, arrays, or ids of glyphs."),
    ] = _Format.folder,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    once: Once = False,
    seed: Seed = 0,
    data_dir: DataDir = None,
) -> None:
    """Write the images of a task, to use them elsewhere."""
    from glyphlab.tasks import write_folder, write_npz, write_pairs

    built = load(
        task, data, labels, glyphs, as_published, per_label, images, digits, once, seed, data_dir
    )
    write: dict[_Format, Callable[[ComposedTask, Path], None]] = {
        _Format.folder: write_folder,
        _Format.npz: write_npz,
        _Format.pairs: write_pairs,
    }
    write[form](built, out)
    sizes = ", ".join(f"{len(split)} {name}" for name, split in built.splits.items())
    typer.echo(f"{out}: {sizes} images ({built.protocol})")

"""`glyphlab data import`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Quiet
from glyphlab.cli.output_options import Json
from glyphlab.cli.printing import print_json, print_table

if TYPE_CHECKING:
    from glyphlab.data.own_source import ImportedSource

__all__ = ["import_images"]


class _Kind(enum.StrEnum):
    writing = "writing"
    photographs = "photographs"


class _Inverting(enum.StrEnum):
    auto = "auto"
    all = "all"
    each = "each"
    none = "none"


def import_images(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A folder of images, a table, or another file of labelled images.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Write to this folder, new or empty."),
    ],
    licence: Annotated[
        str | None,
        typer.Option(
            "--licence",
            metavar="TEXT",
            help="What the images may be used under (default: as their source says).",
        ),
    ] = None,
    shows: Annotated[
        _Kind | None,
        typer.Option("--shows", help="What is on the images (default: not stated)."),
    ] = None,
    invert: Annotated[
        _Inverting,
        typer.Option(
            "--invert",
            help="Invert all images, each whose border is light, or none; auto inverts all if "
            "nine of ten have a light border.",
        ),
    ] = _Inverting.auto,
    size: Annotated[
        int | None,
        typer.Option(
            "--size",
            metavar="PIXELS",
            help="Scale the images to this height and width (default: the size that they have).",
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Make a source of your own images.

    The images are checked for blanks, copies, ink that is darker than its ground and few images of
    a class, and drawn on a contact sheet.
    """
    from glyphlab.data.own_source import import_source
    from glyphlab.data.source_card import PICTURE
    from glyphlab.reporting.pictures.image_rows import contact_sheet

    done = import_source(
        path,
        out,
        licence=licence,
        kind=None if shows is None else shows.value,
        invert=invert.value,
        size=size,
        picture=lambda symbols: contact_sheet(symbols.images, symbols.labels, symbols.class_names),
        data_dir=data_dir,
        quiet=quiet,
    )
    if json:
        print_json(
            {
                "schema": SCHEMA,
                "folder": str(done.folder),
                "picture": str(done.folder / PICTURE),
                "source": done.card.to_json(),
                "audit": done.inspection.to_json(),
            }
        )
    else:
        _show(done)
        note(f"drew the images on {done.folder / PICTURE}")


def _show(done: ImportedSource) -> None:
    """Print what was found, class by class, and what is to be said of it."""
    seen = done.inspection
    print_table(
        ["class", "training", "test"],
        [[name, f"{train:,}", f"{test:,}"] for name, (train, test) in seen.classes.items()],
    )
    height, width = done.symbols.train.images.shape[1:]
    images = done.card.images
    typer.echo(
        f"{done.folder} holds {images['train']:,} training and {images['test']:,} test images of "
        f"{width}×{height} pixels (licence {done.card.licence}, split {done.card.split})."
    )
    for said in done.card.done:
        typer.echo(f"DONE: {said}")
    for said in seen.remarks:
        typer.echo(f"REMARK: {said}")

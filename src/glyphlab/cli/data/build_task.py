"""`glyphlab data build`."""

from __future__ import annotations

import enum
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.errors import UsageError
from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Glyphs,
    Images,
    Labels,
    PerLabel,
    Task,
    TaskSeed,
    WithoutGlyphReuse,
)

if TYPE_CHECKING:
    from glyphlab.tasks import Task as LoadedTask

__all__ = ["build"]


class _Format(enum.StrEnum):
    folder = "folder"
    npz = "npz"
    pairs = "pairs"
    shards = "shards"


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
        typer.Option(
            "--format",
            help="Write PNG files, arrays, pairs of glyph ids, or shards: arrays in parts, which "
            "training reads a batch at a time.",
        ),
    ] = _Format.folder,
    shards: Annotated[
        int | None,
        typer.Option(
            "--shards",
            metavar="N",
            min=1,
            help="Divide the images of each split over N files, with --format shards (default: 1).",
        ),
    ] = None,
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
    from glyphlab.tasks.streams.image_shards import write_shards

    if shards is not None and form != _Format.shards:
        raise UsageError(f"--shards {shards} divides images over files: add --format shards")
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
        **({"stream": True} if form == _Format.shards and not Path(task).exists() else {}),
    )
    write: dict[_Format, Callable[[LoadedTask, Path], None]] = {
        _Format.folder: write_folder,
        _Format.npz: write_npz,
        _Format.pairs: write_pairs,
        _Format.shards: partial(write_shards, shards=shards or 1, quiet=False),
    }
    write[form](built, out)
    sizes = ", ".join(f"{len(split)} {name}" for name, split in built.splits.items())
    typer.echo(f"{out} holds {sizes} images ({built.protocol}).")

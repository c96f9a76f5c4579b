"""`glyphlab audit`, and how commands load the task they are given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    Seed,
    Task,
    print_json,
)

if TYPE_CHECKING:
    from glyphlab.tasks import Task as ComposedTask

__all__ = ["audit", "load"]


def audit(
    task: Task,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    once: Once = False,
    seed: Seed = 0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 where there is a leak.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Say what the splits of a task share, and what each model family can reach at best."""
    found = load(
        task, data, labels, glyphs, as_published, per_label, images, digits, once, seed, data_dir
    ).audit()
    if json:
        print_json(found.to_json())
    else:
        typer.echo(str(found))
    if strict:
        found.require_clean()


def load(
    task: str,
    data: str,
    labels: str | None,
    glyphs: str | None,
    as_published: bool,
    per_label: int | None,
    images: int | None,
    digits: int,
    once: bool,
    seed: int,
    data_dir: Path | None,
) -> ComposedTask:
    """Load a task by the name of its preset, its scene file, its folder, or its file of pairs."""
    from glyphlab.tasks.from_recipe import load_named

    return load_named(
        task,
        data=data,
        labels=labels,
        glyphs=glyphs,
        as_published=as_published,
        per_label=per_label,
        images=images,
        digits=digits,
        once=once,
        seed=seed,
        data_dir=data_dir,
    )

"""`glyphlab compare`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

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
    Out,
    PerLabel,
    Quiet,
    Seed,
    Set,
    Task,
    print_json,
)
from glyphlab.errors import UsageError
from glyphlab.progress import note

__all__ = ["compare"]


class _Precision(enum.StrEnum):
    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"


def compare(
    task: Task,
    models: Annotated[
        str, typer.Option("--models", help="Names, with commas between.")
    ] = "whole,sliced,multihead,aligned",
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each model.")] = 3,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="New training pictures every epoch, same glyphs.")
    ] = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    once: Once = False,
    seed: Seed = 0,
    preset: Annotated[
        str | None, typer.Option("--preset", help="A smaller comparison by name: demo, smoke.")
    ] = None,
    overrides: Set = None,
    precision: Annotated[
        _Precision | None,
        typer.Option(
            "--precision",
            help="auto takes what a probe finds faster; each model's own where it is left out.",
        ),
    ] = None,
    out: Out = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", help="The page; report.html in --out by default.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train several models with several seeds, and say what may be concluded.

    What was finished before is not trained again.
    """
    from glyphlab.comparisons import compare as run_comparison
    from glyphlab.train import Recipe

    names = [name.strip() for name in models.split(",") if name.strip()]
    if not names:
        raise UsageError("--models names no model: give it names, as --models whole,aligned")
    chosen = {
        "name": task,
        "data": data,
        "labels": labels,
        "glyphs": glyphs,
        "as_published": as_published,
        "per_label": per_label,
        "images": images,
        "digits": digits,
        "once": once,
        "seed": seed,
        "fresh": fresh,
    }
    result = run_comparison(
        Recipe.from_mapping({"task": chosen}, "options").task,
        names,
        seeds=seeds,
        root=out,
        preset=preset,
        overrides=[
            *([f"training.precision={precision.value}"] if precision else []),
            *(overrides or []),
        ],
        quiet=quiet,
        data_dir=data_dir,
    )
    page = report or out / "report.html"
    result.report(page)
    if json:
        print_json(result.to_json())
    else:
        typer.echo(str(result))
    note(f"report written to {page}")

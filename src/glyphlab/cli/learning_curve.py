"""`glyphlab curve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Images,
    Json,
    Kind,
    Once,
    Out,
    PerLabel,
    Quiet,
    Seed,
    Set,
    Task,
    print_json,
)

__all__ = ["curve"]


def curve(
    task: Task,
    models: Annotated[
        str,
        typer.Option("--models", help="Classifiers, or generators; names with commas between."),
    ],
    sizes: Annotated[
        str, typer.Option("--sizes", help="Numbers of training images, with commas between.")
    ],
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each.")] = 3,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Training steps at least, however few images.")
    ] = 1_000,
    data: Data = "digits",
    as_published: AsPublished = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    once: Once = False,
    seed: Seed = 0,
    overrides: Set = None,
    kind: Kind = None,
    out: Out = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", help="The page; curve.html in --out by default.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train models on more and more images, and say what each makes of few."""
    from glyphlab.experiments.kinds import named
    from glyphlab.recipes import Recipe

    try:
        counts = [int(one) for one in sizes.split(",") if one.strip()]
    except ValueError as error:
        raise UsageError(f"--sizes {sizes}: expected whole numbers, as 100,1000") from error
    chosen = {
        "name": task,
        "data": data,
        "as_published": as_published,
        "per_label": per_label,
        "images": images,
        "digits": digits,
        "once": once,
        "seed": seed,
        "square": 0,
    }
    described = Recipe.from_mapping({"task": chosen}, "options").task
    names = [name.strip() for name in models.split(",") if name.strip()]
    if names:
        named(names, kind)  # a slip is said before anything heavy is imported

    from glyphlab.experiments.curve import learning_curve

    found = learning_curve(
        described,
        names,
        counts,
        seeds=seeds,
        steps=steps,
        root=out,
        overrides=overrides or [],
        kind=kind,
        quiet=quiet,
        data_dir=data_dir,
    )
    page = found.report(report or out / "curve.html")
    if json:
        print_json(found.to_json())
    else:
        typer.echo(str(found))
    note(f"report written to {page}")

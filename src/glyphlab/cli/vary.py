"""`glyphlab vary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Json, Kind, Out, Quiet, Set, print_json

__all__ = ["vary"]


def vary(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE.toml|MODEL", help="A recipe, or a classifier or generator by name."
        ),
    ],
    question: Annotated[str, typer.Argument(metavar="KEY=A,B", help="One key at several values.")],
    task: Annotated[
        str | None,
        typer.Option(
            "--task", help="As 'triple', 'digits' or a scene file; the recipe's own if left out."
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="digits, mnist, fashion-mnist, or a folder.")
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each value.")] = 3,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Of the first training.")
    ] = None,
    overrides: Set = None,
    kind: Kind = None,
    out: Out = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", help="The page; vary-KEY.html in --out by default.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train a recipe with one key at several values, and say what the key changes."""
    from glyphlab.experiments.variation import parse_question
    from glyphlab.experiments.variation import vary as vary_key
    from glyphlab.tasks.task_recipe import TaskRecipe

    if data is not None and task is None:
        raise UsageError(f"--data {data} is of a task: name it too, as --task single")
    of = None if task is None else TaskRecipe.of(task, data=data or "digits")
    key, values = parse_question(question)
    found = vary_key(
        model, key, values, task=of, seeds=seeds, seed=seed, root=out, overrides=overrides or [],
        kind=kind, quiet=quiet, data_dir=data_dir,
    )  # fmt: skip
    page = found.report(report or out / f"vary-{key}.html")
    if json:
        print_json(found.to_json())
    else:
        typer.echo(str(found))
    note(f"report written to {page}")

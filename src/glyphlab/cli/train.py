"""`glyphlab train` and `glyphlab predict`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glyphlab.cli.options import DataDir, Json, Out, Quiet, Runs, Set, print_json, print_table
from glyphlab.errors import UsageError

__all__ = ["predict", "train"]


def train(
    recipe: Annotated[
        Path | None, typer.Argument(metavar="RECIPE.toml", help="A recipe, in TOML.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Seed of training; the file's otherwise."),
    ] = None,
    overrides: Set = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the whole recipe and train nothing.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of recipes, for editors.")
    ] = False,
    out: Out = Path("runs"),
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train what a recipe says, or take it up where it was interrupted."""
    from glyphlab.toml import toml_text
    from glyphlab.train import Recipe
    from glyphlab.train import train as train_recipe

    if schema:
        print_json(Recipe.json_schema())
        return
    if recipe is None:
        raise UsageError("no recipe named: glyphlab train RECIPE.toml")
    resolved = Recipe.from_toml(recipe, overrides or [], seed)
    if dry_run:
        content = resolved.content()
        if json:
            print_json(content)
        else:
            typer.echo(toml_text(content))
        return
    changes = [word for override in overrides or [] for word in ("--set", override)]
    changes += ["--seed", str(seed)] if seed is not None else []
    command = shlex.join(["glyphlab", "train", str(recipe), *changes])
    run = train_recipe(resolved, out, quiet=quiet, data_dir=data_dir, command=command)
    if json:
        print_json(run.summary)
    else:
        typer.echo(f"{run.path}: exact match {run.summary['metrics']['exact_match']:.2%} on test")


def predict(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run: its name, a beginning of it, or its folder."),
    ],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Image files.")],
    runs: Runs = Path("runs"),
    json: Json = False,
) -> None:
    """Read images with a trained model."""
    from glyphlab.runs import find_run
    from glyphlab.train import predict as predict_images

    found = predict_images(find_run(runs, run), images)
    if json:
        print_json(
            {"schema": 1, "predictions": [{**one, "path": str(one["path"])} for one in found]}
        )
    else:
        print_table(
            ["image", "label", "confidence"],
            [[one["path"], one["label"], f"{one['confidence']:.1%}"] for one in found],
        )

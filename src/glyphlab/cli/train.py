"""`glyphlab train` and `glyphlab predict`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab.cli.options import DataDir, Json, Out, Quiet, Runs, Set, print_json, print_table

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
    """Train what a recipe says, or resume it where it was interrupted.

    RECIPE is a TOML file of a classifier or of a generator (kind = "generator"), or the recipe.json
    of a run.
    """
    from glyphlab._common.toml import toml_text
    from glyphlab.recipes import Recipe, json_schema, read_recipe_file
    from glyphlab.runs.summary import document_of

    if schema:
        print_json(json_schema())
        return
    if recipe is None:
        raise UsageError("no recipe named: glyphlab train RECIPE.toml")
    resolved = read_recipe_file(recipe, overrides or [], seed)
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
    from glyphlab.training import train as train_recipe

    run = train_recipe(resolved, out, quiet=quiet, data_dir=data_dir, command=command)
    if json:
        print_json(document_of(run.summary))
    elif isinstance(resolved, Recipe):
        score = run.classifier_summary.metrics.exact_match
        typer.echo(f"{run.path}: exact match {score:.2%} on test")
    else:
        found = run.generator_summary
        typer.echo(f"{run.path}: {found.verdict}, Fréchet distance {found.judged.frechet:.3f}")


def predict(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run: its name, a beginning of it, or its folder."),
    ],
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Image files.")],
    own: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PACKAGE.MODULE:FACTORY",
            help="What the run was trained from, where that is a model of yours.",
        ),
    ] = None,
    runs: Runs = Path("runs"),
    json: Json = False,
) -> None:
    """Read images with a trained model."""
    from glyphlab.runs import find_run
    from glyphlab.training import predict as predict_images

    if own is not None:
        from glyphlab.experiments.own_models import imported

        imported(own)  # a run folder may be a stranger's: only what is named here is imported
    found = predict_images(find_run(runs, run), images)
    if json:
        print_json(
            {"schema": SCHEMA, "predictions": [{**one, "path": str(one["path"])} for one in found]}
        )
    else:
        print_table(
            ["image", "label", "confidence"],
            [[one["path"], one["label"], f"{one['confidence']:.1%}"] for one in found],
        )

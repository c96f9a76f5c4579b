"""`glyphlab train`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glyphlab.cli.executor_options import Stream, Threads, chosen_executor
from glyphlab.cli.options import DataDir, Quiet, Seed, Set
from glyphlab.cli.output_options import Json, Out
from glyphlab.cli.printing import print_json

__all__ = ["train"]


def _show_schema(wanted: bool) -> None:
    if wanted:
        from glyphlab.recipes import json_schema

        print_json(json_schema())
        raise typer.Exit


def train(
    recipe: Annotated[
        Path,
        typer.Argument(
            metavar="RECIPE.toml", help="A recipe: a TOML file, or the recipe.json of a run."
        ),
    ],
    seed: Seed = None,
    overrides: Set = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the whole recipe, and train nothing.")
    ] = False,
    schema: Annotated[  # noqa: ARG001
        bool,
        typer.Option(
            "--schema",
            callback=_show_schema,
            is_eager=True,
            help="Print the JSON Schema of recipes, for editors.",
        ),
    ] = False,
    out: Out = Path("runs"),
    json: Json = False,
    threads: Threads = None,
    stream: Stream = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train a recipe, or resume its training.

    A recipe is one of a classifier, or of a generator (kind = "generator").
    """
    from glyphlab._common.toml import toml_text
    from glyphlab.recipes import Recipe, read_recipe_file
    from glyphlab.runs.summary import document_of

    resolved = read_recipe_file(recipe, overrides or [], seed)
    if dry_run:
        from glyphlab.training.rehearsal import rehearse

        rehearse(resolved)
        content = resolved.content()
        if json:
            print_json(content)
        else:
            typer.echo(toml_text(content), nl=False)
        return
    changes = [word for override in overrides or [] for word in ("--set", override)]
    changes += ["--seed", str(seed)] if seed is not None else []
    from glyphlab.experiments.command_line import out_words
    from glyphlab.training import train as train_recipe

    words = ["glyphlab", "train", str(recipe), *changes, *out_words(out)]
    command = None if recipe.is_absolute() else shlex.join(words)  # then that of the run's recipe

    with chosen_executor(None, threads, None, None, stream=stream):
        run = train_recipe(resolved, out, quiet=quiet, data_dir=data_dir, command=command)
    if json:
        print_json(document_of(run.summary))
    elif isinstance(resolved, Recipe):
        score = run.classifier_summary.metrics.exact_match
        typer.echo(f"{run.path}: exact match {score:.2%} on test")
    else:
        found = run.generator_summary
        typer.echo(f"{run.path}: {found.verdict}, Fréchet distance {found.scores.frechet:.3f}")

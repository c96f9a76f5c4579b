"""`glyphlab runs`: what was trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.old_names import Commands
from glyphlab.cli.options import RunName, Runs
from glyphlab.cli.output_options import Csv, Json, Latex, Markdown
from glyphlab.cli.printing import print_json, print_result

__all__ = ["list_all", "remove", "runs_app", "show"]

runs_app = typer.Typer(
    cls=Commands,
    help="List the runs, show one, remove one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@runs_app.command("list")
def list_all(
    runs: Runs = Path("runs"),
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
) -> None:
    """Show every run, finished or not."""
    from glyphlab.runs import list_runs
    from glyphlab.runs.index import RunList, first_command, require_folder

    require_folder(runs)
    found = RunList(list_runs(runs))
    tables = (csv, latex, markdown)
    if not found.runs and not json and not any(tables):
        note(f"there are no runs in {runs} yet: '{first_command(runs)}' makes some")
        return
    print_result(found, as_json=json, tables=tables)


@runs_app.command()
def show(run: RunName, runs: Runs = Path("runs"), json: Json = False) -> None:
    """Show one run on a screen: its data, result, settings and machine.

    With --json everything is printed.
    """
    from glyphlab.runs import Run, find_run
    from glyphlab.runs.documents import read_recipe
    from glyphlab.runs.summary import document_of

    path = find_run(runs, run)
    found = Run(path, read_recipe(path))
    document = {
        "schema": SCHEMA,
        "name": found.name,
        "done": found.is_done,
        "recipe": found.recipe,
        "environment": found.env,
        "metrics": found.metrics(),
        "summary": document_of(found.summary) if found.is_done else None,
    }
    if json:
        print_json(document)
        return
    from glyphlab.cli.finished.run_overview import overview

    typer.echo(overview(found))
    typer.echo("  everything   the same command with --json")


@runs_app.command("rm")
def remove(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="A run: its whole name, or its folder."),
    ],
    runs: Runs = Path("runs"),
) -> None:
    """Delete one run; its name must be typed whole."""
    from glyphlab.runs import find_run, remove_run

    path = find_run(runs, run)
    if run != path.name and Path(run).resolve() != path.resolve():
        raise UsageError(f"'{run}' is only the beginning of '{path.name}': type the whole name")
    remove_run(path)
    typer.echo(f"removed {path}")

"""`glyphlab report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab.cli.options import Runs

__all__ = ["report"]


def report(
    run: Annotated[
        list[str],
        typer.Argument(metavar="RUN", help="Runs: names, beginnings of names, or folders."),
    ],
    page: Annotated[Path, typer.Option("--output", "-o", help="The page to write.")],
    runs: Runs = Path("runs"),
) -> None:
    """Write one self-contained HTML page from finished runs."""
    from glyphlab.report import write_run_page
    from glyphlab.runs import Run, find_run

    folders = [Run.load(find_run(runs, name)).path for name in run]
    write_run_page(page, folders)
    typer.echo(str(page))

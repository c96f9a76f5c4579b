"""`glyphlab report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.errors import UsageError
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
    from glyphlab.experiments import write_run_page
    from glyphlab.runs import GeneratorSummary, Run, find_run

    found = [Run.load(find_run(runs, name)) for name in run]
    drawn = [one for one in found if isinstance(one.summary, GeneratorSummary)]
    if drawn:
        from glyphlab.experiments.results.generator_outcome import write_page_of

        if len(found) > 1:
            raise UsageError(f"{drawn[0].name} is a generator, and has a page alone: name it only")
        write_page_of(drawn[0], page)
    else:
        write_run_page(page, found)
    typer.echo(str(page))

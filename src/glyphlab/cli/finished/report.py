"""`glyphlab report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import Margin, Quiet, Runs, margin_of
from glyphlab.cli.output_options import (
    Csv,
    Figures,
    Json,
    Latex,
    Markdown,
    Report,
)
from glyphlab.cli.printing import print_json, write_figures, write_tables

if TYPE_CHECKING:
    from glyphlab.experiments import Document

__all__ = ["report"]


def report(
    run: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            help="Runs: their names, the beginnings of their names, or folders.",
        ),
    ],
    report: Report = None,
    runs: Runs = Path("runs"),
    margin: Margin = None,
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    figures: Figures = None,
    quiet: Quiet = False,
) -> None:
    """Write one HTML page of finished runs.

    The page is one file and asks nothing of the network. With --quiet its path alone is printed.
    """
    from glyphlab.experiments.command_line import page_words, report_command
    from glyphlab.runs import GeneratorSummary, Run, find_run

    within = margin_of(margin)
    found = [Run.load(find_run(runs, name)) for name in run]
    more = f"-and-{len(found) - 1}-more" if len(found) > 1 else ""
    page = report or runs / f"{found[0].name}{more}.html"
    generators = [one for one in found if isinstance(one.summary, GeneratorSummary)]
    result: Document
    options = page_words(page)
    if generators:
        from glyphlab.experiments.results.generator_outcome import outcome_of

        if len(found) > 1:
            raise UsageError(
                f"{generators[0].name} is a generator, and has a page alone: name it only"
            )
        if within is not None:
            raise UsageError(
                f"--margin is for the accuracies of classifiers, and {found[0].name} is a "
                "generator: leave it out"
            )
        result = outcome_of(generators, report_command(generators, options))
    else:
        from glyphlab.experiments import report_runs

        result = report_runs(found, margin=within, options=options)
    result.to_html(page)
    tables = (csv, latex, markdown)
    write_tables(result, tables)
    write_figures(result, figures)
    if json:
        print_json({"schema": SCHEMA, "page": str(page)})
    elif quiet and Path("-") not in tables:
        typer.echo(str(page))
    else:
        note(f"wrote the page {page}")

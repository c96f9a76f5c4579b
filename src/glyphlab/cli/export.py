"""`glyphlab export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Json, Quiet, RunName, Runs
from glyphlab.cli.printing import print_json

__all__ = ["export"]


def export(
    run: RunName,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Write one page that recognises pictures offline (default: none).",
        ),
    ] = None,
    runs: Runs = Path("runs"),
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Export the classifier of a run as one file that works without Glyphlab.

    A file that is there already is not replaced. With --quiet its path alone is printed.
    """
    from glyphlab.runs import Run, find_run

    if html is None:
        raise UsageError("no file is named: add --html FILE")
    found = Run.load(find_run(runs, run))
    from glyphlab.export.html_page import write_classifier_page

    said = write_classifier_page(found, html, data_dir=data_dir)
    if json:
        print_json({"schema": SCHEMA, **said})
    elif quiet:
        typer.echo(str(html))
    else:
        note(f"wrote the page {html} ({said['bytes'] / 1e6:.2f} MB)")

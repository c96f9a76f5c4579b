"""`glyphlab export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Quiet, RunName, Runs
from glyphlab.cli.output_options import Html, Json, Onnx
from glyphlab.cli.printing import print_json

__all__ = ["export"]


def export(
    run: RunName,
    html: Html = None,
    onnx: Onnx = None,
    own: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PACKAGE.MODULE:FACTORY",
            help="Import this model of yours, if the run was trained from it (default: none).",
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

    if html is None and onnx is None:
        raise UsageError("no file is named: add --html FILE, --onnx FILE, or both")
    found = Run.load(find_run(runs, run))
    if own is not None:
        from glyphlab.experiments.own_models import imported

        imported(own)  # a run folder may be a stranger's: only what is named here is imported
    from glyphlab.export.free_target import require_free
    from glyphlab.export.onnx_graph import require_onnx

    # before one of them is written
    if html is not None:
        require_free(html, "html", "htm")
    if onnx is not None:
        require_free(onnx, "onnx")
    if onnx is not None:
        require_onnx()
    said: dict[str, Any] = {}
    if html is not None:
        from glyphlab.export.html_page import write_classifier_page

        said["html"] = write_classifier_page(found, html, data_dir=data_dir)
    if onnx is not None:
        from glyphlab.export.onnx_file import write_onnx

        said["onnx"] = write_onnx(found, onnx, data_dir=data_dir)
    if json:
        print_json({"schema": SCHEMA, **said})
        return
    for one in said.values():
        if quiet:
            typer.echo(one["path"])
        else:
            note(f"wrote {one['path']} ({one['bytes'] / 1e6:.2f} MB)")

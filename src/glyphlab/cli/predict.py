"""`glyphlab predict`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab.cli.options import Json, RunName, Runs
from glyphlab.cli.printing import print_json, print_table

__all__ = ["predict"]


def predict(
    run: RunName,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Image files.")],
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
) -> None:
    """Predict the labels of images with a run."""
    from glyphlab.runs import find_run

    folder = find_run(runs, run)  # a slip is said before anything heavy is imported
    from glyphlab.training import predict as predict_images

    if own is not None:
        from glyphlab.experiments.own_models import imported

        imported(own)  # a run folder may be a stranger's: only what is named here is imported
    found = predict_images(folder, images)
    if json:
        print_json(
            {"schema": SCHEMA, "predictions": [{**one, "path": str(one["path"])} for one in found]}
        )
    else:
        print_table(
            ["image", "label", "confidence"],
            [[one["path"], one["label"], f"{one['confidence']:.1%}"] for one in found],
        )

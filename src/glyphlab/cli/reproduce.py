"""`glyphlab reproduce`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Json, Out, Quiet, print_json, print_table

__all__ = ["reproduce"]


class _Scale(enum.StrEnum):
    smoke = "smoke"
    quick = "quick"
    full = "full"


def reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A reproduction, or 'list'.")],
    rows: Annotated[
        str | None, typer.Option("--rows", help="Ids of rows, with commas between; all otherwise.")
    ] = None,
    scale: Annotated[
        _Scale | None,
        typer.Option("--scale", help="How much of the data and of the epochs; quick by default."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option("--seeds", min=1, help="Trainings of each model; the scale's own.")
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Show the committed results; run nothing.")
    ] = False,
    finished: Annotated[
        bool, typer.Option("--finished", help="Measure the runs that are there; train nothing.")
    ] = False,
    accelerate: Annotated[
        bool,
        typer.Option("--accelerate", help="Classical models with scikit-learn-intelex."),
    ] = False,
    out: Out = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", help="The page; NAME.html in --out by default.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Write the measured rows into this file, beside its others."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Run a published experiment again, and set the measured beside the reported."""
    from glyphlab.reproductions import find_reproduction, list_reproductions

    if name == "list":
        titles = list_reproductions()
        if json:
            print_json({"schema": SCHEMA, "reproductions": list(titles)})
        else:
            print_table(["name", "what was published"], [list(one) for one in titles.items()])
        return
    find_reproduction(name)  # a slip is said before anything heavy is imported
    from glyphlab.reproductions import recorded as committed
    from glyphlab.reproductions import reproduce as run_again

    wanted = None if rows is None else [row.strip() for row in rows.split(",") if row.strip()]
    if into is not None:
        from glyphlab.reproductions.core.documents_on_file import gather, rows_before

        rows_before(into, name)  # what is wrong with the file is said before hours of training
    if recorded:
        measures = {
            "--scale": scale,
            "--seeds": seeds,
            "--finished": finished,
            "--accelerate": accelerate,
        }
        if idle := [option for option, value in measures.items() if value]:
            raise UsageError(
                f"--recorded shows what was measured at the scale it was measured at, and "
                f"{', '.join(idle)} would change nothing: leave out one or the other"
            )
        outcome = committed(name, rows=wanted)
    else:
        outcome = run_again(
            name,
            rows=wanted,
            scale=(scale or _Scale.quick).value,
            seeds=seeds,
            finished=finished,
            accelerate=accelerate,
            root=out,
            quiet=quiet,
            data_dir=data_dir,
        )
    page = report or (None if recorded else out / f"{name}.html")
    if page is not None:
        outcome.report(page)
    if into is not None:
        from glyphlab.reproductions import row_ids

        gather(outcome, into, known=row_ids(name))
    if json:
        print_json(outcome.to_json())
    else:
        typer.echo(str(outcome))
    if into is not None:
        note(f"rows written into {into}")
    if page is not None:
        note(f"report written to {page}")

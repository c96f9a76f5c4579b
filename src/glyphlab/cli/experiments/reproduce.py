"""`glyphlab reproduce`: papers, with the reported numbers beside the measured ones."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.executor_options import (
    Cluster,
    GpuShare,
    Stream,
    Threads,
    Workers,
    chosen_executor,
)
from glyphlab.cli.old_names import Commands
from glyphlab.cli.options import DataDir, Quiet, Runs, names_in
from glyphlab.cli.output_options import (
    Csv,
    Figures,
    Json,
    Latex,
    Markdown,
    Out,
    Report,
    claimed_file,
)
from glyphlab.cli.printing import print_json, print_result, print_table, write_figures, write_report

__all__ = ["list_papers", "reproduce_app", "run", "show"]

reproduce_app = typer.Typer(
    cls=Commands,
    help="List papers, show what was measured, run one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A paper, by its name in 'glyphlab reproduce list'."),
]
_Rows = Annotated[
    str | None,
    typer.Option(
        "--rows",
        metavar="ID,...",
        help="Take the rows with these ids (default: all rows).",
    ),
]


class _Scale(enum.StrEnum):
    smoke = "smoke"
    quick = "quick"
    long = "long"
    full = "full"


@reproduce_app.command("list")
def list_papers(json: Json = False) -> None:
    """Show every paper that can be reproduced, by name."""
    from glyphlab.reproductions import list_reproductions

    titles = list_reproductions()
    if json:
        print_json({"schema": SCHEMA, "reproductions": list(titles)})
    else:
        print_table(["name", "what was published"], [list(one) for one in titles.items()])


@reproduce_app.command()
def show(
    name: _Name,
    rows: _Rows = None,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            callback=claimed_file,
            help="Write an HTML page to this file (default: none).",
        ),
    ] = None,
    runs: Runs = Path("runs"),
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    figures: Figures = None,
) -> None:
    """Show what was reported and measured; run nothing."""
    from glyphlab.reproductions import find_reproduction

    find_reproduction(name)  # a slip is said before anything heavy is imported
    drawn = report is not None or figures is not None
    if runs != Path("runs") and not drawn:
        raise UsageError(
            f"--runs {runs}: finished runs are drawn on a page and in figures, and there is "
            "neither: add --report FILE or --figures FOLDER, or leave it out"
        )
    from glyphlab.reproductions import recorded

    outcome = recorded(name, rows=_ids(rows), root=runs if drawn else None)
    tables = (csv, latex, markdown)
    if report is None:
        print_result(outcome, as_json=json, tables=tables)
        write_figures(outcome, figures)
    else:
        write_report(outcome, report, as_json=json, tables=tables, figures=figures)


@reproduce_app.command()
def run(
    name: _Name,
    rows: _Rows = None,
    scale: Annotated[
        _Scale,
        typer.Option(
            "--scale",
            help="Train one epoch on embedded digits (smoke); one epoch on the paper's data, "
            "generators on at most 75,000 images (quick); as the paper did, but generators on 15 % "
            "of its images (long); or as the paper did (full).",
        ),
    ] = _Scale.quick,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds",
            metavar="N",
            min=1,
            max=1_000,
            help="Train each model N times, a seed each (default: by --scale).",
        ),
    ] = None,
    finished: Annotated[
        bool,
        typer.Option("--finished", help="Measure the finished runs, and train nothing."),
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="FILE",
            callback=claimed_file,
            help="Write the measured rows to this JSON file, over those of before (default: none).",
        ),
    ] = None,
    out: Out = Path("runs"),
    report: Report = None,
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    figures: Figures = None,
    workers: Workers = None,
    threads: Threads = None,
    cluster: Cluster = None,
    gpu_share: GpuShare = None,
    stream: Stream = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Run a paper's experiments again.

    The measured numbers stand beside the reported ones.
    """
    from glyphlab.reproductions import find_reproduction

    find_reproduction(name)  # a slip is said before anything heavy is imported
    from glyphlab.reproductions import reproduce, row_ids
    from glyphlab.reproductions.core.documents_on_file import gather, rows_before

    if into is not None:
        rows_before(into, name)  # what is wrong with the file is said before hours of training
    with chosen_executor(workers, threads, cluster, gpu_share, stream=stream):
        outcome = reproduce(
            name,
            rows=_ids(rows),
            scale=scale.value,
            seeds=seeds,
            finished=finished,
            root=out,
            quiet=quiet,
            data_dir=data_dir,
        )
    if into is not None:
        gather(outcome, into, known=row_ids(name))
        note(f"wrote the rows to {into}")
    write_report(
        outcome,
        report or out / f"{name}.html",
        as_json=json,
        tables=(csv, latex, markdown),
        figures=figures,
    )


def _ids(rows: str | None) -> list[str] | None:
    return None if rows is None else names_in(rows)

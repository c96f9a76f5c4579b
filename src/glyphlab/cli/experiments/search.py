"""`glyphlab search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from glyphlab.cli.options import DataDir, Quiet
from glyphlab.cli.output_options import (
    Csv,
    Figures,
    Json,
    Latex,
    Markdown,
    Out,
    Report,
)
from glyphlab.cli.printing import print_json, print_table, write_report

if TYPE_CHECKING:
    from glyphlab.experiments.search import Study

__all__ = ["search"]


def search(
    file: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="A study: a TOML file.")],
    trial: Annotated[
        str | None,
        typer.Option(
            "--trial",
            metavar="STAGE:N",
            help="Train one finished trial again, by itself (default: none).",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan, and train nothing.")
    ] = False,
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
    """Search for the best recipe, or resume a search.

    Trials are chosen on validation; the winner alone is evaluated on the test set.
    """
    from glyphlab.experiments.search import Study

    found = Study.from_toml(file)
    if (dry_run or trial is not None) and (csv or latex or markdown or figures or report):
        raise UsageError(
            "--report, --csv, --latex, --markdown and --figures write the result of a search, and "
            "--dry-run and --trial have none: leave them out"
        )
    if dry_run:
        _show_plan(found, json)
        return
    with chosen_executor(workers, threads, cluster, gpu_share, stream=stream):
        if trial is not None:
            _repeat(found, trial, out, data_dir, as_json=json, quiet=quiet)
            return
        result = found.run(out, quiet=quiet, data_dir=data_dir)
    write_report(
        result,
        report or found.folder(out) / "study.html",
        as_json=json,
        tables=(csv, latex, markdown),
        figures=figures,
    )


def _show_plan(found: Study, json: bool) -> None:
    from glyphlab.tasks.from_recipe import check_recipe_task

    check_recipe_task(found.definition.base_recipe.task)
    plan = found.plan()
    if json:
        print_json(plan)
        return
    typer.echo(f"study {plan['study']}, seed {plan['seed']}: {plan['trainings']} trainings in all")
    rows = []
    for stage in plan["stages"]:
        pruner = "" if stage["pruner"] == "none" else f", {stage['pruner']}"
        rows.append(
            [
                stage["name"],
                stage["trials"],
                f"{stage['sampler']}{pruner}",
                "; ".join(f"{key} {_range(one)}" for key, one in stage["space"].items()),
                ", ".join(stage["frozen"]) or "–",
            ]
        )
    print_table(["stage", "trials", "method", "space", "kept from before"], rows)


def _range(dimension: Any) -> str:
    if isinstance(dimension, list):
        return " | ".join(str(one) for one in dimension)
    text = f"{dimension['low']:g} … {dimension['high']:g}"
    if "least" in dimension:
        return f"{dimension['least']} to {dimension['most']} numbers of {text}"
    for key in ("step", "points"):
        text += f" {key} {dimension[key]:g}" if key in dimension else ""
    return text + (" log" if dimension.get("log") else "")


def _repeat(
    found: Study, trial: str, out: Path, data_dir: Path | None, *, as_json: bool, quiet: bool
) -> None:
    stage, colon, number = trial.rpartition(":")
    if not colon or not number.isdecimal():
        raise UsageError(f"--trial {trial}: expected a stage and a number, as --trial rate:7")
    again = found.repeat(stage, int(number), out, quiet=quiet, data_dir=data_dir)
    if as_json:
        print_json(
            {
                "schema": SCHEMA,
                "study": found.definition.name,
                "stage": again.stage,
                "trial": again.number,
                "then": again.then,
                "now": again.now,
                "same": again.same,
                "recipe": again.recipe.content(),
            }
        )
    else:
        then, now = ("no value" if one is None else f"{one:.2%}" for one in (again.then, again.now))
        verdict = "the same" if again.same else f"{now} now"
        typer.echo(f"trial {stage}:{number}: {then} on validation in the study, {verdict}")
    if not again.same:
        note(
            "the value differs: other threads, another torch or another machine change the "
            "last bits of the weights"
        )

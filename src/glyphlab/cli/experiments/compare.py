"""`glyphlab compare`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer

from glyphlab._common.errors import UsageError
from glyphlab.cli.executor_options import (
    Cluster,
    GpuShare,
    Stream,
    Threads,
    Workers,
    chosen_executor,
)
from glyphlab.cli.experiments.slips import check_models
from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Glyphs,
    Images,
    Kind,
    Labels,
    Margin,
    Models,
    PerLabel,
    Quiet,
    Redraw,
    Seeds,
    Set,
    Task,
    TaskSeed,
    Tuned,
    WithoutGlyphReuse,
    margin_of,
    names_in,
)
from glyphlab.cli.output_options import (
    Csv,
    Figures,
    Json,
    Latex,
    Markdown,
    Out,
    Report,
)
from glyphlab.cli.printing import print_result, write_report

__all__ = ["compare"]


class _Precision(enum.StrEnum):
    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"


def compare(
    task: Task,
    models: Models = "whole,sliced,multihead,aligned",
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME=PACKAGE.MODULE:FACTORY",
            help="Add a net or scikit-learn classifier of yours; the option repeats.",
        ),
    ] = None,
    seeds: Seeds = 3,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    redraw: Redraw = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    without_glyph_reuse: WithoutGlyphReuse = False,
    task_seed: TaskSeed = 0,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="demo|smoke",
            help="Make a smaller comparison: demo or smoke (default: the whole one).",
        ),
    ] = None,
    tuned: Tuned = False,
    margin: Margin = None,
    data_seeds: Annotated[
        int,
        typer.Option(
            "--data-seeds",
            metavar="N",
            min=1,
            max=1_000,
            help="Draw labels and glyphs N times; intervals then cover other data too.",
        ),
    ] = 1,
    budget: Annotated[
        int | None,
        typer.Option(
            "--budget",
            metavar="TRIALS",
            min=1,
            help="Search first, TRIALS in all and as many for each model, and compare the winners "
            "(default: no search).",
        ),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan",
            help="Train nothing: print the trainings, their time, and the difference they detect.",
        ),
    ] = False,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            metavar="M",
            help="Choose images, epochs and seeds so that all of it ends in M minutes (default: "
            "as the task and --seeds say).",
        ),
    ] = None,
    overrides: Set = None,
    kind: Kind = None,
    precision: Annotated[
        _Precision | None,
        typer.Option(
            "--precision",
            help="Train nets in this number format; auto takes the faster one (default: each "
            "model's own).",
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
    """Train models with several seeds and compare them.

    A finished run is not trained again: the same command resumes a comparison. Several tasks, as
    triple,single, are compared together, with a verdict over all of them.
    """
    from glyphlab.recipes import Recipe

    names, within = names_in(models), margin_of(margin)
    if not names and not own:
        raise UsageError("--models names no model: give it names, as --models whole,aligned")
    options = {
        "data": data,
        "labels": labels,
        "glyphs": glyphs,
        "as_published": as_published,
        "per_label": per_label,
        "images": images,
        "digits": digits,
        "without_glyph_reuse": without_glyph_reuse,
        "seed": task_seed,
        "redraw": redraw,
    }
    described = [
        Recipe.from_mapping({"task": {"name": one, **options}}, "options").task
        for one in ([task] if Path(task).exists() else names_in(task) or [task])
    ]
    changes = [
        *([f"training.precision={precision.value}"] if precision else []),
        *(overrides or []),
    ]
    for one in [] if own else described:  # of one's own models only the comparison knows
        check_models(names, kind, one, changes, preset, tuned=tuned)

    asked: dict[str, Any] = {
        "seeds": seeds,
        "root": out,
        "preset": preset,
        "overrides": changes,
        "kind": kind,
        "tuned": tuned,
        "margin": within,
        "data_seeds": data_seeds,
        "budget": budget,
        "minutes": minutes,
        "quiet": quiet,
        "data_dir": data_dir,
    }
    from glyphlab.experiments import compare as run_comparison
    from glyphlab.experiments import compare_tasks, preview

    several, given = len(described) > 1, _chosen(names, own or [])
    tables = (csv, latex, markdown)
    if plan:
        if figures is not None or report is not None:
            raise UsageError(
                "--plan trains nothing and has no page: leave --report and --figures out"
            )
        if several:
            raise UsageError(f"--plan is of one task, found {len(described)}: name one")
        with chosen_executor(workers, threads, cluster, gpu_share, stream=stream):
            foreseen = preview(described[0], given, **asked)
        print_result(foreseen, as_json=json, tables=tables)
        return
    page = report or out / "report.html"
    with chosen_executor(workers, threads, cluster, gpu_share, stream=stream):
        found = (
            compare_tasks(described, given, **asked)
            if several
            else run_comparison(described[0], given, **asked)
        )
    write_report(found, page, as_json=json, tables=tables, figures=figures)


def _chosen(names: list[str], own: list[str]) -> list[str] | dict[str, str]:
    """Return the models, by name where some are of the user's own."""
    if not own:
        return names
    found = {name: name for name in names}
    for word in own:
        label, equals, where = word.rpartition("=")
        if ":" not in where:
            raise UsageError(
                f"--model {word} names nothing to import: write NAME=package.module:factory, as "
                "mine=my_nets:make_net"
            )
        label = label if equals else where.rpartition(":")[2].lower().replace("_", "-")
        if label in found:
            raise UsageError(f"model '{label}' is named twice: write another NAME= before it")
        found[label] = where
    return found

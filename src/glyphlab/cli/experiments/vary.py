"""`glyphlab vary`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from glyphlab.cli.experiments.slips import check_variation
from glyphlab.cli.options import (
    DataDir,
    Kind,
    Margin,
    Quiet,
    Reference,
    Seed,
    Seeds,
    Set,
    margin_of,
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
from glyphlab.cli.printing import write_report

__all__ = ["vary"]


def vary(
    model: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="A recipe: a TOML file, or a classifier or generator by name.",
        ),
    ],
    question: Annotated[
        str,
        typer.Argument(metavar="KEY=A,B", help="A key and its values, as model.latent=70,100."),
    ],
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="Train on this preset, source or scene file (default: the recipe's own task).",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="SOURCE",
            help="Take the symbols of --task from this source: digits, mnist, fashion-mnist, or a "
            "folder (default: digits).",
        ),
    ] = None,
    seeds: Seeds = 3,
    seed: Seed = None,
    margin: Margin = None,
    overrides: Set = None,
    kind: Kind = None,
    reference: Reference = None,
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
    """Train one recipe with a key at several values.

    The result says what the key changes.
    """
    from glyphlab.experiments.command_line import parse_question
    from glyphlab.tasks.task_recipe import TaskRecipe

    if data is not None and task is None:
        raise UsageError(f"--data {data} is the source of a task: name it too, as --task single")
    if not model.endswith(".toml"):
        from glyphlab.experiments.kinds import named

        named([model], kind)  # a slip is said before anything heavy is imported
    key, values = parse_question(question)
    within = margin_of(margin)
    of = None if task is None else TaskRecipe.of(task, data=data or "digits")
    others = overrides or []
    if not key.startswith("task."):  # of the data the experiment itself says what can be varied
        check_variation(model, kind, of, [[*others, f"{key}={value}"] for value in values])

    from glyphlab.experiments.variation import vary as vary_key
    from glyphlab.runs import Run, find_run, recipe_hash

    with chosen_executor(workers, threads, cluster, gpu_share, stream=stream):
        found = vary_key(
            model,
            key,
            values,
            task=of,
            seeds=seeds,
            seed=seed,
            root=out,
            overrides=others,
            kind=kind,
            reference_classifier=None if reference is None else Run.load(find_run(out, reference)),
            margin=within,
            quiet=quiet,
            data_dir=data_dir,
        )
    asked = [values, model, task, data, seed, margin, others, kind, reference]
    settings = recipe_hash({"asked": asked})  # more seeds renew the page
    page = report or out / f"vary-{key}-{Path(model).stem}-{settings}.html"
    write_report(found, page, as_json=json, tables=(csv, latex, markdown), figures=figures)

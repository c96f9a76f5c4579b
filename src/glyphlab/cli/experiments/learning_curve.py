"""`glyphlab learning-curve`."""

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
from glyphlab.cli.printing import write_report

__all__ = ["learning_curve"]


def learning_curve(
    task: Task,
    models: Models = "whole,sliced,multihead,aligned",
    sizes: Annotated[
        str,
        typer.Option(
            "--sizes",
            metavar="N,...",
            help="Train the models on these numbers of images.",
        ),
    ] = "100,300,1000",
    seeds: Seeds = 3,
    steps: Annotated[
        int,
        typer.Option("--steps", metavar="N", min=1, help="Train for at least N steps."),
    ] = 1_000,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    without_glyph_reuse: WithoutGlyphReuse = False,
    task_seed: TaskSeed = 0,
    tuned: Tuned = False,
    margin: Margin = None,
    overrides: Set = None,
    kind: Kind = None,
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
    """Train models on more and more images.

    The result says what each model makes of few images.
    """
    from glyphlab.recipes import Recipe

    try:
        counts = [int(one) for one in names_in(sizes)]
    except ValueError as error:
        raise UsageError(f"--sizes {sizes}: expected whole numbers, as 100,1000") from error
    chosen = {
        "name": task,
        "data": data,
        "labels": labels,
        "glyphs": glyphs,
        "as_published": as_published,
        "per_label": per_label,
        "images": images,
        "digits": digits,
        "without_glyph_reuse": without_glyph_reuse,
        "seed": task_seed,
        "generalization_grid": 0,
    }
    described = Recipe.from_mapping({"task": chosen}, "options").task
    names, within = names_in(models), margin_of(margin)
    if names:
        check_models(names, kind, described, overrides or [], tuned=tuned)

    from glyphlab.experiments.curve import learning_curve as draw_curve

    with chosen_executor(workers, threads, cluster, gpu_share, stream=stream):
        found = draw_curve(
            described,
            names,
            counts,
            seeds=seeds,
            steps=steps,
            root=out,
            overrides=overrides or [],
            kind=kind,
            tuned=tuned,
            margin=within,
            quiet=quiet,
            data_dir=data_dir,
        )
    write_report(
        found,
        report or out / "learning-curve.html",
        as_json=json,
        tables=(csv, latex, markdown),
        figures=figures,
    )

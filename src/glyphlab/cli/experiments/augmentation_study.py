"""`glyphlab augmentation-study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glyphlab.cli.executor_options import (
    Cluster,
    GpuShare,
    Threads,
    Workers,
    chosen_executor,
)
from glyphlab.cli.options import (
    DataDir,
    Quiet,
    Reference,
    Seed,
    Seeds,
    Set,
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

__all__ = ["augmentation_study"]

SIZES = "10,50"


def augmentation_study(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="Images: digits, mnist, fashion-mnist, a folder, triple, or a scene file.",
        ),
    ],
    sizes: Annotated[
        str,
        typer.Option(
            "--sizes",
            metavar="N,...",
            help="Give the classifiers these numbers of real images, of each symbol where an image "
            "has one, or 'all'.",
        ),
    ] = SIZES,
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="NAME", help="Train this generator, one conditional on labels."
        ),
    ] = "small",
    seeds: Seeds = 3,
    seed: Seed = None,
    reference: Reference = None,
    overrides: Set = None,
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
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Compare training on real and generated images.

    Classifiers are trained on real images, on generated ones, and on both.
    """
    from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
    from glyphlab.runs import Run, find_run, recipe_hash

    of = task_recipe(task)
    generator_recipe(
        model, of, overrides=overrides or []
    )  # a slip is said before torch is imported
    from glyphlab.experiments.augmenting import augmentation_study as run_study
    from glyphlab.experiments.augmenting import parse_sizes

    with chosen_executor(workers, threads, cluster, gpu_share):
        found = run_study(
            of,
            parse_sizes(sizes),
            model,
            seeds=seeds,
            seed=seed or 0,
            root=out,
            overrides=overrides or [],
            reference_classifier=None if reference is None else Run.load(find_run(out, reference)),
            quiet=quiet,
            data_dir=data_dir,
        )
    asked = ["--sizes", sizes] if sizes != SIZES else []
    asked += ["--seed", str(seed)] if seed else []
    asked += ["--reference", reference] if reference else []
    asked += [word for one in overrides or [] for word in ("--set", one)]
    settings = f"-{recipe_hash({'asked': asked})}" if asked else ""  # more seeds renew the page
    page = report or out / f"augmentation-study-{Path(task).stem}-{model}{settings}.html"
    write_report(found, page, as_json=json, tables=(csv, latex, markdown), figures=figures)

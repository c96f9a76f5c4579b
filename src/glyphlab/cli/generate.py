"""`glyphlab generate`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glyphlab._common.errors import AlarmRaised
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
from glyphlab.cli.printing import print_table, write_report

if TYPE_CHECKING:
    from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["generate"]

SAMPLES = 10_000


def _show_generators(wanted: bool) -> None:
    if wanted:
        from glyphlab.recipes.generator_presets import list_generators

        print_table(
            ["name", "symbols", "what it is"],
            [
                [one.name, "several" if one.several else "any", one.about]
                for one in list_generators()
            ],
        )
        raise typer.Exit


def generate(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="A task: digits, mnist, fashion-mnist, single, triple, a scene file (.toml), or "
            "a folder of images.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="Train this generator of --list (default: small, or composed if an image has "
            "several symbols).",
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="SOURCE",
            help="Take the symbols from this source, unless the task is one itself: digits, mnist, "
            "fashion-mnist, or a folder (default: digits).",
        ),
    ] = None,
    seeds: Seeds = 1,
    seed: Seed = None,
    samples: Annotated[
        int,
        typer.Option("--samples", metavar="N", min=100, help="Evaluate N generated images."),
    ] = SAMPLES,
    reference: Reference = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 if there is an alarm.")
    ] = False,
    stop_on_alarm: Annotated[
        bool,
        typer.Option(
            "--stop-on-alarm", help="Stop at the first alarm, and keep the best generator so far."
        ),
    ] = False,
    overrides: Set = None,
    show_list: Annotated[  # noqa: ARG001
        bool,
        typer.Option(
            "--list",
            callback=_show_generators,
            is_eager=True,
            help="List the generators by name.",
        ),
    ] = False,
    out: Out = Path("runs"),
    report: Report = None,
    json: Json = False,
    csv: Csv = None,
    latex: Latex = None,
    markdown: Markdown = None,
    figures: Figures = None,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train a generator and evaluate its images.

    A reference classifier watches for collapse and raises alarms.
    """
    from glyphlab.experiments.command_line import out_words
    from glyphlab.recipes.generator_presets import generator_recipe, has_one_symbol
    from glyphlab.recipes.plan import require_seeds
    from glyphlab.runs import Run, find_run, recipe_hash

    require_seeds(seeds)
    of = _task(task, data)
    name = model or ("small" if has_one_symbol(of) else "composed")
    changes = [*(overrides or [])]
    asked = ["--data", data] if data else []
    asked += ["--seed", str(seed)] if seed else []
    asked += ["--samples", str(samples)] if samples != SAMPLES else []
    asked += ["--reference", reference] if reference else []
    asked += [word for one in changes for word in ("--set", one)]
    asked += ["--stop-on-alarm"] if stop_on_alarm else []
    changes += [f"evaluation.samples={samples}"] if samples != SAMPLES else []
    changes += ["evaluation.stop_on_alarm=true"] if stop_on_alarm else []
    words = ["glyphlab", "generate", task, *(["--model", model] if model else []), *asked]
    words += [*(["--seeds", str(seeds)] if seeds > 1 else []), *out_words(out)]
    command = shlex.join(words)
    # a slip in a name or a key is said before anything heavy is imported
    first = seed or 0
    recipes = [
        generator_recipe(name, of, seed=one, overrides=changes)
        for one in range(first, first + seeds)
    ]
    from glyphlab.experiments.experiment import trained
    from glyphlab.experiments.results.generator_outcome import outcome_of
    from glyphlab.training.evaluation.alarms import HEALTHY

    runs = trained(
        recipes,
        out,
        reference_classifier=None if reference is None else Run.load(find_run(out, reference)),
        quiet=quiet,
        data_dir=data_dir,
        command=command,
    )
    found = outcome_of(runs, command)
    settings = f"-{recipe_hash({'asked': asked})}" if asked else ""  # more seeds renew the page
    page = report or out / f"generate-{Path(task).stem}-{name}{settings}.html"
    write_report(found, page, as_json=json, tables=(csv, latex, markdown), figures=figures)
    if strict and found.verdict != HEALTHY:
        raise AlarmRaised(
            f"an alarm was raised: {found.verdict}. Its statistic is above and on {page}; more "
            "images (--set training.images=…) help a training that was too short, and 'glyphlab "
            "generate --list' names other generators"
        )


def _task(name: str, data: str | None) -> TaskRecipe:
    """Return the task that a generator is trained on; symbols come from digits by default."""
    from glyphlab.recipes.generator_presets import task_recipe
    from glyphlab.tasks.scenes.scene_file import is_scene_file

    if name == "triple" or is_scene_file(name):
        data = data or "digits"
    return task_recipe(name, data)

"""`glyphlab compare`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import (
    AsPublished,
    Data,
    DataDir,
    Digits,
    Glyphs,
    Images,
    Json,
    Kind,
    Labels,
    Once,
    Out,
    PerLabel,
    Quiet,
    Seed,
    Set,
    Task,
    print_json,
)

__all__ = ["compare"]


class _Precision(enum.StrEnum):
    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"


def compare(
    task: Task,
    models: Annotated[
        str,
        typer.Option("--models", help="Classifiers, or generators; names with commas between."),
    ] = "whole,sliced,multihead,aligned",
    own: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="NAME=PACKAGE.MODULE:FACTORY",
            help="A net or a scikit-learn classifier of yours.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each model.")] = 3,
    data: Data = "digits",
    labels: Labels = None,
    glyphs: Glyphs = None,
    as_published: AsPublished = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="New training pictures every epoch, same glyphs.")
    ] = False,
    per_label: PerLabel = None,
    images: Images = None,
    digits: Digits = 1,
    once: Once = False,
    seed: Seed = 0,
    preset: Annotated[
        str | None, typer.Option("--preset", help="A smaller comparison by name: demo, smoke.")
    ] = None,
    overrides: Set = None,
    kind: Kind = None,
    precision: Annotated[
        _Precision | None,
        typer.Option(
            "--precision",
            help="auto takes what a probe finds faster; each model's own where it is left out.",
        ),
    ] = None,
    out: Out = Path("runs"),
    report: Annotated[
        Path | None, typer.Option("--report", help="The page; report.html in --out by default.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train several models with several seeds, and say what may be concluded.

    What was finished before is not trained again.
    """
    from glyphlab.experiments.compare_presets import Preset, preset_of
    from glyphlab.experiments.kinds import named, task_of
    from glyphlab.recipes import Recipe
    from glyphlab.recipes.plan import task_overridden

    names = [name.strip() for name in models.split(",") if name.strip()]
    if not names and not own:
        raise UsageError("--models names no model: give it names, as --models whole,aligned")
    chosen = {
        "name": task,
        "data": data,
        "labels": labels,
        "glyphs": glyphs,
        "as_published": as_published,
        "per_label": per_label,
        "images": images,
        "digits": digits,
        "once": once,
        "seed": seed,
        "fresh": fresh,
    }
    described = Recipe.from_mapping({"task": chosen}, "options").task
    changes = [
        *([f"training.precision={precision.value}"] if precision else []),
        *(overrides or []),
    ]
    # a slip in a name or a key is said before anything heavy is imported
    if not own:  # of one's own models only the comparison knows what they have
        found = named(names, kind)
        smaller = preset_of(preset) if preset else Preset("none")
        of_task, others = task_overridden(task_of(described, found.kind, smaller), changes)
        defaults = smaller.overrides_of(found.kind)
        found.recipes(of_task, range(1), overrides=others, defaults=defaults, quiet=True)

    from glyphlab.experiments import compare as run_comparison

    result = run_comparison(
        described,
        _chosen(names, own or []),
        seeds=seeds,
        root=out,
        preset=preset,
        overrides=changes,
        kind=kind,
        quiet=quiet,
        data_dir=data_dir,
    )
    page = report or out / "report.html"
    result.report(page)
    if json:
        print_json(result.to_json())
    else:
        typer.echo(str(result))
    note(f"report written to {page}")


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

"""`glyphlab compare`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any

import typer

from glyphlab._common.errors import UsageError
from glyphlab.cli.experiments.slips import check_models
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
    Margin,
    Models,
    Out,
    PerLabel,
    Quiet,
    Redraw,
    Report,
    Seeds,
    Set,
    Task,
    TaskSeed,
    Tuned,
    WithoutGlyphReuse,
    margin_of,
    names_in,
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
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train models with several seeds and compare them.

    A finished run is not trained again: the same command resumes a comparison.
    """
    from glyphlab.recipes import Recipe

    names, within = names_in(models), margin_of(margin)
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
        "without_glyph_reuse": without_glyph_reuse,
        "seed": task_seed,
        "redraw": redraw,
    }
    described = Recipe.from_mapping({"task": chosen}, "options").task
    changes = [
        *([f"training.precision={precision.value}"] if precision else []),
        *(overrides or []),
    ]
    if not own:  # of one's own models only the comparison knows what they have
        check_models(names, kind, described, changes, preset, tuned=tuned)

    from glyphlab.experiments import compare as run_comparison
    from glyphlab.experiments import preview

    asked: dict[str, Any] = {
        "seeds": seeds,
        "root": out,
        "preset": preset,
        "overrides": changes,
        "kind": kind,
        "tuned": tuned,
        "margin": within,
        "minutes": minutes,
        "quiet": quiet,
        "data_dir": data_dir,
    }
    if plan:
        print_result(preview(described, _chosen(names, own or []), **asked), as_json=json)
        return
    result = run_comparison(described, _chosen(names, own or []), **asked)
    write_report(result, report or out / "report.html", as_json=json)


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

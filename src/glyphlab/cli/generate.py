"""`glyphlab gan`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import AlarmRaised, UsageError
from glyphlab._common.progress import note
from glyphlab.cli.options import DataDir, Json, Out, Quiet, print_json, print_table

__all__ = ["gan"]


def gan(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="digits, mnist, fashion-mnist, triple, a scene file (.toml), or 'list'.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", help="A generator by name; 'glyphlab gan list' has them."),
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", help="Source of the symbols of 'triple', or a scene.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the first training.")] = 0,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings.")] = 1,
    samples: Annotated[
        int, typer.Option("--samples", min=100, help="Images that are judged at the end.")
    ] = 10_000,
    judge: Annotated[
        str | None,
        typer.Option("--judge", help="A finished run that judges; one is trained otherwise."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 4 where an alarm was raised.")
    ] = False,
    stop_on_alarm: Annotated[
        bool, typer.Option("--stop-on-alarm", help="End at the first alarm; keep the best so far.")
    ] = False,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Change one value, as play.images=50000; docs/generators.md has every key.",
        ),
    ] = None,
    vary: Annotated[
        str | None,
        typer.Option("--vary", metavar="KEY=A,B", help="One key at several values, compared."),
    ] = None,
    worth: Annotated[
        str | None,
        typer.Option(
            "--worth",
            metavar="10,100,all",
            help="Train classifiers on drawn, real and both, with so many real images a symbol.",
        ),
    ] = None,
    out: Out = Path("runs"),
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", help="The page; in --out by default, named by task, model and settings."
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    data_dir: DataDir = None,
) -> None:
    """Train a generator, watch it for collapse, and judge what it draws."""
    from glyphlab.recipes.generator_presets import (
        gan_recipe,
        has_one_symbol,
        list_gans,
        task_recipe,
    )
    from glyphlab.runs import Run, find_run, recipe_hash

    if task == "list":
        rows = [
            [entry.name, "triple" if entry.several else "any", entry.about] for entry in list_gans()
        ]
        if json:
            keys = ("name", "task", "about")
            print_json(
                {"schema": SCHEMA, "generators": [dict(zip(keys, r, strict=True)) for r in rows]}
            )
        else:
            print_table(["name", "task", "what it is"], rows)
        return
    of = task_recipe(task, data)
    name = model or ("small" if has_one_symbol(of) else "composed")
    changes = [*(overrides or [])]
    asked = ["--data", data] if data else []
    asked += ["--seed", str(seed)] if seed else []
    asked += ["--samples", str(samples)] if samples != 10_000 else []
    asked += ["--judge", judge] if judge else []
    asked += [word for one in changes for word in ("--set", one)]
    asked += ["--stop-on-alarm"] if stop_on_alarm else []
    asked += ["--vary", vary] if vary else []
    asked += ["--worth", worth] if worth else []
    changes += [f"evaluation.samples={samples}"] if samples != 10_000 else []
    changes += ["evaluation.stop_on_alarm=true"] if stop_on_alarm else []
    words = ["glyphlab", "gan", task, *(["--model", model] if model else []), *asked]
    words += ["--seeds", str(seeds)] if seeds > 1 else []
    # a slip in a name or a key is said before anything heavy is imported
    first = gan_recipe(name, of, seed=seed, overrides=changes)
    from glyphlab.experiments import AugmentationStudy, GeneratorVariation, Variation
    from glyphlab.experiments.augmenting import augmentation_study, parse_sizes
    from glyphlab.experiments.experiment import trained
    from glyphlab.experiments.results.generator_outcome import GanOutcome, outcome_of
    from glyphlab.experiments.variation import parse_question
    from glyphlab.experiments.variation import vary as vary_key
    from glyphlab.training.evaluation.alarms import HEALTHY

    arbiter = None if judge is None else Run.load(find_run(out, judge))
    kind = f"-vary-{vary.partition('=')[0].strip()}" if vary else "-worth" if worth else ""
    settings = f"-{recipe_hash({'asked': asked})}" if asked else ""  # more seeds renew the page
    page = report or out / f"gan-{Path(task).stem}-{name}{kind}{settings}.html"
    command = shlex.join(words)
    found: GanOutcome | GeneratorVariation | Variation | AugmentationStudy
    if vary and worth:
        raise UsageError("--vary and --worth are two questions: ask one at a time")
    if worth:
        found = augmentation_study(
            of, parse_sizes(worth), name, seeds=seeds, seed=seed, root=out, overrides=changes,
            judge=arbiter, quiet=quiet, data_dir=data_dir, command=command,
        )  # fmt: skip
    elif vary:
        key, values = parse_question(vary)
        found = vary_key(
            name, key, values, task=of, seeds=seeds, seed=seed, root=out, overrides=changes,
            kind="generator", judge=arbiter, quiet=quiet, data_dir=data_dir, command=command,
        )  # fmt: skip
    else:
        recipes = [first] + [
            gan_recipe(name, of, seed=number, overrides=changes)
            for number in range(seed + 1, seed + seeds)
        ]
        runs = trained(
            recipes, out, judge=arbiter, quiet=quiet, data_dir=data_dir, command=command
        )  # fmt: skip
        found = outcome_of(runs, command)
    found.report(page)
    if json:
        print_json(found.to_json())
    else:
        typer.echo(str(found))
    note(f"report written to {page}")
    verdict = "" if isinstance(found, Variation) else found.verdict
    if strict and verdict != HEALTHY:
        raise AlarmRaised(
            f"an alarm was raised: {verdict}. Its statistic is above and on {page}; more "
            "images (--set play.images=…) help a training that was too short, and 'glyphlab gan "
            "list' has other generators"
        )

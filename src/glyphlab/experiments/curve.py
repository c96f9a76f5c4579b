"""Scores against the number of training images: what structure is worth where data are few."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab.experiments.command_line import (
    command_of,
    kind_words,
    margin_words,
    out_words,
    set_words,
    task_words,
)
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.kinds import named, require_classifiers, task_of
from glyphlab.experiments.results.classifier_runs import gather
from glyphlab.experiments.results.curve_result import LearningCurve
from glyphlab.experiments.results.footing import Footing
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.experiments.results.generator_tables import GeneratorComparison, better_or_worse
from glyphlab.experiments.results.ledger import evaluation_of
from glyphlab.experiments.results.table import over_all
from glyphlab.metrics.model_tests.paired_tests import checked_margin
from glyphlab.recipes import BaseRecipe, GeneratorRecipe, Recipe
from glyphlab.recipes.plan import require_seeds, task_overridden
from glyphlab.runs import Run
from glyphlab.tasks import Scene, Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["STEPS", "learning_curve"]

OPTIONS = (
    "--labels", "--glyphs", "--as-published", "--per-label", "--images", "--digits",
    "--without-glyph-reuse", "--task-seed",
)  # fmt: skip
"""Options of ``glyphlab learning-curve`` that say what the task is."""
STEPS = 1_000
"""Steps that a training takes at least: ten epochs of a hundred images would be ten steps."""
EVALUATED_EVERY = 20_000
"""Images between two evaluations of a generator's samples: one pass through few is too short."""


def learning_curve(
    task: str | Scene | Task | TaskRecipe,
    models: Sequence[str],
    sizes: Sequence[int],
    *,
    seeds: int = 3,
    steps: int = STEPS,
    root: str | Path = "runs",
    overrides: Iterable[str] = (),
    kind: str | None = None,
    tuned: bool = False,
    margin: float | None = None,
    quiet: bool = False,
    data_dir: str | Path | None = None,
) -> LearningCurve:
    """Train every model on several numbers of training images, and score all on one test set.

    The images of a smaller number are among those of a larger one. Validation and test stay as they
    are, so that selection is as good everywhere.

    Parameters
    ----------
    task : str, Scene, Task or TaskRecipe
        As `glyphlab.experiments.compare` takes it.
    models : sequence of str
        Names of classifiers, or names of generators.
    sizes : sequence of int
        Numbers of training images.
    seeds : int
        Trainings of each model at each size.
    steps : int
        Least number of training steps: where a net's own epochs come to fewer, each shows its
        images several times. A generator has its number of images shown in its own recipe.
    root : path
        Folder of the run folders; finished runs are used as they are.
    overrides : iterable of str
        ``key.path=value`` for every recipe.
    kind : {'classifier', 'generator'}, optional
        Of the models, where their names are of both kinds.
    tuned, margin
        As of `glyphlab.experiments.compare`.

    Raises
    ------
    UsageError
        Where no model or size is named, or one twice, or the task has fewer images.
    UnknownName
        For a model that is none.
    """
    overrides = list(overrides)
    for what, given in (("model", models), ("size", sizes)):
        if not given or len(set(given)) < len(given):
            raise UsageError(f"name at least one {what}, and each once; found {list(given)}")
    require_seeds(seeds)
    checked_margin(margin)
    entries = named(models, kind)
    footing: Footing = ""
    if entries.kind == "generator":
        require_classifiers(tuned=tuned, margin=margin)
    else:
        footing = "tuned" if tuned else "equal"
        entries = entries if tuned else entries.on_equal_footing()
    of_task = task_of(task, entries.kind)
    if isinstance(task, str | Scene):
        of_task = of_task.changed(generalization_grid=0)
    whole_task, changes = task_overridden(of_task, overrides)
    whole = load_recipe_task(whole_task, data_dir, quiet=quiet)
    for size in sizes:  # more than there are is said before anything is trained
        whole.with_train_images(size)
    asked = [*(["--tuned"] if tuned else []), *margin_words(margin)]
    command = _command(whole_task, models, sizes, seeds, steps, overrides, kind, root, asked)
    rows: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    env: dict[str, Any] = {}
    parts: dict[int, Experiment] = {}
    for size in sorted(sizes):
        more: Callable[[Any], Sequence[str]] = partial(_repeats, size, steps)
        if entries.kind == "generator":
            more = partial(_evaluated_less_often, changes)
        recipes = entries.recipes(
            whole_task.changed(train_images=size), range(seeds), overrides=changes, more=more,
            quiet=quiet or size != min(sizes),
        )  # fmt: skip
        if not quiet:
            _say_passes(size, steps, recipes)
        parts[size] = Experiment(recipes, command)
    trainings = sum(len(part.trainings()) for part in parts.values())
    countdown = Countdown(trainings, quiet=quiet)
    everything: list[Run] = []
    runs: dict[str, list[Run]] = {}
    for size, part in parts.items():
        countdown.aside = f"{size:,} images"
        runs = part.run(
            root, whole.with_train_images(size), quiet=True, data_dir=data_dir, countdown=countdown
        )
        compared = (
            GeneratorComparison(
                {model: outcome_of(found) for model, found in runs.items()}, command
            )
            if entries.kind == "generator"
            else gather(
                runs,
                question="",
                command=command,
                audit={},
                counted=False,
                footing=footing,
                margin=margin,
            )
        )
        rows += [{"images": size, **row} for row in compared.rows]
        tests += [{"images": size, **test} for test in compared.tests]
        env = compared.to_json()["env"]
        everything += [run for found in runs.values() for run in found]
    over_all(tests)
    if entries.kind == "generator":
        tests = [{**test, "verdict": better_or_worse(test)} for test in tests]
    return LearningCurve(
        whole_task.name,
        whole.protocol,
        command,
        sorted(sizes),
        rows,
        tests,
        env,
        entries.kind,
        evaluation_of(everything, command),
        footing,
        runs,
    )


def _command(
    task: TaskRecipe,
    models: Sequence[str],
    sizes: Sequence[int],
    seeds: int,
    steps: int,
    overrides: Sequence[str],
    kind: str | None,
    root: str | Path,
    asked: Sequence[str],
) -> str:
    words = [
        "glyphlab",
        "learning-curve",
        task.word,
        "--data",
        task.data,
        "--models",
        ",".join(models),
    ]
    words += ["--sizes", ",".join(map(str, sizes)), "--seeds", str(seeds)]
    words += kind_words(models, kind)
    words += ["--steps", str(steps)] if steps != STEPS else []
    usual = task.plain.changed(generalization_grid=0)
    words += [*task_words(task, usual, OPTIONS), *asked, *set_words(overrides)]
    return command_of([*words, *out_words(root)], task)


def _say_passes(size: int, steps: int, recipes: Mapping[str, Sequence[BaseRecipe]]) -> None:
    passes = {
        model: one.training.repeats
        for model, (one, *_) in recipes.items()
        if isinstance(one, Recipe) and one.training.repeats > 1
    }
    if passes:
        said = ", ".join(f"{model} {count}" for model, count in passes.items())
        note(f"{size:,} images: repeats in an epoch for {steps:,} steps (--steps): {said}")


def _evaluated_less_often(changes: Sequence[str], recipe: GeneratorRecipe) -> Sequence[str]:
    """Return the override that evaluates samples at most once in `EVALUATED_EVERY` images."""
    if recipe.training.epoch_images is not None or any(
        one.startswith("training.epoch_images") for one in changes
    ):
        return []
    return [f"training.epoch_images={min(EVALUATED_EVERY, recipe.training.images)}"]


def _repeats(size: int, steps: int, recipe: Recipe) -> Sequence[str]:
    """Return the override that shows the images so often that the steps are enough."""
    training = recipe.training
    if recipe.model.net == "classical":
        return []
    # more passes and not more epochs: after each epoch all validation images are read
    passes = math.ceil(steps * training.batch_size / (training.epochs * size))
    return [f"training.repeats={passes}"] if passes > training.repeats else []

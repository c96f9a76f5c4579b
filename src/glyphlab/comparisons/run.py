"""Train several models with several seeds on one task, and compare them."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from glyphlab.comparisons.comparison import Comparison
from glyphlab.comparisons.gather import gather
from glyphlab.comparisons.presets import Preset, preset_of
from glyphlab.comparisons.words import out_words, task_words
from glyphlab.compose import Task
from glyphlab.compose.labels import distinct
from glyphlab.errors import UsageError
from glyphlab.progress import note
from glyphlab.runs import Run
from glyphlab.train import Recipe, TaskRecipe, load_recipe_task
from glyphlab.train.together import train_together

__all__ = ["compare"]


def compare(
    task: str | Task | TaskRecipe,
    models: Sequence[str],
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    quiet: bool = False,
    data_dir: str | Path | None = None,
) -> Comparison:
    """Train every model with every seed on one task, and say what may be concluded.

    Runs that are finished are not trained again, so an interrupted comparison is taken up by the
    same call.

    Parameters
    ----------
    task : str, Task or TaskRecipe
        The name of a preset (on the embedded digits), a task that is loaded, or its recipe.
    models : sequence of str
        Names that `glyphlab.models.list_models` knows.
    seeds : int
        Trainings of each model; the data stay the same. From one seed no model is called better.
    root : path
        Folder of the run folders.
    preset : str, optional
        ``'demo'`` or ``'smoke'``: a smaller comparison.
    overrides : iterable of str
        ``key.path=value`` for every recipe, as ``training.epochs=3``.
    quiet : bool
        Show no progress.
    data_dir : path, optional
        Where the datasets are.

    Raises
    ------
    UnknownName
        For a model or preset that is none, before anything is trained.
    UsageError
        Where no model is named, one is named twice, or there is no seed.
    """
    overrides = list(overrides)
    chosen = preset_of(preset) if preset else Preset("none")
    recipe = _task_recipe(task, chosen)
    _check(models, seeds)
    changes = [*chosen.overrides, *overrides]
    recipes = {
        model: [Recipe.for_model(model, recipe, seed=s, overrides=changes) for s in range(seeds)]
        for model in models
    }
    # An override may change the task itself; every recipe then says so alike.
    shared = recipes[models[0]][0].task
    loaded = task if isinstance(task, Task) else load_recipe_task(shared, data_dir, quiet=quiet)
    command = shlex.join([*_words(shared, models, seeds, preset, overrides), *out_words(root)])
    audit = loaded.audit()
    finished: dict[str, list[Run]] = {model: [] for model in models}
    plan = [(model, one) for model in models for one in recipes[model]]
    trained: list[float] = []
    begun: tuple[float, int] | None = None

    def on_group(group: Sequence[int]) -> None:
        nonlocal begun
        now = time.monotonic()
        if begun is not None:
            since, count = begun
            trained.extend([(now - since) / count] * count)
        begun = now, len(group)
        if not quiet:
            left = _left(trained, len(plan) - len(trained))
            note(f"{_numbers(len(trained), len(group), len(plan))}: {_named(plan, group)}{left}")

    runs = train_together(
        [one for _, one in plan],
        Path(root),
        loaded,
        quiet=quiet,
        command=command,
        on_group=on_group,
    )
    for (model, _), run in zip(plan, runs, strict=True):
        finished[model].append(run)
    return gather(
        finished,
        question=_question(models, f"{loaded.name} of {loaded.data}"),
        command=command,
        audit=audit.to_json(),
    )


def _question(models: Sequence[str], what: str) -> str:
    if len(models) == 1:
        return f"How well does {models[0]} read {what}?"
    return f"Which of {', '.join(models)} reads {what} best?"


def _numbers(done: int, now: int, whole: int) -> str:
    if now == 1:
        return f"run {done + 1} of {whole}"
    return f"runs {done + 1} to {done + now} of {whole}, side by side"


def _named(plan: Sequence[tuple[str, Recipe]], group: Sequence[int]) -> str:
    if len(group) == 1:
        model, one = plan[group[0]]
        return f"{model}, seed {one.seed}"
    return ", ".join(dict.fromkeys(plan[number][0] for number in group))


def _task_recipe(task: str | Task | TaskRecipe, preset: Preset) -> TaskRecipe:
    if isinstance(task, Task):
        labels = distinct(task.train.labels)
        as_it_is = task.name == "single" or task.once
        reported = task.as_published and task.name == "addition"
        drawn = len(task.train) + len(task.val)
        content = {
            "name": task.name,
            "data": task.data,
            "labels": task.labels_mode,
            "glyphs": task.glyphs_mode,
            "as_published": task.as_published,
            "per_label": None if as_it_is or reported else len(task.train) // len(labels),
            "validation": round(len(task.val) / drawn, 6) if as_it_is else None,
            "digits": task.scene.digits,
            "once": task.once,
            "seed": task.seed,
            "square": preset.task.get("square", TaskRecipe().square),
        }
    else:
        given = TaskRecipe(name=task) if isinstance(task, str) else task
        changes = dict(preset.task)
        if given.name == "single" or given.once:  # their glyphs give the number of images
            changes.pop("per_label", None)
        content = {**given.model_dump(), **changes}
    return Recipe.from_mapping({"task": content}, "task").task


def _check(models: Sequence[str], seeds: int) -> None:
    if not models:
        raise UsageError("no model to compare: name some, as in --models whole,aligned")
    twice = sorted({model for model in models if list(models).count(model) > 1})
    if twice:
        raise UsageError(f"model '{twice[0]}' is named twice: name each once")
    if seeds < 1:
        raise UsageError(f"{seeds} seeds: give at least 1, and 3 to conclude anything")


def _left(trained: list[float], runs: int) -> str:
    """Return the time that so many runs will take, once something was really trained."""
    real = [seconds for seconds in trained if seconds > 1]
    if not real:
        return ""
    minutes = np.mean(real) * runs / 60
    return f", about {minutes:.0f} min left" if minutes >= 1 else ", under a minute left"


def _words(
    task: TaskRecipe,
    models: Sequence[str],
    seeds: int,
    preset: str | None,
    overrides: Sequence[str],
) -> list[str]:
    words = ["glyphlab", "compare", task.name, "--data", task.data]
    words += ["--models", ",".join(models), "--seeds", str(seeds), *task_words(task, preset)]
    for override in overrides:
        if override not in ("training.precision=auto", "task.affine=true"):
            words += ["--set", override]
    return words

"""Train several models with several seeds on one task, and compare them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.comparisons.comparison import Comparison
from glyphlab.comparisons.gather import gather
from glyphlab.comparisons.plan import effective, planned, task_overridden
from glyphlab.comparisons.presets import Preset, preset_of
from glyphlab.comparisons.words import command_of, out_words, set_words, task_words
from glyphlab.compose import Scene, Task
from glyphlab.compose.recipe import DRAWN_IN_TRAINING
from glyphlab.errors import UsageError
from glyphlab.models import model_entry
from glyphlab.progress import note
from glyphlab.runs import Run
from glyphlab.train import Recipe, TaskRecipe, load_recipe_task
from glyphlab.train.together import train_together

__all__ = ["ComparisonPlan", "compare", "plan_comparison"]


def compare(
    task: str | Scene | Task | TaskRecipe,
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
    task : str, Scene, Task or TaskRecipe
        The name of a preset, a scene file or a scene of one's own (on the embedded digits), a task
        that is loaded, or its recipe.
    models : sequence of str
        Names that `glyphlab.models.list_models` knows.
    seeds : int
        Trainings of each model; the data stay the same. From one seed no model is called better. A
        model that leaves nothing to chance is trained once.
    root : path
        Folder of the run folders.
    preset : str, optional
        ``'demo'`` or ``'smoke'``: a smaller comparison. Of a task that is loaded already it changes
        the models and the square alone.
    overrides : iterable of str
        ``key.path=value`` for every recipe that has the key, as ``training.epochs=3``; which models
        have not is said. Seeds are not overridden.
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
    plan = plan_comparison(
        task, models, seeds=seeds, root=root, preset=preset, overrides=overrides, quiet=quiet
    )
    loaded = task if isinstance(task, Task) else load_recipe_task(plan.task, data_dir, quiet=quiet)
    audit = loaded.audit()
    finished: dict[str, list[Run]] = {model: [] for model in models}
    trainings = [(model, one) for model in models for one in plan.recipes[model]]
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
            left = _left(trained, len(trainings) - len(trained))
            where = _numbers(len(trained), len(group), len(trainings))
            note(f"{where}: {_named(trainings, group)}{left}")

    runs = train_together(
        [one for _, one in trainings],
        Path(root),
        loaded,
        quiet=quiet,
        command=plan.command,
        on_group=on_group,
    )
    for (model, _), run in zip(trainings, runs, strict=True):
        finished[model].append(run)
    return gather(
        finished,
        question=_question(models, f"{loaded.name} of {loaded.data}"),
        command=plan.command,
        audit=audit.to_json(),
    )


@dataclass(frozen=True)
class ComparisonPlan:
    """What a comparison will train, and the command that asks for the same.

    Attributes
    ----------
    task : TaskRecipe
    recipes : dict of str to list of Recipe
        Of each model, one a seed; of a model without chance one.
    command : str
    """

    task: TaskRecipe
    recipes: dict[str, list[Recipe]]
    command: str


def plan_comparison(
    task: str | Scene | Task | TaskRecipe,
    models: Sequence[str],
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    quiet: bool = False,
) -> ComparisonPlan:
    """Return what `compare` would train; parameters and errors are its own."""
    overrides = list(overrides)
    _check(models, seeds)
    entries = [model_entry(model) for model in models]
    chosen = preset_of(preset) if preset else Preset("none")
    of_task, changes = task_overridden(_task_recipe(task, chosen), overrides)
    recipes = planned(
        entries, of_task, range(seeds), overrides=changes, defaults=chosen.overrides, quiet=quiet
    )
    if isinstance(task, Task):  # a preset says what a task is made of, and this one is made
        chosen = Preset("none", overrides=effective(entries, of_task, chosen.overrides))
    words = [*_words(of_task, models, seeds, chosen, overrides), *out_words(root)]
    return ComparisonPlan(of_task, recipes, command_of(words, of_task))


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


def _task_recipe(task: str | Scene | Task | TaskRecipe, preset: Preset) -> TaskRecipe:
    """Return the recipe of the data, with what a preset changes of it.

    A loaded task is as it is: a preset only says how large its generalisation square is.
    """
    if isinstance(task, Task):
        kept = {key: value for key, value in preset.task.items() if key in DRAWN_IN_TRAINING}
        return task.required_recipe().changed(**kept)
    given = task if isinstance(task, TaskRecipe) else TaskRecipe.of(task)
    return given.changed(**_changes_of(preset, given))


def _changes_of(preset: Preset, task: TaskRecipe) -> dict[str, Any]:
    changes = dict(preset.task)
    if task.name == "single" or task.once:  # their glyphs give the number of images
        changes.pop("per_label", None)
    elif task.scene is not None and changes.pop("per_label", None):  # of so many labels as may be
        changes |= {"images": preset.images, "per_label": None}
    elif "per_label" in changes:
        changes["images"] = None
    return changes


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


OPTIONS = (
    "--labels", "--glyphs", "--as-published", "--fresh", "--per-label", "--images", "--digits",
    "--once", "--seed",
)  # fmt: skip
"""Options of ``glyphlab compare`` that say what the task is."""


def _words(
    task: TaskRecipe,
    models: Sequence[str],
    seeds: int,
    preset: Preset,
    overrides: Sequence[str],
) -> list[str]:
    usual = task.plain.changed(**_changes_of(preset, task))
    words = ["glyphlab", "compare", task.word, "--data", task.data]
    words += ["--models", ",".join(models), "--seeds", str(seeds)]
    words += ["--preset", preset.name] if preset.name != "none" else set_words(preset.overrides)
    return [*words, *task_words(task, usual, OPTIONS), *set_words(overrides)]

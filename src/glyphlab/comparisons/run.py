"""Train several models with several seeds on one task, and compare them."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.comparisons.comparison import Comparison
from glyphlab.comparisons.gathering import gather
from glyphlab.comparisons.own import Models, entries_of, own_remark, own_words
from glyphlab.comparisons.presets import Preset, preset_of
from glyphlab.comparisons.words import out_words, set_words, task_words
from glyphlab.compose import Task, load_recipe_task
from glyphlab.compose.recipe import DRAWN_IN_TRAINING
from glyphlab.errors import UsageError
from glyphlab.progress import note
from glyphlab.recipes import Recipe, TaskRecipe
from glyphlab.recipes.plan import effective, planned, task_overridden
from glyphlab.runs import Run
from glyphlab.train.events import Event, Group
from glyphlab.train.train_many import train_many

__all__ = ["ComparisonPlan", "compare", "plan_comparison"]


def compare(
    task: str | Task | TaskRecipe,
    models: Models,
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
    models : sequence of str, or mapping
        Names that `glyphlab.recipes.list_models` knows. A mapping says what each is by what it is
        called: such a name, a function ``make_net(image_shape, heads, classes)`` that returns a new
        `torch.nn.Module` from float images ``(n, 1, H, W)`` in 0..1 to logits ``(n, heads,
        classes)``, a classifier of scikit-learn, or where to import one of these from, as
        ``'package.module:make_net'``.
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

    def on_event(event: Event) -> None:
        nonlocal begun
        if not isinstance(event, Group):
            return
        group = event.numbers
        now = time.monotonic()
        if begun is not None:
            since, count = begun
            trained.extend([(now - since) / count] * count)
        begun = now, len(group)
        if not quiet:
            left = _left(trained, len(trainings) - len(trained))
            where = _numbers(len(trained), len(group), len(trainings))
            note(f"{where}: {_named(trainings, group)}{left}")

    runs = train_many(
        [one for _, one in trainings],
        Path(root),
        task=loaded,
        quiet=quiet,
        command=plan.command,
        callbacks=[on_event],
    )
    for (model, _), run in zip(trainings, runs, strict=True):
        finished[model].append(run)
    return gather(
        finished,
        question=_question(list(models), f"{loaded.name} of {loaded.data}"),
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
    task: str | Task | TaskRecipe,
    models: Models,
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
    named = entries_of(models, task)
    entries = list(named.values())
    chosen = preset_of(preset) if preset else Preset("none")
    of_task, changes = task_overridden(_task_recipe(task, chosen), overrides)
    by_entry = planned(
        entries, of_task, range(seeds), overrides=changes, defaults=chosen.overrides, quiet=quiet
    )
    recipes = {label: by_entry[entry.name] for label, entry in named.items()}
    if isinstance(task, Task):  # a preset says what a task is made of, and this one is made
        chosen = Preset("none", overrides=effective(entries, of_task, chosen.overrides))
    presets = [entry.name for entry in entries if "custom" not in entry.model]
    words = [
        *_words(of_task, presets, seeds, chosen, overrides, own_words(named)),
        *out_words(root),
    ]
    return ComparisonPlan(of_task, recipes, shlex.join(words) + own_remark(named))


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
    """Return the recipe of the data, with what a preset changes of it.

    A loaded task is as it is: a preset only says how large its generalisation square is.
    """
    if isinstance(task, Task):
        kept = {key: value for key, value in preset.task.items() if key in DRAWN_IN_TRAINING}
        return task.required_recipe().changed(**kept)
    given = TaskRecipe(name=task) if isinstance(task, str) else task
    return given.changed(**_changes_of(preset, given))


def _changes_of(preset: Preset, task: TaskRecipe) -> dict[str, Any]:
    changes = dict(preset.task)
    if task.name == "single" or task.once:  # their glyphs give the number of images
        changes.pop("per_label", None)
    return changes


def _check(models: Models, seeds: int) -> None:
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
    "--labels", "--glyphs", "--as-published", "--fresh", "--per-label", "--digits", "--once",
    "--seed",
)  # fmt: skip
"""Options of ``glyphlab compare`` that say what the task is."""


def _words(
    task: TaskRecipe,
    models: Sequence[str],
    seeds: int,
    preset: Preset,
    overrides: Sequence[str],
    own: Sequence[str] = (),
) -> list[str]:
    plain = TaskRecipe(name=task.name, data=task.data)
    usual = plain.changed(**_changes_of(preset, task))
    words = ["glyphlab", "compare", task.name, "--data", task.data]
    words += ["--models", ",".join(models), *own, "--seeds", str(seeds)]
    words += ["--preset", preset.name] if preset.name != "none" else set_words(preset.overrides)
    return [*words, *task_words(task, usual, OPTIONS), *set_words(overrides)]

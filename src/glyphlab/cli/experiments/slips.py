"""Slips in names, keys and values, said before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["check_models", "check_variation"]


def check_models(
    models: Sequence[str],
    kind: str | None,
    task: TaskRecipe,
    overrides: Sequence[str],
    preset: str | None = None,
    *,
    tuned: bool = True,
) -> None:
    """Make a recipe of each model, as the experiment will, and leave it.

    Raises
    ------
    UsageError
        For a name, key or value that no recipe can have.
    """
    from glyphlab.experiments.compare_presets import Preset, preset_of
    from glyphlab.experiments.kinds import named, task_of
    from glyphlab.recipes.plan import task_overridden
    from glyphlab.tasks.scenes.scene import SCENES

    found = named(models, kind)
    found = found if tuned else found.on_equal_footing()
    smaller = preset_of(preset) if preset else Preset("none")
    of_task, others = task_overridden(task_of(task, found.kind, smaller), overrides)
    of_files = of_task.scene is not None or Path(of_task.name).exists()
    if not of_files and Path(of_task.name).name == of_task.name:  # else it is a path to no file
        SCENES.check(of_task.name)
    defaults = smaller.overrides_of(found.kind)
    found.recipes(of_task, range(1), overrides=others, defaults=defaults, quiet=True)


def check_variation(
    model: str, kind: str | None, task: TaskRecipe | None, changes: Sequence[Sequence[str]]
) -> None:
    """Make a recipe with each of the changes, and leave it.

    Raises
    ------
    UsageError
        For a name, key or value that no recipe can have.
    """
    from glyphlab.experiments.kinds import named, require_kind
    from glyphlab.recipes import read_recipe_file
    from glyphlab.tasks.task_recipe import TaskRecipe

    if model.endswith(".toml"):
        require_kind(read_recipe_file(Path(model)), kind, model)
        for change in changes if task is None else ():  # else it is made for another task
            read_recipe_file(Path(model), change)
        return
    found = named([model], kind)
    entry = found.entries[model]
    usual = ("triple" if entry.several else "digits") if found.kind == "generator" else entry.task
    for change in changes:
        check_models([model], kind, task or TaskRecipe.of(usual), change)

"""Which kind of recipe a name or a file stands for, and its recipes of a whole experiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from glyphlab.compose import Task
from glyphlab.compose.recipe import DRAWN_IN_TRAINING, TaskRecipe
from glyphlab.data.registry import registry
from glyphlab.errors import RecipeError, UnknownName, UsageError
from glyphlab.experiments.presets import Preset
from glyphlab.recipes import BaseRecipe, GanRecipe, Recipe, list_models, model_entry
from glyphlab.recipes.base import name_of
from glyphlab.recipes.generator_presets import GanEntry, gan_entry, gan_recipe, list_gans
from glyphlab.recipes.overrides import keys_of
from glyphlab.recipes.plan import effective, planned
from glyphlab.recipes.toml import read_toml

__all__ = [
    "KINDS",
    "Kind",
    "Named",
    "kind_of",
    "make_generator",
    "named",
    "read_recipe",
    "recipe_class",
    "recipe_of",
    "task_of",
]

Kind = Literal["classifier", "generator"]
KINDS: dict[Kind, type[Recipe] | type[GanRecipe]] = {"classifier": Recipe, "generator": GanRecipe}


@dataclass(frozen=True)
class Named:
    """Models by name, all of one kind."""

    kind: Kind
    models: tuple[str, ...]

    def recipes(
        self, task: TaskRecipe, seeds: Sequence[int], **words: Any
    ) -> Mapping[str, Sequence[BaseRecipe]]:
        """Return the recipes of each model, one a seed; the other words are `planned`'s."""
        if self.kind == "generator":
            gans = [gan_entry(model) for model in self.models]
            return planned(gans, task, seeds, make_generator, **words)
        entries = [model_entry(model) for model in self.models]
        return planned(entries, task, seeds, Recipe.for_entry, **words)

    def effective(self, task: TaskRecipe, overrides: Sequence[str]) -> tuple[str, ...]:
        """Return the overrides that change something of at least one model."""
        if self.kind == "generator":
            gans = [gan_entry(model) for model in self.models]
            return effective(gans, task, make_generator, overrides)
        entries = [model_entry(model) for model in self.models]
        return effective(entries, task, Recipe.for_entry, overrides)


def named(models: Sequence[str], kind: str | None = None) -> Named:
    """Return models by name, with the kind that all of them are.

    A name that both kinds have, such as ``whole``, is a classifier's unless another name beside it
    is a generator's alone, or `kind` says otherwise.

    Raises
    ------
    UnknownName
        For a name that is of neither kind.
    UsageError
        Where some are classifiers and some generators, or `kind` is none.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownName("kind", kind, KINDS)
    known: dict[Kind, set[str]] = {
        "classifier": {entry.name for entry in list_models()},
        "generator": {entry.name for entry in list_gans()},
    }
    wanted = [one for one in known if kind in (None, one)]
    for model in models:
        if not any(model in known[one] for one in wanted):
            what = kind or "model"
            raise UnknownName(what, model, set().union(*(known[one] for one in wanted)))
    for one in wanted:
        if all(model in known[one] for model in models):
            return Named(one, tuple(models))
    drawing = [model for model in models if model not in known["classifier"]]
    reading = [model for model in models if model not in known["generator"]]
    raise UsageError(
        f"{', '.join(drawing)} generate images and {', '.join(reading)} classify them, and have no "
        "score in common: compare models of one kind"
    )


def make_generator(
    entry: GanEntry, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
) -> GanRecipe:
    """Return the recipe of a generator, as `Recipe.for_entry` does of a classifier."""
    return gan_recipe(entry.name, task, seed=seed, overrides=overrides)


def kind_of(recipe: BaseRecipe) -> Kind:
    """Return which kind a recipe is of."""
    return "generator" if isinstance(recipe, GanRecipe) else "classifier"


def recipe_class(content: Mapping[str, Any], where: str) -> type[Recipe] | type[GanRecipe]:
    """Return which recipe a mapping describes: its ``kind`` says it, a classifier otherwise.

    Raises
    ------
    RecipeError
        For a kind that is none.
    """
    kind = content.get("kind", "classifier")
    for name, chosen in KINDS.items():
        if kind == name:
            return chosen
    expected = " or ".join(f'"{name}"' for name in KINDS)
    raise RecipeError(f"{where}: kind is {kind!r}, expected {expected}")


def recipe_of(
    content: Mapping[str, Any], where: str = "recipe", typed: Iterable[str] = ()
) -> BaseRecipe:
    """Validate a mapping as a recipe of the kind that it says.

    Raises
    ------
    RecipeError
        As `recipe_class` and `BaseRecipe.from_mapping` do.
    """
    chosen, whole = recipe_class(content, where), dict(content)
    if "kind" not in chosen.model_fields:
        whole.pop("kind", None)
    return chosen.from_mapping(whole, where, typed)


def read_recipe(path: Path) -> BaseRecipe:
    """Read a recipe of either kind from a TOML file.

    Raises
    ------
    RecipeError
        Where the file is missing, is no TOML, or holds what a recipe of its kind cannot.
    """
    otherwise = "or print a full one with: glyphlab train --dry-run RECIPE.toml"
    content = read_toml(path, "recipe", otherwise, RecipeError)
    content.setdefault("name", name_of(path))
    typed = [key for key in keys_of(content) if key != "kind"]
    return recipe_of(content, str(path), typed)


def task_of(task: str | Task | TaskRecipe, kind: Kind, preset: Preset | None = None) -> TaskRecipe:
    """Return the recipe of the data, with what a preset changes of it.

    The name of a source, such as ``digits``, stands for its single symbols. A task that is loaded
    already is as it is: a preset only says how large its generalisation square is. Generators have
    no such square.
    """
    changes = dict(preset.task) if preset else {}
    if isinstance(task, Task):
        found = task.required_recipe()
        changes = {key: value for key, value in changes.items() if key in DRAWN_IN_TRAINING}
    else:
        found = _of_source(TaskRecipe(name=task) if isinstance(task, str) else task)
    if not isinstance(task, Task) and (found.name == "single" or found.once):
        changes.pop("per_label", None)  # their glyphs give the number of images
    if kind == "generator":
        changes["square"] = 0
    return found.changed(**changes)


def _of_source(task: TaskRecipe) -> TaskRecipe:
    """Return the task of single symbols where the name is a source's."""
    if task.is_folder or (task.name != "digits" and task.name not in registry()):
        return task
    if task.data not in ("digits", task.name):
        raise UsageError(
            f"task '{task.name}' is a source itself, and --data {task.data} names another: give "
            "task 'single' with --data, or leave --data out"
        )
    return task.changed(name="single", data=task.name)

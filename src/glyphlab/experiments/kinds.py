"""Which kind of recipe a name or a file stands for, and its recipes of a whole experiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab._common.progress import note_once
from glyphlab.data.published_sets import registry
from glyphlab.experiments.compare_presets import Preset
from glyphlab.experiments.own_models import Models, entries_of
from glyphlab.recipes import BaseRecipe, GeneratorRecipe, Recipe, model_entry
from glyphlab.recipes.classifier_presets import on_equal_footing
from glyphlab.recipes.generator_presets import (
    GeneratorEntry,
    generator_entry,
    generator_recipe,
    list_generators,
)
from glyphlab.recipes.plan import effective, planned
from glyphlab.recipes.registries import MODELS
from glyphlab.tasks import Scene, Task
from glyphlab.tasks.task_recipe import DRAWN_IN_TRAINING, TaskRecipe

__all__ = [
    "KINDS",
    "Kind",
    "Named",
    "deep_update",
    "kind_of",
    "make_generator",
    "named",
    "require_classifiers",
    "require_kind",
    "task_of",
]

Kind = Literal["classifier", "generator"]
KINDS: dict[Kind, type[Recipe] | type[GeneratorRecipe]] = {
    "classifier": Recipe,
    "generator": GeneratorRecipe,
}


@dataclass(frozen=True)
class Named:
    """Models by what they are called, all of one kind.

    Attributes
    ----------
    kind : {'classifier', 'generator'}
    entries : mapping of str to ModelEntry or GeneratorEntry
    """

    kind: Kind
    entries: Mapping[str, Any]

    @property
    def models(self) -> tuple[str, ...]:
        """What the models are called."""
        return tuple(self.entries)

    def on_equal_footing(self) -> Named:
        """Return the same models, strategies of our fast net with the same settings."""
        if self.kind == "generator":
            return self
        entries = {label: on_equal_footing(entry) for label, entry in self.entries.items()}
        return replace(self, entries=entries)

    def with_settings(self, found: Mapping[str, Mapping[str, Any]]) -> Named:
        """Return the same classifiers with settings that a search found, by label and key."""
        entries = {
            label: replace(
                entry,
                model=deep_update(dict(entry.model), found.get(label, {}), "model."),
                training=deep_update(dict(entry.training), found.get(label, {}), "training."),
            )
            for label, entry in self.entries.items()
        }
        return replace(self, entries=entries)

    def recipes(
        self, task: TaskRecipe, seeds: Sequence[int], **words: Any
    ) -> Mapping[str, Sequence[BaseRecipe]]:
        """Return the recipes of each model, one a seed; the other words are `planned`'s."""
        entries = [*self.entries.values()]
        if self.kind == "generator":
            return planned(entries, task, seeds, make_generator, **words)
        found = planned(entries, task, seeds, Recipe.for_entry, **words)
        return {label: found[entry.name] for label, entry in self.entries.items()}

    def effective(self, task: TaskRecipe, overrides: Sequence[str]) -> tuple[str, ...]:
        """Return the overrides that change something of at least one model."""
        entries = [*self.entries.values()]
        if self.kind == "generator":
            return effective(entries, task, make_generator, overrides)
        return effective(entries, task, Recipe.for_entry, overrides)


def named(
    models: Models, kind: str | None = None, task: str | Scene | Task | TaskRecipe = "triple"
) -> Named:
    """Return models by name, with the kind that all of them are; of a mapping also own models.

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
    if isinstance(models, Mapping):
        if kind == "generator":
            raise UsageError("generators are compared by name: give a list of names")
        return Named("classifier", entries_of(models, task))
    known: dict[Kind, set[str]] = {
        "classifier": set(MODELS.names()),
        "generator": {entry.name for entry in list_generators()},
    }
    wanted = [one for one in known if kind in (None, one)]
    for model in models:
        if not any(model in known[one] for one in wanted):
            groups = {f"{one}s": known[one] for one in wanted}
            raise UnknownName(kind or "model", model, groups=groups)
    for one in wanted:
        if all(model in known[one] for model in models):
            find = generator_entry if one == "generator" else model_entry
            return Named(one, {model: find(model) for model in models})
    generating = [model for model in models if model not in known["classifier"]]
    classifying = [model for model in models if model not in known["generator"]]
    raise UsageError(
        f"{', '.join(generating)} generate images and {', '.join(classifying)} classify them, "
        "and have no score in common: compare models of one kind"
    )


def deep_update(
    content: Mapping[str, Any], values: Mapping[str, Any], table: str
) -> Mapping[str, Any]:
    """Return a table of a recipe with the values whose keys begin with its name."""
    found = dict(content)
    for key, value in values.items():
        if not key.startswith(table):
            continue
        *path, last = key.removeprefix(table).split(".")
        part = found
        for step in path:
            part[step] = dict(part.get(step) or {})
            part = part[step]
        part[last] = value
    return MappingProxyType(found)


def require_classifiers(**options: object) -> None:
    """Refuse options that are for classifiers alone, of an experiment with generators.

    Raises
    ------
    UsageError
        Naming the first that was given.
    """
    for name, value in options.items():
        if value not in (None, False):
            raise UsageError(
                f"--{name.replace('_', '-')} is for classifiers: generators are compared by "
                "distances and shares, each with settings of its own; leave it out"
            )


def make_generator(
    entry: GeneratorEntry, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
) -> GeneratorRecipe:
    """Return the recipe of a generator, as `Recipe.for_entry` does of a classifier."""
    return generator_recipe(entry.name, task, seed=seed, overrides=overrides)


def kind_of(recipe: BaseRecipe) -> Kind:
    """Return which kind a recipe is of."""
    return "generator" if isinstance(recipe, GeneratorRecipe) else "classifier"


def require_kind(recipe: BaseRecipe, kind: str | None, where: str) -> Kind:
    """Return which kind a recipe is of.

    Raises
    ------
    UnknownName, UsageError
        For a `kind` that is none, or another than the recipe's.
    """
    found = kind_of(recipe)
    if kind is not None and kind not in KINDS:
        raise UnknownName("kind", kind, KINDS)
    if kind not in (None, found):
        raise UsageError(
            f"--kind {kind}: {where} is the recipe of a {found}, and a recipe says its kind "
            f"itself: leave --kind out, or name the recipe of a {kind}"
        )
    return found


def task_of(
    task: str | Scene | Task | TaskRecipe, kind: Kind, preset: Preset | None = None
) -> TaskRecipe:
    """Return the recipe of the data, with what a preset changes of it.

    The name of a source, such as ``digits``, stands for its single symbols. A task that is loaded
    already is as it is: a preset only says how large its generalization grid is. Generators have
    no such grid.
    """
    preset = preset or Preset("none")
    changes = dict(preset.task)
    if isinstance(task, Task):
        found = task.required_recipe()
        changes = {key: value for key, value in changes.items() if key in DRAWN_IN_TRAINING}
    else:
        found = _of_source(task if isinstance(task, TaskRecipe) else TaskRecipe.of(task))
        given = found.is_folder or found.is_pairs
        if given and changes.pop("per_label", None):
            note_once(
                f"the preset '{preset.name}' takes all images of {found.name}, as they are there "
                "already; it changes the models alone"
            )
        elif found.name == "single" or found.without_glyph_reuse:
            changes.pop("per_label", None)  # their glyphs give the number of images
        elif found.scene is not None and changes.pop("per_label", None):
            changes |= {"images": preset.images, "per_label": None}  # of any number of labels
        elif "per_label" in changes:
            changes["images"] = None
    if kind == "generator":
        changes["generalization_grid"] = 0
    return found.changed(**changes)


def _of_source(task: TaskRecipe) -> TaskRecipe:
    """Return the task of single symbols where the name is a source's."""
    if task.scene is not None or task.is_folder:
        return task
    if task.name != "digits" and task.name not in registry():
        return task
    if task.data not in ("digits", task.name):
        raise UsageError(
            f"task '{task.name}' is a source itself, and --data {task.data} names another: give "
            "task 'single' with --data, or leave --data out"
        )
    return task.changed(name="single", data=task.name)

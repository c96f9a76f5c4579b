"""The trainings of an experiment: entries × seeds, each with the overrides that it can use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from glyphlab._common.errors import IgnoredKey, RecipeError, UsageError
from glyphlab._common.progress import note
from glyphlab.recipes.base import BaseRecipe
from glyphlab.recipes.classifier import Recipe
from glyphlab.recipes.overrides import apply_overrides, override_key
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = [
    "MOST_SEEDS",
    "Entry",
    "Make",
    "effective",
    "planned",
    "require_seeds",
    "task_overridden",
]

MOST_SEEDS = 1_000
"""Trainings of one model in one experiment."""

_TASK = "task."


class Entry(Protocol):
    """What is known by name: a classifier or a generator."""

    @property
    def name(self) -> str:
        """The name."""


E = TypeVar("E", bound=Entry)
E_contra = TypeVar("E_contra", bound=Entry, contravariant=True)
R = TypeVar("R", bound=BaseRecipe)
R_co = TypeVar("R_co", bound=BaseRecipe, covariant=True)


class Make(Protocol[E_contra, R_co]):
    """Makes the recipe of an entry, as `Recipe.for_entry` does."""

    def __call__(
        self, entry: E_contra, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
    ) -> R_co:
        """Return the recipe of an entry on a task."""


def task_overridden(task: TaskRecipe, overrides: Iterable[str]) -> tuple[TaskRecipe, list[str]]:
    """Return a task with the overrides of its own keys, and the overrides of all else.

    Raises
    ------
    RecipeError
        For an override that a task cannot have.
    """
    own: list[str] = []
    others: list[str] = []
    for override in overrides:
        (own if override_key(override).startswith(_TASK) else others).append(override)
    if not own:
        return task, others
    content = apply_overrides({"task": task.model_dump()}, own)
    return Recipe.from_mapping(content, "overrides").task.called_as(task), others


def planned(
    entries: Sequence[E],
    task: TaskRecipe,
    seeds: Sequence[int],
    make: Make[E, R],
    *,
    overrides: Sequence[str] = (),
    defaults: Sequence[str] = (),
    more: Callable[[R], Sequence[str]] = lambda _recipe: (),
    quiet: bool = False,
) -> dict[str, list[R]]:
    """Return the recipes of each model, one a seed; of a model without chance there is one.

    An override holds for every model that has its key. Which models have not is said, and one that
    no model has is an error.

    Parameters
    ----------
    entries : sequence of ModelEntry or GeneratorEntry
    task : TaskRecipe
    seeds : sequence of int
    make : callable
        Makes a recipe of an entry: `Recipe.for_entry`, or what does the same for generators.
    overrides : sequence of str
        As they were typed.
    defaults : sequence of str
        Overrides of a preset, before the others; of these nothing is said.
    more : callable
        From a model's recipe to further overrides of it, such as the repeats of a learning curve.
    quiet : bool
        Say nothing.

    Raises
    ------
    RecipeError
        For an override that no model has, or that no recipe can have.
    """
    found: dict[str, list[R]] = {}
    without: dict[str, list[IgnoredKey]] = {override: [] for override in overrides}
    for entry in entries:
        known, unused = _usable(entry, task, make, [*defaults, *overrides])
        for override, reason in unused.items():
            if override in without:
                without[override].append(reason)
        extra = more(make(entry, task, overrides=known))
        all_seeds = [make(entry, task, seed=seed, overrides=[*known, *extra]) for seed in seeds]
        found[entry.name] = all_seeds if all_seeds[0].has_chance else all_seeds[:1]
    whole = [entry.name for entry in entries if getattr(entry, "training", {}).get("short_canvas")]
    if whole and not task.can_shorten and not quiet:
        note(f"the canvas of '{task.name}' is not shortened for {', '.join(whole)}")
    for override, reasons in without.items():
        if len(reasons) == len(entries):
            raise reasons[0]
        if reasons and not quiet:
            names = ", ".join(reason.where for reason in reasons)
            note(f"{override} changes nothing of {names}: trained as they are")
    return found


def effective(
    entries: Sequence[E], task: TaskRecipe, make: Make[E, R], overrides: Sequence[str]
) -> tuple[str, ...]:
    """Return the overrides that change something of at least one model."""
    unused = [_usable(entry, task, make, overrides)[1] for entry in entries]
    return tuple(one for one in overrides if not all(one in of_model for of_model in unused))


def _usable(
    entry: E, task: TaskRecipe, make: Make[E, R], overrides: Sequence[str]
) -> tuple[list[str], dict[str, IgnoredKey]]:
    """Return the overrides that have an effect on a model, and those that have none."""
    known = list(overrides)
    unused: dict[str, IgnoredKey] = {}
    while True:
        try:
            make(entry, task, overrides=known)
        except IgnoredKey as error:
            idle = [one for one in known if _is_of(override_key(one), error.key)]
            if not idle:  # the entry's own, or what an override made of no effect
                raise RecipeError(str(error)) from error
            unused |= dict.fromkeys(idle, error)
            known = [one for one in known if one not in idle]
        else:
            return known, unused


def _is_of(key: str, path: str) -> bool:
    return key == path or key.startswith(f"{path}.")


def require_seeds(seeds: int) -> None:
    """Refuse a number of seeds that trains nothing, or that no machine would end.

    Raises
    ------
    UsageError
        Outside 1 to `MOST_SEEDS`.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        hours = f", which would train each model for {seeds / 3600:,.0f} hours at a second each"
        raise UsageError(
            f"seeds must be between 1 and {MOST_SEEDS:,}, found {seeds:,}"
            f"{hours if seeds > MOST_SEEDS else ''}: 3 or more are needed to conclude anything"
        )

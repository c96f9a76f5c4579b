"""How long a training will take: by earlier runs, or by a few steps that are timed.

A training on n images for E epochs is taken to last ``a + E t (n + v / 3) + e s``: t is the time of
an image in training, v the number of validation images (read without a backward pass, a third of
the time), e the time of one of s images that are scored at the end. Two short trainings on few
images give all of them.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.machine import usable_cores
from glyphlab.experiments.experiment import trained
from glyphlab.experiments.planning.known_times import known_seconds
from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.tasks import Task
from glyphlab.tasks.from_recipe import load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.executors.base import Serial, Workers, executor_in_force

__all__ = ["Cost", "Sizes", "cost_of", "is_drawn", "sizes_of"]

FEW = (400, 1600)
"""Images in all that steps are timed on."""
VALIDATED = 1 / 3
"""Time of an image on which nothing is learned, as a share of one on which something is."""
STEEPEST = 2.2
"""Highest power of the number of images that the time of a classical model is taken to grow by."""


@dataclass(frozen=True)
class Sizes:
    """Images of each split, and of the generalization grid."""

    train: int
    val: int
    test: int
    grid: int = 0

    @property
    def scored(self) -> int:
        """Images that a trained model is scored on."""
        return self.test + self.grid


@dataclass(frozen=True)
class Cost:
    """What one training of a model costs.

    Attributes
    ----------
    start : float
        Seconds that any training takes.
    step : float
        Seconds of an image in training.
    scoring : float
        Seconds of an image that is scored.
    power : float
        Of the number of images that the time grows by; 1 for what is trained in epochs.
    repeats : int
        How often an epoch shows the training images.
    more : int
        Further epochs: one for each net of `training.restarts`.
    how : {'timed steps', 'earlier runs'}
    """

    start: float
    step: float
    scoring: float
    power: float = 1.0
    how: Literal["timed steps", "earlier runs"] = "timed steps"
    repeats: int = 1
    more: int = 0

    def seconds(self, sizes: Sizes, epochs: int) -> float:
        """Return how long one training takes."""
        shown = (epochs + self.more) * (
            self.repeats * sizes.train**self.power + VALIDATED * sizes.val
        )
        return float(self.start + self.step * shown + self.scoring * sizes.scored)


def sizes_of(task: Task) -> Sizes:
    """Return how many images a task has."""
    recipe = task.recipe
    cells = (1 + (task.labels_mode == "disjoint")) * (1 + (task.glyphs_mode == "disjoint"))
    grid = recipe.generalization_grid if recipe is not None and task.pools else 0
    return Sizes(len(task.train), len(task.val), len(task.test), grid * cells)


def is_drawn(recipe: TaskRecipe) -> bool:
    """Whether any number of images can be drawn for a task, by its scene."""
    return not (
        recipe.is_folder or recipe.is_pairs or recipe.as_published
        or recipe.without_glyph_reuse or recipe.replaced or recipe.name == "single"
    )  # fmt: skip


def cost_of(recipes: Sequence[BaseRecipe], task: Task, root: Path) -> Cost:
    """Return what one training of a model costs on this machine.

    Parameters
    ----------
    recipes : sequence of BaseRecipe
        Of the model, one a seed.
    task : Task
        As the recipes have it.
    root : Path
        Folder of runs, where earlier ones may tell.

    Raises
    ------
    GlyphlabError
        As training does.
    """
    recipe = recipes[0]
    assert isinstance(recipe, Recipe), "generators have no such plan"
    repeats, restarts = recipe.training.repeats, recipe.training.restarts
    more = restarts if restarts > 1 else 0
    known = known_seconds(recipe, root)
    if known is not None:
        shown = (known.epochs + more) * (repeats * known.train + VALIDATED * known.val)
        step = known.fit_seconds / max(shown, 1)
        views = recipe.model.test_views
        scoring = VALIDATED * views * step
        return Cost(0.0, step, scoring, how="earlier runs", repeats=repeats, more=more)
    return replace(_timed(recipe, task), repeats=repeats, more=more)


def _timed(recipe: Recipe, task: Task) -> Cost:
    """Train on a few images, twice, and return the cost."""
    few = [_few(recipe, task, count) for count in FEW]
    with (
        Serial(_threads()),
        tempfile.TemporaryDirectory() as folder,
    ):  # which no other machine may see
        _seconds(few[0], Path(folder, "first"))  # what is compiled or chosen once is not counted
        (fit_a, rest_a, a), (fit_b, rest_b, b) = (
            _seconds(one, Path(folder, str(number))) for number, one in enumerate(few)
        )
    power = 1.0
    if recipe.model.is_estimator:
        growth = math.log(max(fit_b, 1e-4) / max(fit_a, 1e-4)) / math.log(b.train / a.train)
        power = min(max(growth, 1.0), STEEPEST) if b.train > a.train else 1.0
    shown_a, shown_b = (one.train**power + VALIDATED * one.val for one in (a, b))
    least = 0.5 * fit_b / shown_b  # noise may turn the slope, but not more than halve it
    step = max((fit_b - fit_a) / max(shown_b - shown_a, 1), least)
    if b.scored > a.scored:
        scoring = max((rest_b - rest_a) / (b.scored - a.scored), 0.5 * rest_b / b.scored)
    else:
        scoring = rest_b / max(b.scored, 1)
    start = max(fit_a - step * shown_a, 0.0) + max(rest_a - scoring * a.scored, 0.0)
    return Cost(start, step, scoring, power)


def _threads() -> int | None:
    """Return the threads of a training on the workers in force, as far as this machine has them."""
    executor = executor_in_force()
    return min(executor.threads, usable_cores()) if isinstance(executor, Workers) else None


def _few(recipe: Recipe, task: Task, count: int) -> tuple[Recipe, Task]:
    """Return a recipe of one epoch on a few images, and its task."""
    changes: dict[str, object] = {"generalization_grid": 0}
    of_task = recipe.task
    if is_drawn(of_task) and of_task.train_images is None and of_task.per_class is None:
        changes |= {"images": count, "per_label": None, "digest": None}
        try:
            few = load_recipe_task(of_task.changed(**changes), quiet=True)
        except GlyphlabError:  # more labels than images
            few = task.with_train_images(min(count, len(task.train)))
    else:
        few = task.with_train_images(min(count, len(task.train)))
    found = few.required_recipe().changed(generalization_grid=0)
    content = {**recipe.content(), "task": found.model_dump()}
    if "training" in content:
        once = {"epochs": 1, "repeats": 1, "restarts": 1}
        content["training"] = {
            **content["training"],
            **{key: one for key, one in once.items() if key in content["training"]},
        }
        content["training"].pop("patience", None)
    return Recipe.from_mapping(content, recipe.name), few.described(found)


def _seconds(few: tuple[Recipe, Task], root: Path) -> tuple[float, float, Sizes]:
    recipe, task = few
    started = time.perf_counter()
    (run,) = trained([recipe], root, task, quiet=True)
    whole = time.perf_counter() - started
    fit = min(float(run.summary.fit_seconds), whole)
    return fit, whole - fit, sizes_of(task)

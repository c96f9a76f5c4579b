"""What the page draws of the images before training."""

from __future__ import annotations

import pytest

from glyphlab.recipes import Recipe
from glyphlab.reporting.sections.before_training import _ranges
from glyphlab.tasks import Scene
from glyphlab.tasks.task_recipe import TaskRecipe
from summaries import ToldRun, classifier_summary

GRID = Scene.in_grid("grid", 2, 2)


@pytest.mark.parametrize(
    ("task", "ranges"),
    [
        (TaskRecipe(name="triple"), (1, 3)),
        (TaskRecipe(name="single"), (1, 1)),
        (TaskRecipe(name="addition"), (1, 1)),  # its label is one number: nothing is cut
        (TaskRecipe.of(GRID), (2, 2)),
        (TaskRecipe.of(Scene.in_grid("sums", 2, 1, rule="sum")), (1, 1)),
    ],
)
def test_ranges_are_those_of_training(task: TaskRecipe, ranges: tuple[int, int]) -> None:
    recipe = Recipe(task=task).content()
    assert _ranges(ToldRun(classifier_summary(), recipe=recipe)) == ranges

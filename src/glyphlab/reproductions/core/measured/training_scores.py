"""The training accuracy on every training image, where a run counted it on some of them."""

from __future__ import annotations

import numpy as np

from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Task, load_recipe_task
from glyphlab.training.evaluation.loaded_models import load_strategy
from glyphlab.training.targets import rows_of
from glyphlab.training.trainers.sklearn_fit import load_classical, read_classical

__all__ = ["score_on_training"]

AT_ONCE = 10_000
"""Images that a model reads at once."""


def score_on_training(run: Run, task: Task) -> tuple[float, int | None]:
    """Return the training accuracy of a run and the number of images it was counted on.

    A scikit-learn model is scored on at most 10,000 images when it is fitted, and a paper scores
    its own on all of them: the others are read here, with the fitted model that the run keeps.

    Parameters
    ----------
    run : Run
    task : Task
        The whole task, whose images are used where the run was trained on all of them.
    """
    summary = run.classifier_summary
    items = summary.train_accuracy_items
    if items is None:
        return summary.train_accuracy, None
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    own = task if recipe.task == task.recipe else load_recipe_task(recipe.task, quiet=True)
    if items >= len(own.train):
        return summary.train_accuracy, items
    models, strategy = load_classical(run), load_strategy(run)
    right = 0
    for rows in np.array_split(np.arange(len(own.train)), -(-len(own.train) // AT_ONCE)):
        found = read_classical(models, strategy, own.train.images[rows]).labels
        right += int((found == rows_of(own.train.labels[rows])).all(axis=1).sum())
    return right / len(own.train), len(own.train)

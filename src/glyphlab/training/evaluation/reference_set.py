"""The real images that generated ones are held against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import numpy_rng
from glyphlab.data.class_names import label_text
from glyphlab.metrics.generation import frechet_distance
from glyphlab.recipes import GeneratorRecipe
from glyphlab.tasks import Task
from glyphlab.tasks.drawing import draw, pick_glyphs, random_offsets
from glyphlab.tasks.label_names import symbol_names
from glyphlab.training.evaluation.generator_scores import Reference
from glyphlab.training.evaluation.reference_classifier import ReferenceClassifier

__all__ = [
    "asked_labels",
    "notes_on",
    "real_images",
    "reference_of",
    "require_validation",
    "watched_split",
]


def asked_labels(task: Task, count: int, seed: int, *names: str | int) -> NDArray[np.int64]:
    """Return labels ``(count, k)`` to draw, each symbol uniformly and on its own."""
    rng = numpy_rng(seed, "asked", *names)
    return rng.integers(0, task.classes, (count, task.scene.count))


def reference_of(
    recipe: GeneratorRecipe,
    task: Task,
    reference: ReferenceClassifier,
    split: str,
    count: int,
    *,
    times: int = 1,
) -> Reference:
    """Evaluate real images of a split, and as many of training for the floor.

    Of several symbols the real images are drawn anew from the split's glyphs, every label of
    their classes being as likely: generators are asked for labels that no image of training has.

    Parameters
    ----------
    recipe : GeneratorRecipe
    task : Task
    reference : ReferenceClassifier
    split : {'val', 'test'}
    count : int
        Most images.
    times : int
        Times as many images of training, where there are, but at most `count`.
    """
    real = reference(real_images(task, split, count, recipe.seed))
    found = len(real.features)
    wanted = found if times == 1 else max(found, min(times * found, count))
    others = reference(real_images(task, "train", wanted, recipe.seed))
    least = min(len(real.features), len(others.features))
    floor = frechet_distance(real.features[:least], others.features[:least])
    symbols, half = np.full(task.classes, 1 / task.classes), 0.0
    if not recipe.model.conditional:  # what nobody asks for comes as often as training shows it
        seen = _seen(task)
        symbols, half = seen / seen.sum(), float(0.5 / seen.sum())
    return Reference(real, others, floor, symbols, task.classes**task.scene.count, half)


def real_images(task: Task, split: str, count: int, seed: int) -> NDArray[np.uint8]:
    """Return at most `count` real images of a split, drawn by a seed as `reference_of` says."""
    rng = numpy_rng(seed, "real", split)
    if task.scene.count > 1 and task.pools:
        pool = task.pools.get(split, task.pools["val"])  # a withheld test set is not there
        present = np.unique(pool.labels)  # a class of one image is not in every split
        symbols = present[rng.integers(0, len(present), (count, task.scene.count))]
        picked = pick_glyphs(pool, symbols, rng)
        return draw(task.scene, pool.images, picked, random_offsets(task.scene, count, rng))
    images = task.splits[split].images
    chosen = np.sort(rng.permutation(len(images))[:count])
    return images[chosen]


def watched_split(task: Task) -> str:
    """Return the split whose images an epoch's samples are compared with."""
    return "val" if len(task.val) else "test"


def require_validation(recipe: GeneratorRecipe, task: Task) -> None:
    """Insist on a validation split, where the epoch that is kept is chosen by its images.

    Raises
    ------
    RecipeError
        Where there is none: the test images would choose the epoch that they evaluate.
    """
    if recipe.evaluation.stop_on_alarm and watched_split(task) != "val":
        raise RecipeError(
            "evaluation.stop_on_alarm keeps the epoch with the smallest distance, and there is no "
            "validation split to choose it on: leave stop_on_alarm out, or hold glyphs out with "
            "task.validation_glyph_fraction = 0.1"
        )


def notes_on(recipe: GeneratorRecipe, task: Task) -> list[str]:
    """Return what is to be said of the real images that a training is compared with."""
    found = []
    if watched_split(task) != "val":
        found.append(
            "there is no validation split: every epoch is compared with test images, as the "
            "samples are at the end"
        )
    missing = np.flatnonzero(_seen(task) == 0)
    if len(missing) and not recipe.model.conditional:
        names = symbol_names(task)
        word = "classes" if len(missing) > 1 else "class"
        classes = ", ".join(label_text([one], names) for one in missing.tolist())
        found.append(
            f"no training image shows {word} {classes}: class KL counts "
            "samples of them as if half of one had been shown"
        )
    return found


def _seen(task: Task) -> NDArray[np.int64]:
    """Return how often training shows each symbol."""
    counted: NDArray[np.int64] = np.bincount(task.train.symbols.reshape(-1), minlength=task.classes)
    return counted

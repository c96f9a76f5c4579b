"""Images whose answers are known, by which an exported model is checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.progress import note
from glyphlab.data import load_symbols
from glyphlab.data.prepare import Style, kind_of_source
from glyphlab.data.sources import require_here
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Scene, Task, load_recipe_task
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.training.evaluation.novelty.getting_familiar import style_in
from glyphlab.training.evaluation.picture_reader import scene_of

__all__ = [
    "GOLDEN", "GoldenImages", "golden_images", "scored_images", "style_and_scene", "task_of",
]  # fmt: skip

GOLDEN = 32
"""Images that a page is checked with."""


@dataclass(frozen=True, eq=False)
class GoldenImages:
    """Images that an exported model is checked with.

    Attributes
    ----------
    images : (n, H, W) uint8
    origin : str
        What they are, in words.
    """

    images: NDArray[np.uint8]
    origin: str


def task_of(recipe: Recipe, data_dir: str | Path | None = None) -> Task | None:
    """Return the task of a recipe; None where its data are not on this machine, which is said.

    Nothing is fetched for it.
    """
    source = recipe.task.data
    try:
        require_here(source, data_dir)
        with streamed_tasks(remarked=False):  # a few images are wanted
            return load_recipe_task(recipe.task, data_dir, quiet=True)
    except GlyphlabError as error:
        note(
            f"embedded digits take the place of {_images_of(recipe.task.withhold_test)}, and the "
            "usual style of its source that of the training images, as these cannot be loaded: "
            f"{error}"
        )
        return None


def scored_images(run: Run) -> str:
    """Return which images a run was scored on, in words: those of test, or of validation."""
    scored = run.classifier_summary.test_set
    return _images_of(scored is not None and scored.split == "validation")


def _images_of(validation: bool) -> str:
    return "validation images" if validation else "test images"


def style_and_scene(run: Run, recipe: Recipe, task: Task | None) -> tuple[Style, Scene | None]:
    """Return what a symbol of the training data is like, and where symbols stand, as `predict` has.

    Parameters
    ----------
    run : Run
    recipe : Recipe
    task : Task or None
        From `task_of`.
    """
    scene = scene_of(run, recipe)
    if task is not None:
        return style_in(task), scene
    state = run.classifier_summary.strategy_state
    cell = (state.height, state.width) if scene is None else scene.cell
    return Style(kind=kind_of_source(recipe.task.data) or "writing").resized(cell), scene


def golden_images(
    run: Run, task: Task | None, size: tuple[int, int], scene: Scene | None, style: Style
) -> GoldenImages:
    """Return images of those that a run was scored on, evenly spread.

    Where there is no task they are embedded digits in a scene.
    """
    if task is not None:
        count = min(GOLDEN, len(task.test.images))
        chosen = np.linspace(0, len(task.test.images) - 1, count).astype(int)
        return GoldenImages(task.test.images[chosen], scored_images(run))
    glyphs = load_symbols("digits").test.images[:GOLDEN]
    images = np.zeros((len(glyphs), *size), np.uint8)
    height, width = size if scene is None else scene.cell
    corners = [(0, 0)] if scene is None else list(zip(scene.rows, scene.columns, strict=True))
    for number in range(len(glyphs)):
        for position, (top, left) in enumerate(corners):
            glyph = Image.fromarray(glyphs[(number + position) % len(glyphs)])
            place = images[number, top : top + height, left : left + width]
            place[:] = np.asarray(glyph.resize((width, height), Image.Resampling.BILINEAR))
    return GoldenImages(255 - images if style.dark else images, "embedded digits")

"""One line that says how the images of a task were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.tasks.task_recipe import TaskRecipe

if TYPE_CHECKING:
    from glyphlab.tasks.task import Task

__all__ = ["protocol_line", "source_remarks"]


def protocol_line(task: Task) -> str:
    """Return how a task's images were made, and what was done as their source was read."""
    sizes = "/".join(f"{len(split):,}" for split in task.splits.values())
    how = "as published" if task.as_published else f"seed {task.seed}"
    if task.without_glyph_reuse:
        how = f"each glyph on one image, {how}"
    recipe = task.recipe or TaskRecipe()
    called = f"{task.name} ({task.scene.words})" if recipe.scene else task.name
    more = [f"training images replaced by {recipe.replaced}"] if recipe.replaced else []
    if recipe.withhold_test:
        more.append("test set withheld (scores of 'test' are validation's)")
    read = "".join(f"; {remark}" for remark in source_remarks(task))
    return (
        ", ".join(
            [
                f"{called} of {task.data}, labels {task.labels_mode}, glyphs {task.glyphs_mode}, "
                f"{sizes} images for training/validation/test, {how}",
                *more,
            ]
        )
        + read
    )


def source_remarks(task: Task) -> tuple[str, ...]:
    """Return what was done to the images of a task's source as they were read."""
    return next((pool.remarks for pool in task.pools.values()), ())

"""The images behind Play: tasks that are loaded once, what their audit says, and what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.png import encode_png
from glyphlab.data.class_names import label_text
from glyphlab.serve.readers.last_few import LastFew
from glyphlab.tasks import Task, load_recipe_task
from glyphlab.tasks.audit.audit import Audit
from glyphlab.tasks.label_names import label_names
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.targets import rows_of

__all__ = ["SHOWN", "PlayData", "ceiling_words", "play_data"]

SHOWN = 120
"""Validation images that are watched, at most."""
COLUMNS = 20
"""Of them in a row of the picture that has them all."""
_KEPT = 12
_NEEDS = {
    "whole": "it answers only with labels that it was trained on, as if each were a class of its "
    "own",
    "multihead": "at each position it answers only with symbols that training showed there",
}
"""What keeps a strategy from a label."""


@dataclass(frozen=True)
class PlayData:
    """One task of Play, and what is shown of it."""

    task: Task

    @cached_property
    def audit(self) -> Audit:
        """What its splits share, and what each strategy can reach."""
        return self.task.audit()

    @cached_property
    def truths(self) -> list[str]:
        """The labels of the validation images, as text."""
        names = label_names(self.task)
        return [label_text(row, names) for row in rows_of(self.task.val.labels).tolist()]

    def texts(self, labels: NDArray[np.int64]) -> list[str]:
        """Return predicted labels ``(n, k)`` as text."""
        names = label_names(self.task)
        return [label_text(row, names) for row in labels.tolist()]

    @cached_property
    def picture(self) -> bytes:
        """The validation images that are watched, row by row, as one PNG."""
        images = self.task.val.images[:SHOWN]
        count, height, width = images.shape
        rows = -(-count // COLUMNS)
        whole = np.zeros((rows * COLUMNS, height, width), np.uint8)
        whole[:count] = images
        grid = whole.reshape(rows, COLUMNS, height, width).swapaxes(1, 2)
        return next(encode_png(grid.reshape(1, rows * height, COLUMNS * width)))


_loaded: LastFew[str, PlayData] = LastFew(_KEPT)


def play_data(recipe: TaskRecipe) -> PlayData:
    """Return a task of embedded digits; the last few are kept in memory."""
    key = recipe.model_dump_json(exclude={"digest"})
    return _loaded.of(key, lambda: PlayData(load_recipe_task(recipe, quiet=True)))


def ceiling_words(strategy: str, ceiling: float) -> str:
    """Return in a sentence what a strategy can reach on the test images, before it is trained."""
    if ceiling >= 1:
        return f"Nothing in the data keeps '{strategy}' from every test image."
    why = _NEEDS.get(strategy, "it answers only with symbols that training showed")
    if ceiling == 0:
        return f"'{strategy}' can reach no test image, however long it trains: {why}, and no " \
               "label of a test image is among them."  # fmt: skip
    return f"'{strategy}' can reach {100 * ceiling:.1f} % of the test images at most: {why}."

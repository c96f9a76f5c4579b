"""The test images of a finished run, beside what it predicted for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.data.class_names import label_text
from glyphlab.data.sources import require_here
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.locks.lock import is_locked
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.readers.kept_with_studio import kept_with
from glyphlab.serve.readers.last_few import LastFew
from glyphlab.tasks import Split, Task, load_recipe_task
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.targets import rows_of

__all__ = ["Predicted", "finished_run", "predicted", "require_net", "test_images", "test_task"]

MOST_TASKS = 3
MOST_BYTES = 1 << 30
"""Of test images that are kept in memory, all together."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a run predicted for its test images.

    Attributes
    ----------
    run : Run
    true, pred : (n, k) array
        Of int64, or the decimal notation of labels that may be longer.
    confidence : (n,) float32 array
    names : tuple of str
        Of the classes of a symbol.
    are_classes : bool
        Whether a label has a class at each position; a sum is a number.
    """

    run: Run
    true: NDArray[Any]
    pred: NDArray[Any]
    confidence: NDArray[np.float32]
    names: tuple[str, ...]
    are_classes: bool

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the whole label of each image was predicted, ``(n,)``."""
        return np.asarray((self.true == self.pred).all(1))

    def texts(self, labels: NDArray[Any], rows: Sequence[int]) -> list[str]:
        """Return labels of some images in class names."""
        names = self.names if self.are_classes else ()
        return [label_text(labels[row].tolist(), names) for row in rows]


def finished_run(studio: Studio, name: str) -> Run:
    """Return a finished run by its name.

    Raises
    ------
    UnknownName
        Where there is none of that name (any more).
    Refused
        Where it is not finished.
    """
    folder = studio.folder_of(name)
    if not (folder / "done").exists():
        read_recipe(folder)  # one that cannot be read says so first
        if is_locked(folder):
            raise Refused(409, f"{name} is still being trained: it is scored on its test images at "
                          "the end")  # fmt: skip
        raise Refused(409, f"{name} is not finished, and was scored on no test images: resume it "
                      "on its own page")  # fmt: skip
    return Run.load(folder)


def predicted(studio: Studio, name: str) -> Predicted:
    """Return what a finished run predicted for its test images.

    Raises
    ------
    UnknownName, Refused, RunError
        As `finished_run`; and for a run of a generator, which predicts nothing.
    """
    run = finished_run(studio, name)
    summary = run.classifier_summary
    arrays = run.load_predictions()
    return Predicted(
        run, arrays["true"], arrays["pred"], arrays["confidence"], summary.names,
        len(summary.metrics.digit_accuracy) == len(summary.names),
    )  # fmt: skip


def require_net(run: Run) -> None:
    """Refuse a classical model, which has no layers (`UsageError`)."""
    if run.classifier_summary.net == "classical":
        raise UsageError(
            f"{run.name} is a classical model and has no layers: choose a run of a net"
        )


def test_images(studio: Studio, of: Predicted) -> Split:
    """Return the test images that a run was scored on; errors as `test_task`."""
    return test_task(studio, of.run).test


def test_task(studio: Studio, run: Run) -> Task:
    """Return the task of a run, with its test images and without those of the other splits.

    Raises
    ------
    GlyphlabError
        Where its data are not here, or cannot be read.
    Refused
        Where the test images are others now than those that it was scored on.
    """
    return kept_with(studio, _made_for).of(run)


class _KeptTasks:
    """Tasks by their recipe, the last few."""

    def __init__(self, data_dir: Path | None) -> None:
        self.data_dir = data_dir
        self._kept: LastFew[str, Task] = LastFew(
            MOST_TASKS, size_of=_bytes_of, most_of_all=MOST_BYTES
        )

    def of(self, run: Run) -> Task:
        recipe = Recipe.from_mapping(run.recipe, run.name).task
        found = self._kept.of(recipe.model_dump_json(), lambda: self._loaded(recipe))
        _require_scored(run, found)
        return found

    def _loaded(self, recipe: TaskRecipe) -> Task:
        require_here(recipe.data, self.data_dir)  # a request for a page fetches nothing
        with streamed_tasks(remarked=False):  # a page shows a few of them
            return _without_training_images(load_recipe_task(recipe, self.data_dir, quiet=True))


def _made_for(studio: Studio) -> _KeptTasks:
    return _KeptTasks(studio.settings.data_dir)


def _bytes_of(task: Task) -> int:
    return 0 if task.test.is_streamed else task.test.images.nbytes


def _without_training_images(task: Task) -> Task:
    recipe = task.recipe
    train, val = (
        replace(split, images=np.empty((len(split), 0, 0), np.uint8))
        for split in (task.train, task.val)
    )
    return replace(task, train=train, val=val, pools={}).described(recipe)


def _require_scored(run: Run, task: Task) -> None:
    """Insist that a run was scored on the test images of a task."""
    scored = run.classifier_summary.test_set
    true = run.load_predictions()["true"]
    if not len(task.test):
        raise Refused(409, f"the task of {run.name} has no test images")
    same = len(true) == len(task.test) and (scored is None or scored.digest == task.test.digest)
    if same and scored is None:  # of an earlier version, which kept no digest
        same = bool((rows_of(task.test.labels).astype(str) == true.astype(str)).all())
    if not same:
        raise Refused(409, f"the test images of {run.name} are others now than those that it was "
                      "scored on: train it again")  # fmt: skip

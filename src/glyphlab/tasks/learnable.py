"""Whether a task can teach anything, and what the images of its own source are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glyphlab._common.errors import DataError, names_in_short
from glyphlab.data.class_names import label_text
from glyphlab.data.inspection import class_remarks, inspect_symbols
from glyphlab.data.sources import is_source
from glyphlab.tasks.label_names import label_names
from glyphlab.tasks.splits import SPLIT_NAMES

if TYPE_CHECKING:
    from glyphlab.tasks.task import Task

__all__ = ["image_remarks", "reason_against_learning", "require_learnable"]


def reason_against_learning(task: Task) -> str | None:
    """Return why no classifier can learn from a task, or be scored on it; None where one can."""
    labels = task.train.labels
    if not len(labels):
        return "no training images"
    if (labels == labels[0]).all():
        (row,) = labels[:1].reshape(1, -1).tolist()
        text = label_text(row, label_names(task))
        which = (
            "the only training image has" if len(labels) == 1
            else f"all {len(labels):,} training images have"
        )  # fmt: skip
        return f"{which} the label '{text}': nothing can be learned"
    return None if len(task.test) else "no test images"


def require_learnable(task: Task) -> None:
    """Refuse a task that teaches nothing.

    Raises
    ------
    DataError
        Saying why.
    """
    reason = reason_against_learning(task)
    if reason is not None:
        where = task.data if task.name == "single" else task.name
        raise DataError(f"{where}: {reason}; add images, or name other data")


def image_remarks(task: Task) -> tuple[str, ...]:
    """Return what is to be said of the images of a source that is a path, and of few labels."""
    reason = reason_against_learning(task)
    said = () if reason is None else (reason,)
    if not task.pools or is_source(task.data) or "train" not in task.pools:
        return said
    train = task.pools["train"]
    none = train.take(np.zeros(0, np.int64))
    val, test = (task.pools.get(split, none) for split in ("val", "test"))
    together = train
    if len(val) and not np.isin(val.ids, train.ids).any():
        together = train.joined(val)
    counts = np.bincount(train.labels, minlength=train.classes).tolist()
    of_classes = class_remarks(dict(zip(train.class_names, counts, strict=True)))
    return (*said, *inspect_symbols(together, test).of_images, *of_classes, *_absent(task))


def _absent(task: Task) -> list[str]:
    """Say which classes are in no image of a split that is scored."""
    found = []
    for split in ("val", "test"):
        pool = task.pools.get(split)
        if pool is None or not len(pool):
            continue
        counts = np.bincount(pool.labels, minlength=pool.classes)
        absent = [name for name, count in zip(pool.class_names, counts, strict=True) if not count]
        if absent:
            found.append(
                f"no {SPLIT_NAMES[split]} image shows {names_in_short('', absent)}: scores on the "
                f"{SPLIT_NAMES[split]} images say nothing of it"
            )
    return found

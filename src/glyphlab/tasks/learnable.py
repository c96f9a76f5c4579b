"""Whether a task can teach anything, and what the images of its own source are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glyphlab._common.errors import DataError
from glyphlab.data.class_names import label_text
from glyphlab.data.inspection import inspect_symbols
from glyphlab.data.sources import is_source
from glyphlab.tasks.label_names import label_names

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
        return (
            f"all {len(labels):,} training images have the label '{text}': nothing can be learned"
        )
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
    if not task.pools or is_source(task.data):
        return said
    train, val = (task.pools.get(split) for split in ("train", "val"))
    if train is None:
        return said
    if val is not None and len(val) and not np.isin(val.ids, train.ids).any():
        train = train.joined(val)
    test = task.pools.get("test", train.take(np.zeros(0, np.int64)))
    return (*said, *inspect_symbols(train, test).remarks)

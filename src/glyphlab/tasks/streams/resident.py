"""All images of a streamed task in memory, for what cannot take them one batch after another."""

from __future__ import annotations

from dataclasses import replace

from glyphlab._common.progress import note
from glyphlab.tasks.task import Task

__all__ = ["is_streamed", "resident_task"]


def is_streamed(task: Task) -> bool:
    """Whether images of a task are made when they are asked for."""
    return any(split.is_streamed for split in task.splits.values())


def resident_task(task: Task) -> Task:
    """Return a task with all images in memory; one that has them there already as it is.

    Raises
    ------
    UsageError
        Where there is no room for them.
    """
    if not is_streamed(task):
        return task
    note(f"'{task.name}': what trains now takes all images at once, so they are drawn into memory")
    val = task.val.resident()
    test = val if task.val is task.test else task.test.resident()  # the same where it is withheld
    held = replace(task, train=task.train.resident(), val=val, test=test)
    return held.described(task.recipe)

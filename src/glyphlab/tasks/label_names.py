"""What the values of a task's labels are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.data.class_names import numbered

if TYPE_CHECKING:
    from glyphlab.tasks.task import Task

__all__ = ["label_names", "symbol_names"]


def symbol_names(task: Task) -> tuple[str, ...]:
    """Return what the classes of a symbol are called: the names of the source, else numbers."""
    for pool in task.pools.values():
        return pool.class_names
    return numbered(task.classes)


def label_names(task: Task) -> tuple[str, ...]:
    """Return what the values at a label's positions are called; empty where labels are numbers."""
    return symbol_names(task) if task.scene.rule == "digits" else ()

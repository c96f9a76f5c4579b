"""A task as a notebook shows it: its protocol, its splits, and some images of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glyphlab._common.notebook import SHOWN, contact_strip, paragraph
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import count_text
from glyphlab._common.tabular.table_forms import as_html
from glyphlab.data.class_names import label_text
from glyphlab.tasks.label_names import label_names
from glyphlab.tasks.labels import label_keys

if TYPE_CHECKING:
    from glyphlab.tasks.task import Task

__all__ = ["sample_labels", "task_html"]

_COLUMNS = (Column("split"), Column("images", form=count_text), Column("labels", form=count_text))


def task_html(task: Task) -> str:
    """Return the protocol, the sizes of the splits, and the first images of each with labels."""
    sizes = [
        {
            "split": name,
            "images": len(split),
            "labels": len(np.unique(label_keys(split.labels, task.classes))) if len(split) else 0,
        }
        for name, split in task.splits.items()
    ]
    parts = [paragraph(task.protocol), as_html(Table("splits", sizes, _COLUMNS))]
    for name, split in task.splits.items():
        if len(split):
            parts += [paragraph(name), contact_strip(split.images, sample_labels(task, name))]
    return "\n".join(parts)


def sample_labels(task: Task, split: str, count: int = SHOWN) -> list[str]:
    """Return the first labels of a split as text."""
    names, labels = label_names(task), task.splits[split].labels[:count]
    rows = labels if labels.ndim == 2 else labels[:, None]
    return [label_text(row.tolist(), names) for row in rows]

"""Strategy `multihead`: one net for the whole image with one head a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from glyphlab.models.strategies.base import Head, reached
from glyphlab.models.strategies.per_position import PerPosition

if TYPE_CHECKING:
    from glyphlab.tasks.task import Task

__all__ = ["MultiHead"]


@dataclass(frozen=True)
class MultiHead(PerPosition):
    """One net for the whole image with one head a position (Caruana, 1997)."""

    name: ClassVar[str] = "multihead"
    head: ClassVar[Head] = "flat"

    @classmethod
    def ceiling(cls, task: Task) -> float | None:
        """Return the share of test images with only symbols seen at the same position."""
        if task.scene.rule != "digits":
            return None
        train, test = task.train.symbols, task.test.symbols
        in_place = [np.isin(test[:, i], train[:, i]) for i in range(test.shape[1])]
        return reached(np.asarray(np.stack(in_place, axis=1).all(axis=1)))

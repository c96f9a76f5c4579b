"""Strategy `whole`: every label seen in training is a class of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab.models.strategies.base import ByClasses, Head, Labels, ranges_of, reached
from glyphlab.tasks.labels import distinct, label_keys, where_among
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

if TYPE_CHECKING:
    from glyphlab.runs.records import StrategyState
    from glyphlab.tasks.task import Task

__all__ = ["Whole"]


@dataclass(frozen=True)
class Whole(ByClasses):
    """Every label seen in training is a class of its own; other labels cannot be said.

    Parameters
    ----------
    known : tuple of tuple of int
        The training labels, sorted.
    long : bool
        Whether labels are Python integers, as int64 may be too small for them.
    layout : Grid, optional
        Where the symbols of a label stand; by default in columns of equal width. For augmentation
        in training alone: what was trained reads without it.
    """

    known: tuple[tuple[int, ...], ...]
    long: bool = False
    layout: Grid | None = field(default=None, compare=False)
    name: ClassVar[str] = "whole"
    head: ClassVar[Head] = "flat"

    @classmethod
    def make(cls, labels: Labels, symbols: int, scene: Scene | None) -> Self:
        """Make it for training labels ``(n, k)``."""
        del symbols
        known = tuple(map(tuple, distinct(labels).tolist()))
        return cls(known, labels.dtype == object, ranges_of(scene))

    @classmethod
    def ceiling(cls, task: Task) -> float:
        """Return the share of test labels that occur in training."""
        test, train = (label_keys(one.labels, task.classes) for one in (task.test, task.train))
        return reached(where_among(test, train))

    def state(self) -> dict[str, Any]:
        """Return the labels that it knows."""
        return {"known": self.known}

    @classmethod
    def rebuild(cls, state: StrategyState) -> Self:
        """Make it from the labels that it knew."""
        long = any(not -(2**63) <= one < 2**63 for label in state.known for one in label)
        return cls(state.known, long)

    @property
    def positions(self) -> int:
        """Columns k of the labels ``(n, k)``."""
        return len(self.known[0])

    @property
    def heads(self) -> int:
        """One head says the whole label."""
        return 1

    @property
    def columns(self) -> int:
        """As many as there are positions, unless they stand on several rows."""
        return self.positions if self.layout is None else self.layout.columns

    @property
    def rows(self) -> int:
        """Rows that the positions stand on."""
        return 1 if self.layout is None else self.layout.rows

    @property
    def classes(self) -> int:
        """One class a training label."""
        return len(self.known)

    def targets(self, labels: Labels) -> Labels:
        """Return the number of each label among the known ones; -1 for any other."""
        index = {label: number for number, label in enumerate(self.known)}
        rows = [index.get(tuple(row), -1) for row in labels.tolist()]
        return np.asarray(rows, dtype=np.int64).reshape(-1, 1)

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Return the likeliest of the known labels."""
        known: Labels = np.array(self.known, dtype=object if self.long else np.int64)
        labels: Labels = known[probabilities[:, 0].argmax(-1)]
        return labels

    def confidence(
        self, probabilities: NDArray[np.float32], answers: Labels
    ) -> NDArray[np.float32]:
        """Return the probability of each answer's class; 0 of a label that is none."""
        classes = self.targets(answers)
        found = np.take_along_axis(probabilities[:, 0], np.maximum(classes, 0), 1)
        sure: NDArray[np.float32] = np.where(classes < 0, np.float32(0), found)[:, 0]
        return sure

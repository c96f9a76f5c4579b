"""What the strategies have in common whose classes are the symbols themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab.compose.scene import Scene
from glyphlab.models.strategies.base import ByClasses, Labels, reached, symbols_seen

if TYPE_CHECKING:
    from glyphlab.compose.task import Task
    from glyphlab.runs.records import StrategyState

__all__ = ["PerPosition"]


@dataclass(frozen=True)
class PerPosition(ByClasses):
    """Strategies whose classes are the symbols themselves."""

    positions: int
    symbols: int

    @classmethod
    def make(cls, labels: Labels, symbols: int, scene: Scene | None) -> Self:
        """Make it for labels of k positions ``(n, k)``."""
        del scene
        return cls(labels.shape[1], symbols)

    @classmethod
    def reason_against_task(cls, task: Task) -> str | None:
        """Refuse labels that are single numbers."""
        if task.train.labels.ndim > 1:
            return None
        return (
            f"strategy '{cls.name}' reads one label a position, but the labels of "
            f"'{task.name}' are single numbers: choose 'whole', 'sum' or 'sequential'"
        )

    @classmethod
    def ceiling(cls, task: Task) -> float | None:
        """Return the share of test images with symbols seen anywhere, of labels by position."""
        return reached(symbols_seen(task)) if task.scene.rule == "digits" else None

    @classmethod
    def rebuild(cls, state: StrategyState) -> Self:
        """Make it from its sizes."""
        return cls(state.positions, state.symbols)

    @property
    def classes(self) -> int:
        """One class a symbol."""
        return self.symbols

    def targets(self, labels: Labels) -> Labels:
        """Return the symbols, a row an image or a strip."""
        return labels.reshape(-1, self.heads)

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Return the likeliest symbol of every position."""
        digits: Labels = probabilities.argmax(-1).astype(np.int64).reshape(-1, self.positions)
        return digits

    @property
    def heads(self) -> int:
        """One head a position."""
        return self.positions

    @property
    def columns(self) -> int:
        """As many as there are positions."""
        return self.positions

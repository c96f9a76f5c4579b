"""Strategy `sequential`: trained on the symbols, it predicts each and derives the label."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab.models.strategies.base import (
    ByClasses,
    Head,
    Labels,
    Supervision,
    scene_in,
    scene_needed,
    symbol_ceiling,
)
from glyphlab.models.strategies.marginal import is_countable, probability_of
from glyphlab.models.strategies.sliced import Sliced
from glyphlab.tasks.scenes.scene import Scene

if TYPE_CHECKING:
    from glyphlab.runs.records import StrategyState
    from glyphlab.tasks.task import Task

__all__ = ["Sequential"]


@dataclass(frozen=True)
class Sequential(Sliced):
    """Cut the image into one part a symbol, read each with one net, and derive the label.

    Told the symbols, not the label: what a sum costs once its digits are known.

    Parameters
    ----------
    positions, symbols : int
        Symbols on an image, and how many different ones there are.
    scene : Scene
        Where they stand, and the label rule.
    """

    scene: Scene = field(kw_only=True)
    name: ClassVar[str] = "sequential"
    head: ClassVar[Head] = "cells"
    supervision: ClassVar[Supervision] = "symbols"
    reads_any_height: ClassVar[bool] = False

    @classmethod
    def make(cls, labels: Labels, symbols: int, scene: Scene | None) -> Self:
        """Make it for symbols ``(n, k)`` that stand in a grid."""
        known = scene_needed(cls.name, scene)
        cls.layout_in(known)
        return cls(labels.shape[1], symbols, scene=known)

    @classmethod
    def reason_against_task(cls, task: Task) -> str | None:
        """Read every task; `make` sees whether the symbols stand in a grid."""
        del task
        return None

    @classmethod
    def ceiling(cls, task: Task) -> float | None:
        """Return the share of test images with symbols seen anywhere, of labels that are derived.

        Where the label is the symbols themselves it is `sliced`, and says nothing of its own. None
        where the symbols do not stand in rows and columns.
        """
        return symbol_ceiling(task, derived=True)

    @classmethod
    def rebuild(cls, state: StrategyState) -> Self:
        """Make it from its sizes and its scene."""
        scene = scene_needed(cls.name, scene_in(state))
        return cls(state.positions, state.symbols, scene=scene)

    def answer(self, decoded: Labels) -> Labels:
        """Derive labels ``(n, 1)`` from symbols ``(n, k)``."""
        return self.scene.labels_of(decoded).reshape(len(decoded), -1)

    def confidence(
        self, probabilities: NDArray[np.float32], answers: Labels
    ) -> NDArray[np.float32]:
        """Return the probability that the symbols, read one by one, give the answer.

        Of long products, whose readings are too many to be added up, it is that of the likeliest
        reading alone, which is lower.
        """
        if not is_countable(self.scene, self.symbols):
            return ByClasses.confidence(self, probabilities, answers)
        return probability_of(self.scene, probabilities, answers)

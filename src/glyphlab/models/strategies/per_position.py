"""What the strategies have in common whose classes are the symbols themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from glyphlab.models.strategies.base import ByClasses, Labels, ranges_of, scene_in, symbol_ceiling
from glyphlab.tasks.scenes.grid import Grid
from glyphlab.tasks.scenes.scene import Scene

if TYPE_CHECKING:
    from glyphlab.runs.records import StrategyState
    from glyphlab.tasks.task import Task

__all__ = ["PerPosition"]


@dataclass(frozen=True)
class PerPosition(ByClasses):
    """Strategies whose classes are the symbols themselves.

    Parameters
    ----------
    positions, symbols : int
        Symbols on an image, and how many different ones there are.
    scene : Scene, optional
        Where they stand; by default in columns of equal width.
    """

    positions: int
    symbols: int
    scene: Scene | None = None

    @classmethod
    def layout_in(cls, scene: Scene | None) -> Grid | None:
        """Return where the symbols of a scene stand; None: in columns of equal width.

        Raises
        ------
        RecipeError
            Where it reads cells, and the symbols stand in none.
        """
        return ranges_of(scene)

    @property
    def layout(self) -> Grid | None:
        """Where the symbols stand; None: in columns of equal width."""
        return self.layout_in(self.scene)

    @classmethod
    def make(cls, labels: Labels, symbols: int, scene: Scene | None) -> Self:
        """Make it for labels of k positions ``(n, k)``.

        Raises
        ------
        RecipeError
            Where it reads cells, and the symbols of the scene stand in none.
        """
        cls.layout_in(scene)
        return cls(labels.shape[1], symbols, scene=scene)

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
        """Return the share of test images with symbols seen anywhere, of labels by position.

        None where the symbols do not stand in rows and columns.
        """
        return symbol_ceiling(task, derived=False)

    def state(self) -> dict[str, Any]:
        """Return where the symbols stand."""
        return {} if self.scene is None else {"scene": asdict(self.scene)}

    @classmethod
    def rebuild(cls, state: StrategyState) -> Self:
        """Make it from its sizes and its scene."""
        return cls(state.positions, state.symbols, scene=scene_in(state))

    @property
    def classes(self) -> int:
        """One class a symbol."""
        return self.symbols

    def targets(self, labels: Labels) -> Labels:
        """Return the symbols, a row an image or a part."""
        return labels.reshape(-1, self.heads)

    def decode(self, probabilities: NDArray[np.float32]) -> Labels:
        """Return the likeliest symbol of every position."""
        digits: Labels = probabilities.argmax(-1).astype(np.int64).reshape(-1, self.positions)
        return digits

    def confidence(
        self, probabilities: NDArray[np.float32], answers: Labels
    ) -> NDArray[np.float32]:
        """Return the product of the probabilities of the answered symbols, ``(n,)``."""
        each = probabilities.reshape(len(answers), self.positions, -1)
        said: NDArray[np.float32] = np.take_along_axis(each, answers[..., None], 2)[..., 0].prod(1)
        return said

    @property
    def heads(self) -> int:
        """One head a position."""
        return self.positions

    @property
    def columns(self) -> int:
        """As many as there are positions, unless they stand on several rows."""
        return self.positions if self.layout is None else self.layout.columns

    @property
    def rows(self) -> int:
        """Rows that the positions stand on."""
        return 1 if self.layout is None else self.layout.rows

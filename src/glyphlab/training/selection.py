"""Which epoch's weights are kept: one rule for every loop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = ["Direction", "Selection"]

Direction = Literal["highest", "lowest"]


@dataclass(frozen=True)
class Selection:
    """The best epoch so far: the first of those with the best score.

    Where the highest score is sought and nothing was ever correct, there is nothing to choose by:
    of epochs that score 0 the latest is kept, and none of them counts as waited. A 0 after a better
    epoch is a worse epoch like any other.

    Attributes
    ----------
    direction : {'highest', 'lowest'}
        Which score is the best.
    score : float or None
        Score of the epoch that is kept; None before the first.
    epoch : int
        That epoch, counted from 1; 0 before the first.
    latest : int
        The last epoch that was scored.
    """

    direction: Direction = "highest"
    score: float | None = None
    epoch: int = 0
    latest: int = 0

    def take(self, score: float, epoch: int) -> Selection:
        """Return the selection with one more epoch, the one after `latest`."""
        if self._is_better(score):
            return Selection(self.direction, score, epoch, epoch)
        return Selection(self.direction, self.score, self.epoch, epoch)

    @property
    def is_latest(self) -> bool:
        """Whether the epoch that was scored last is the one to keep."""
        return 0 < self.epoch == self.latest

    @property
    def waited(self) -> int:
        """Epochs scored since the one that is kept."""
        return self.latest - self.epoch if self.epoch else 0

    def _is_better(self, score: float) -> bool:
        if self.score is None:
            return not math.isnan(score)
        if self.direction == "lowest":
            return score < self.score
        return score > self.score or score == self.score == 0

"""How rare a value is among values that are usual: the logarithm of the share that exceeds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["STEPS", "Rarity"]

STEPS = 96
"""Quantiles that are kept: from 0 to 95 %, a hundredth each."""
_REST = 1 - (STEPS - 1) / 100
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Rarity:
    """The distribution of usual values.

    Attributes
    ----------
    quantiles : (STEPS,) float64
        Not exceeded by 0 %, 1 %, … 95 % of the values.
    tail : float
        How far the others exceed the last of these in the mean; beyond it the share falls as that
        of an exponential distribution.
    """

    quantiles: NDArray[np.float64]
    tail: float

    @classmethod
    def among(cls, values: ArrayLike) -> Self:
        """Measure usual values ``(n,)``, at least one."""
        usual = np.asarray(values, np.float64)
        quantiles = np.quantile(usual, np.arange(STEPS) / 100)
        beyond = usual[usual > quantiles[-1]] - quantiles[-1]
        spread = abs(float(quantiles[-1])) * 1e-3 + TINY
        return cls(quantiles, max(float(beyond.mean()) if len(beyond) else 0.0, spread))

    def of(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return minus the natural logarithm of the share of usual values that exceed each."""
        found = np.asarray(values, np.float64)
        # of equal quantiles the first counts, so that what is usual is never rare
        place = np.searchsorted(self.quantiles, found, side="left").clip(1, STEPS - 1)
        low, high = self.quantiles[place - 1], self.quantiles[place]
        within = np.clip((found - low) / np.maximum(high - low, TINY), 0, 1)
        inside = -np.log(1 - (place - 1 + within) / 100)
        beyond = (found - self.quantiles[-1]) / self.tail - np.log(_REST)
        is_beyond = found > self.quantiles[-1]
        return np.asarray(np.where(is_beyond, beyond, np.maximum(inside, 0)), np.float64)

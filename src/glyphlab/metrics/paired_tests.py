"""Whether one model is better than another, both scored on the same items with several seeds.

The difference of two mean accuracies varies with the seeds of either model and with the items they
share. The part of the seeds has Welch's degrees of freedom [1]_, rounded down; the part of the
items is found from the difference at each item, so that items hard for both cost nothing. The two
parts are joined as in :mod:`glyphlab.metrics.intervals` [2]_, by adding the squares of each part's
own half-width. The variance is never taken below that of the items alone, half an answer being
added to each cell of the 2 × 2 table of agreement [3]_, so that neither seeds that happen to agree
nor a handful of items can make a difference certain. The p value is the smallest level at which
the interval excludes zero. :mod:`glyphlab.metrics.simulate` shows that the level is kept.

References
----------
.. [1] B. L. Welch, "The generalization of 'Student's' problem when several different population
   variances are involved", *Biometrika* 34 (1947), 28-35.
.. [2] S. K. Banerjee, *Sankhya* A 23 (1961), 359-378.
.. [3] A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched
   proportions", *Statistics in Medicine* 24 (2005), 729-740.
.. [4] S. Holm, "A simple sequentially rejective multiple test procedure", *Scandinavian Journal of
   Statistics* 6 (1979), 65-70.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.errors import UsageError
from glyphlab.metrics.variance_components import (
    Components,
    Floats,
    as_table,
    components,
    student_quantile,
)

__all__ = ["Contrast", "PairedTest", "Verdict", "compare_pair", "contrast", "holm", "verdicts"]

_SMALLEST_P = 1e-150  # the t quantile of one degree of freedom can still be squared
_HALVINGS = 60


@dataclass(frozen=True)
class PairedTest:
    """The difference between two models on the same items.

    Attributes
    ----------
    difference, low, high : float
        Accuracy of the first less that of the second, in [-1, 1], and its interval.
    p : float
        Two-sided p value of no difference. With one seed of either model it speaks of these two
        trained models only.
    seeds : int
        Seeds of the model that has fewer.
    items : int
        Items both were scored on.
    """

    difference: float
    low: float
    high: float
    p: float
    seeds: int
    items: int


@dataclass(frozen=True)
class Verdict:
    """What may be said about `a` against `b`.

    Attributes
    ----------
    a, b : str
        Names of the models.
    difference, low, high, p : float
        As in :class:`PairedTest`.
    p_holm : float
        p after Holm's correction over all pairs with several seeds; 1 for a pair with one seed.
    verdict : str
        Of `a`: ``"better"``, ``"worse"``, ``"not distinguished"`` or, where either model has one
        seed only, ``"one seed"``.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    verdict: str


@dataclass(frozen=True)
class Contrast:
    """Differences and the parts of their variance; arrays over the batch dimensions."""

    difference: Floats
    of_seeds: Floats
    seed_freedom: Floats
    of_items: Floats
    least: Floats
    items: int

    def half_width(self, alpha: ArrayLike) -> Floats:
        """Return half the width of the interval of level ``1 - alpha``."""
        by_items = student_quantile(alpha, self.items - 1) ** 2
        by_seeds = student_quantile(alpha, self.seed_freedom) ** 2
        joined = by_seeds * self.of_seeds + by_items * self.of_items
        return np.asarray(np.sqrt(np.maximum(joined, by_items * self.least)))

    def p_value(self) -> Floats:
        """Return the smallest level at which the interval excludes zero, found by halving."""
        size = np.abs(self.difference)
        low = np.full(size.shape, np.log(_SMALLEST_P))
        high = np.zeros(size.shape)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            excludes = self.half_width(np.exp(middle)) < size
            high = np.where(excludes, middle, high)
            low = np.where(excludes, low, middle)
        return np.asarray(np.exp(high))


def contrast(first: Components, second: Components) -> Contrast:
    """Return the difference of two (batches of) tables on the same items, ready to be tested."""
    items = first.items
    gaps = first.item_means - second.item_means
    spread = gaps.var(axis=-1, ddof=1)
    padded = (np.square(gaps).sum(axis=-1) + 1) / (items + 2)
    padded -= np.square(gaps.sum(axis=-1) / (items + 2))
    return Contrast(
        difference=first.mean - second.mean,
        of_seeds=first.of_seeds + second.of_seeds,
        seed_freedom=_welch(first, second),
        of_items=np.maximum(spread - first.rest - second.rest, 0) / items,
        least=np.maximum(spread / items, padded / (items + 2)),
        items=items,
    )


def _welch(first: Components, second: Components) -> Floats:
    below = np.zeros_like(first.of_seeds)
    for part in (first, second):
        if part.seeds > 1:
            below = below + np.square(part.of_seeds) / (part.seeds - 1)
    least = max(1, min(first.seeds, second.seeds) - 1)
    above = np.square(first.of_seeds + second.of_seeds)
    freedom = np.divide(above, below, out=np.full_like(above, least), where=below > 0)
    # Estimated from so few seeds, the degrees of freedom come out too high as often as too low.
    return np.maximum(np.floor(freedom + 1e-9), least)


def compare_pair(correct_a: ArrayLike, correct_b: ArrayLike, level: float = 0.95) -> PairedTest:
    """Test whether two models differ, for fresh seeds and fresh items.

    Parameters
    ----------
    correct_a, correct_b : array_like of bool, (seeds, items)
        Right or wrong; the same items in the same order, the number of seeds may differ.
    level : float
        Cover of the interval, between 0 and 1.

    Raises
    ------
    UsageError
        Where the tables are not such, or do not hold the same items.
    """
    if not 0 < level < 1:
        raise UsageError(f"the level is {level}, expected a number between 0 and 1: try 0.95")
    first, second = as_table(correct_a), as_table(correct_b)
    if first.shape[1] != second.shape[1]:
        raise UsageError(
            f"one model was scored on {first.shape[1]} items and the other on {second.shape[1]}, "
            "expected the same items: score both on one test set"
        )
    found = contrast(components(first), components(second))
    difference, half = float(found.difference), float(found.half_width(1 - level))
    return PairedTest(
        difference=difference,
        low=max(-1.0, difference - half),
        high=min(1.0, difference + half),
        p=float(found.p_value()),
        seeds=min(len(first), len(second)),
        items=first.shape[1],
    )


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p values corrected for their number by Holm's step-down method.

    Parameters
    ----------
    p_values : array_like of float, (..., m)
        Uncorrected, in [0, 1]; the last axis is the family.

    Returns
    -------
    ndarray of float64, (..., m)
        In the order given, none below its uncorrected value or above 1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")
    factors = np.arange(p.shape[-1], 0, -1)
    stepped = np.minimum(
        np.maximum.accumulate(np.take_along_axis(p, order, axis=-1) * factors, axis=-1), 1.0
    )
    corrected = np.empty_like(p)
    np.put_along_axis(corrected, order, stepped, axis=-1)
    return corrected


def verdicts(correct: Mapping[str, ArrayLike], level: float = 0.95) -> list[Verdict]:
    """Compare every pair of models and say what may be concluded.

    Parameters
    ----------
    correct : mapping of str to array_like of bool, (seeds, items)
        Right or wrong of each model, all on the same items in the same order.
    level : float
        1 less the family-wise chance of calling equal models different.

    Returns
    -------
    list of Verdict
        One a pair, in the order of the mapping.

    Raises
    ------
    UsageError
        Where the tables are not such, or do not hold the same items.
    """
    pairs = list(combinations(correct, 2))
    tests = [compare_pair(correct[a], correct[b], level) for a, b in pairs]
    tested = [index for index, test in enumerate(tests) if test.seeds > 1]
    corrected = np.ones(len(tests))
    if tested:
        corrected[tested] = holm([tests[index].p for index in tested])
    return [
        Verdict(
            a=a,
            b=b,
            difference=test.difference,
            low=test.low,
            high=test.high,
            p=test.p,
            p_holm=float(p_holm),
            verdict=_word(test, float(p_holm), 1 - level),
        )
        for (a, b), test, p_holm in zip(pairs, tests, corrected, strict=True)
    ]


def _word(test: PairedTest, p_holm: float, alpha: float) -> str:
    if test.seeds < 2:
        return "one seed"
    if p_holm >= alpha:
        return "not distinguished"
    return "better" if test.difference > 0 else "worse"

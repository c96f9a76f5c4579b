"""The interval of a mean accuracy over seeds and test items.

The variance of the mean has two parts, estimated apart
(:mod:`glyphlab.metrics.variance_components`): one that fresh seeds bring, known from a handful of
seeds only, and one that fresh items bring, known well. Each part is multiplied by the squared t
quantile of its own degrees of freedom and the two are added [1]_; the cover of such an interval is
never below its level, however the variance is shared between the parts, which the more usual pooled
degrees of freedom do not promise with three seeds. The resulting width is carried over to the score
interval of a proportion [2]_ with the sample size that would give the same width, so that it stays
in [0, 1] and means something at 0 and at 1.

References
----------
.. [1] S. K. Banerjee, "On confidence interval for two-means problem based on separate estimates of
   variances and tabulated values of t-table", *Sankhya* A 23 (1961), 359-378.
.. [2] E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
   *Journal of the American Statistical Association* 22 (1927), 209-212.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.errors import UsageError
from glyphlab.metrics.variance_components import as_table, components, student_quantile

__all__ = ["Interval", "mean_interval", "student_interval"]


@dataclass(frozen=True)
class Interval:
    """A mean accuracy and where the true one may lie.

    Attributes
    ----------
    mean, low, high : float
        In [0, 1], ``low <= mean <= high``.
    seeds, items : int
        What the mean was taken over.
    covers : str
        ``"seeds and items"``, or ``"items only"`` for one seed: then the interval is for this one
        trained model, and says nothing about training it again.
    """

    mean: float
    low: float
    high: float
    seeds: int
    items: int
    covers: str


def mean_interval(correct: ArrayLike, level: float = 0.95) -> Interval:
    """Return the mean accuracy with an interval for fresh seeds and fresh test items.

    Parameters
    ----------
    correct : array_like of bool, (seeds, items)
        Right or wrong, one row a seed, the same items in every row; at least 1 × 2.
    level : float
        Cover wanted, between 0 and 1.

    Raises
    ------
    UsageError
        Where `correct` is not such a table or `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise UsageError(f"the level is {level}, expected a number between 0 and 1: try 0.95")
    found = components(as_table(correct))
    seeds, items = found.seeds, found.items
    quantile = float(student_quantile(1 - level, items - 1))

    # One item wholly right and one wholly wrong are added: a table with hardly any error tells
    # nothing about how alike the seeds' errors are, and is then taken as alike.
    mean = (float(found.item_means.sum()) + 1) / (items + 2)
    spread = (float(np.square(found.item_means).sum()) + 1) / (items + 2) - mean**2
    loss = quantile**2 / items * spread / (mean * (1 - mean))

    observed = float(found.mean)
    if seeds > 1 and 0 < observed < 1:
        fresh_items = max(0.0, float(found.item_means.var(ddof=1)) - float(found.rest)) / items
        few = float(student_quantile(1 - level, seeds - 1))
        width = few**2 * float(found.of_seeds) + quantile**2 * fresh_items
        loss = max(loss, width / (observed * (1 - observed)))

    # Wilson's interval with z^2 / n replaced by the width just found, in units of p (1 - p).
    centre = (observed + loss / 2) / (1 + loss)
    half = np.sqrt(observed * (1 - observed) * loss + loss**2 / 4) / (1 + loss)
    return Interval(
        mean=observed,
        low=min(observed, max(0.0, float(centre - half))),
        high=max(observed, min(1.0, float(centre + half))),
        seeds=seeds,
        items=items,
        covers="seeds and items" if seeds > 1 else "items only",
    )


def student_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return Student's interval of the mean of independent values, one a seed.

    Raises
    ------
    UsageError
        For fewer than two values, or a level that is none.
    """
    if len(values) < 2 or not 0 < level < 1:
        raise UsageError(
            f"found {len(values)} values and level {level}, expected at least two and a number "
            "between 0 and 1: train more seeds"
        )
    quantile = float(student_quantile(1 - level, len(values) - 1))
    half = quantile * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    mean = float(np.mean(values))
    return mean - half, mean + half

"""Where the spread of an accuracy comes from: seeds, test items, and the rest.

A table of right and wrong answers, one row a seed and one column a test item, is read as a two-way
layout with crossed random effects and one observation a cell,

    ``y[s, i] = mu + seed[s] + item[i] + rest[s, i]``,

and its variance components are found by the method of moments: the mean squares of the analysis of
variance are set equal to their expectations [1]_. Sums over items run over all pairs of items that
share a glyph (:mod:`glyphlab.metrics.glyph_clusters`). All functions take leading batch dimensions.

References
----------
.. [1] S. R. Searle, G. Casella, C. E. McCulloch, *Variance Components*, Wiley 1992, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from glyphlab._common.errors import UsageError
from glyphlab.metrics.glyph_clusters import Clusters, Floats, spread

__all__ = [
    "GROWTH",
    "Components",
    "Floats",
    "Reference",
    "SeedPart",
    "as_table",
    "components",
    "near_chance",
    "reference_of",
    "seed_variance",
    "student_quantile",
    "student_tail",
]

TINY = 1e-300
SMALL = 1e-9
HALVINGS = 25
KNOWN, UNKNOWN = 4.0, 10.0
"""Below and above this ratio of a seed's variance to chance, the part of the seeds counts as chance
that is known, and as one that is not."""
GROWTH = 1.25
"""Power of p (1 - p) with which the variance of seeds grows: 1 is a binomial's, 2 that of seeds
whose spread is in proportion to their error."""
TRUST = 0.7
"""Weight of the first case where it is at its clearest: few seeds may look alike by luck."""


@dataclass(frozen=True)
class SeedPart:
    """The variance of one model's accuracy over its seeds.

    Attributes
    ----------
    by_seed, by_chance : ndarray of float64, (...)
        As in :class:`Components`.
    seeds : int
    """

    by_seed: Floats
    by_chance: Floats
    seeds: int


@dataclass(frozen=True)
class Components:
    """The pieces from which intervals and tests are made; arrays over the batch dimensions.

    Attributes
    ----------
    mean : ndarray of float64, (...)
        Share of right answers.
    item_means : ndarray of float64, (..., items)
        Mean over seeds of each item.
    by_seed : ndarray of float64, (...)
        Variance of one seed's accuracy on these items, never below `by_chance`; 0 with one seed.
    by_chance : ndarray of float64, (...)
        The part of `by_seed` that is the rest: a seed's luck at single items; 0 with one seed.
    seen : ndarray of float64, (...)
        `by_seed` as it was found, which may be below `by_chance` by luck.
    seeds, items : int
        Size of the table.
    clusters : Clusters or None
        Which items share glyphs; None where items are taken as independent.
    """

    mean: Floats
    item_means: Floats
    by_seed: Floats
    by_chance: Floats
    seen: Floats
    seeds: int
    items: int
    clusters: Clusters | None = None

    @property
    def seed_part(self) -> SeedPart:
        """What degrees of freedom and power are computed from."""
        return SeedPart(self.by_seed, self.by_chance, self.seeds)


def as_table(correct: ArrayLike) -> NDArray[np.bool_]:
    """Return one model's answers as a checked `(seeds, items)` table of bool.

    Raises
    ------
    UsageError
        Where it is not such a table, or has no seed or fewer than two items.
    """
    table = np.asarray(correct)
    if table.ndim != 2 or table.dtype != np.bool_:
        raise UsageError(
            f"correctness has shape {table.shape} and type {table.dtype}, expected bool of shape "
            "(seeds, items): stack one row of right or wrong a seed"
        )
    if table.shape[0] < 1 or table.shape[1] < 2:
        raise UsageError(
            f"found {table.shape[0]} seed(s) and {table.shape[1]} item(s), expected at least 1 and "
            "2: score on a larger test set"
        )
    return table


def components(correct: NDArray[np.bool_], clusters: Clusters | None = None) -> Components:
    """Split the spread of tables of answers into its parts.

    Parameters
    ----------
    correct : ndarray of bool, (..., seeds, items)
        Right or wrong.
    clusters : Clusters, optional
        Which items share glyphs.
    """
    seeds, items = correct.shape[-2:]
    item_means = correct.sum(axis=-2, dtype=np.float64) / seeds
    seed_means = correct.sum(axis=-1, dtype=np.float64) / items
    mean = seed_means.mean(axis=-1)
    if seeds == 1:
        nothing = np.zeros_like(mean)
        return Components(mean, item_means, nothing, nothing, nothing, seeds, items, clusters)
    seen = seed_means.var(axis=-1, ddof=1)
    if clusters is None:
        # Of zeros and ones the total sum of squares is known without another pass over the table.
        total = seeds * items * mean * (1 - mean)
        between_seeds = items * (seeds - 1) * seen
        between_items = seeds * items * item_means.var(axis=-1)
        rest = np.maximum(total - between_seeds - between_items, 0) / items**2
    else:
        rest = spread(correct - item_means[..., None, :], clusters)[0].sum(axis=-1)
    by_chance = rest / (seeds - 1)
    by_seed = np.maximum(seen, by_chance)
    return Components(mean, item_means, by_seed, by_chance, seen, seeds, items, clusters)


@dataclass(frozen=True)
class Reference:
    """What a difference over its standard error is compared with; arrays over the batch dimensions.

    A mixture of two Student t distributions, with the weights ``1 - near`` and `near`.
    """

    freedom: Floats
    freedom_near: Floats
    near: Floats

    def tail(self, value: ArrayLike) -> Floats:
        """Return the probability of more than `value`."""
        found = student_tail(value, self.freedom)
        if not self.near.any():
            return found
        return np.asarray(
            (1 - self.near) * found + self.near * student_tail(value, self.freedom_near)
        )

    def quantile(self, alpha: ArrayLike) -> Floats:
        """Return the value that is exceeded in size with probability `alpha`, found by halving."""
        high = student_quantile(alpha, self.freedom)
        if not self.near.any():
            return high
        low = np.minimum(student_quantile(alpha, self.freedom_near), high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            more = 2 * self.tail(middle) > np.asarray(alpha)
            low, high = np.where(more, middle, low), np.where(more, high, middle)
        return np.asarray((low + high) / 2)


def reference_of(first: SeedPart, second: SeedPart, share: Floats, most: float) -> Reference:
    """Return what the difference of two models is compared with.

    The seeds' part has Welch's degrees of freedom, rounded down, f, and the sum of both parts
    ``f / share``. Where the variance of both models' seeds is hardly more than chance at single
    items gives, the pooled ones of the seeds, g, give ``g / share**2`` a weight, `TRUST` at most.
    With two seeds of either model they are ``share**-0.5``. Simulation chose this among forty
    rules. Others lose the level where one model's seeds vary ten times as much, or where many
    models are compared, or they lose the power where seeds hardly matter.

    Parameters
    ----------
    first, second : SeedPart
    share : ndarray of float64
        The seeds' share of the variance of the difference.
    most : float
        Degrees of freedom of the items' part.
    """
    fewest = min(first.seeds, second.seeds)
    share, most = np.maximum(share, 1e-12), max(most, 1)
    near = TRUST * near_chance(first, second)
    if fewest == 2:
        freedom = np.asarray(np.clip(share**-0.5, 1, most))
        return Reference(freedom, freedom, near)
    parts = [(part.by_seed / part.seeds, part) for part in (first, second)]
    below = sum(np.square(v) / (part.seeds - 1) for v, part in parts if part.seeds > 1)
    welch = np.floor(np.square(parts[0][0] + parts[1][0]) / np.maximum(below, TINY) + 1e-9)
    pooled = max(1, first.seeds + second.seeds - 2)
    welch = np.clip(welch, max(1, fewest - 1), pooled)
    return Reference(
        np.asarray(np.clip(welch / share, 1, most)),
        np.asarray(np.clip(pooled / share**2, 1, most)),
        near,
    )


def near_chance(
    first: SeedPart, second: SeedPart, known: float = KNOWN, unknown: float = UNKNOWN
) -> Floats:
    """Return how far the seeds' variance counts as what chance at single items gives.

    1 where neither model's is above `known` times that; 0 where one is above `unknown` times, and
    where the models have other numbers of seeds, or hardly any.
    """
    ratio = np.maximum(*(p.by_seed / np.maximum(p.by_chance, TINY) for p in (first, second)))
    if first.seeds != second.seeds or first.seeds < 3:
        return np.zeros_like(ratio)
    return np.asarray(np.clip((unknown - ratio) / (unknown - known), 0, 1))


def seed_variance(
    first: SeedPart,
    second: SeedPart,
    wrong_first: Floats,
    wrong_second: Floats,
    worse: Floats | float = 0.0,
) -> Floats:
    """Return the variance of a difference that seeds bring, if its true value is a given one.

    Seeds are skewed: a model whose seeds happen to make few errors shows little variance of them as
    well, and would seem certain to be better. So each model's variance beyond chance is taken to
    grow with p (1 - p), by the power `GROWTH`, to where the other's error would be the true one.

    Parameters
    ----------
    first, second : SeedPart
    wrong_first, wrong_second : ndarray of float64
        Shares of wrong answers.
    worse : float
        True error of the first less that of the second.
    """
    here, there = (np.clip(one, SMALL, 1 - SMALL) for one in (wrong_first, wrong_second))
    total: Floats = np.zeros(np.shape(here))
    for part, own, assumed in ((first, here, there + worse), (second, there, here - worse)):
        share = np.clip(assumed, 0, 0.5)
        ratio = np.maximum(share * (1 - share) / (own * (1 - own)), 1) ** GROWTH
        total = total + (part.by_chance + (part.by_seed - part.by_chance) * ratio) / part.seeds
    return total


def student_quantile(alpha: ArrayLike, freedom: ArrayLike) -> Floats:
    """Return the value a Student t variable exceeds in size with probability `alpha`."""
    return np.asarray(-special.stdtrit(freedom, np.asarray(alpha) / 2), dtype=np.float64)


def student_tail(value: ArrayLike, freedom: ArrayLike) -> Floats:
    """Return the probability that a Student t variable is above `value`."""
    return np.asarray(special.stdtr(freedom, -np.asarray(value)), dtype=np.float64)

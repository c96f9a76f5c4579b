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
    "Components",
    "Floats",
    "SeedPart",
    "as_table",
    "components",
    "freedom_of",
    "near_chance",
    "student_quantile",
    "student_tail",
]

TINY = 1e-300
KNOWN, UNKNOWN = 2.0, 6.0
"""Below and above this ratio of a seed's variance to chance, the part of the seeds counts as chance
that is known, and as one that is not."""


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
    seeds, items : int
        Size of the table.
    clusters : Clusters or None
        Which items share glyphs; None where items are taken as independent.
    """

    mean: Floats
    item_means: Floats
    by_seed: Floats
    by_chance: Floats
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
        return Components(mean, item_means, nothing, nothing, seeds, items, clusters)
    by_seed = seed_means.var(axis=-1, ddof=1)
    if clusters is None:
        # Of zeros and ones the total sum of squares is known without another pass over the table.
        total = seeds * items * mean * (1 - mean)
        between_seeds = items * (seeds - 1) * by_seed
        between_items = seeds * items * item_means.var(axis=-1)
        rest = np.maximum(total - between_seeds - between_items, 0) / items**2
    else:
        rest = spread(correct - item_means[..., None, :], clusters)[0].sum(axis=-1)
    by_chance = rest / (seeds - 1)
    by_seed = np.maximum(by_seed, by_chance)
    return Components(mean, item_means, by_seed, by_chance, seeds, items, clusters)


def freedom_of(first: SeedPart, second: SeedPart, share: Floats, most: float) -> Floats:
    """Return the degrees of freedom of a difference of two models.

    Those of the seeds' part are Welch's, rounded down, f. Those of the sum of both parts are
    ``f / share**(1 + near)``: `near` goes from 0 to 1 as the variance of both models' seeds falls
    from 6 to 2 times what chance at single items gives, and f goes to the pooled one with it (for
    equal numbers of seeds). With two seeds of either model they are ``share**-0.5``. Simulation
    chose these numbers among twenty rules: others lose the level where one model's seeds vary ten
    times as much, or the power where seeds hardly matter.

    Parameters
    ----------
    first, second : SeedPart
    share : ndarray of float64
        The seeds' share of the variance of the difference.
    most : float
        Degrees of freedom of the items' part.
    """
    fewest = min(first.seeds, second.seeds)
    share = np.maximum(share, 1e-12)
    if fewest == 2:
        return np.asarray(np.clip(share**-0.5, 1, max(most, 1)))
    parts = [(part.by_seed / part.seeds, part) for part in (first, second)]
    below = sum(np.square(v) / (part.seeds - 1) for v, part in parts if part.seeds > 1)
    above = np.square(parts[0][0] + parts[1][0])
    welch = np.floor(above / np.maximum(below, TINY) + 1e-9)
    welch = np.clip(welch, max(1, fewest - 1), max(1, first.seeds + second.seeds - 2))
    near = near_chance(first, second)
    if first.seeds == second.seeds:
        welch = welch + near * (first.seeds + second.seeds - 2 - welch)
    return np.asarray(np.clip(welch / share ** (1 + near), 1, max(most, 1)))


def near_chance(first: SeedPart, second: SeedPart) -> Floats:
    """Return how near the variance of both models' seeds is to what chance at single items gives.

    1 where neither is above `KNOWN` times that, 0 where one is above `UNKNOWN` times, and where
    the models have other numbers of seeds, or hardly any.
    """
    ratio = np.maximum(*(p.by_seed / np.maximum(p.by_chance, TINY) for p in (first, second)))
    if first.seeds != second.seeds or first.seeds < 3:
        return np.zeros_like(ratio)
    return np.asarray(np.clip((UNKNOWN - ratio) / (UNKNOWN - KNOWN), 0, 1))


def student_quantile(alpha: ArrayLike, freedom: ArrayLike) -> Floats:
    """Return the value a Student t variable exceeds in size with probability `alpha`."""
    return np.asarray(-special.stdtrit(freedom, np.asarray(alpha) / 2), dtype=np.float64)


def student_tail(value: ArrayLike, freedom: ArrayLike) -> Floats:
    """Return the probability that a Student t variable is above `value`."""
    return np.asarray(special.stdtr(freedom, -np.asarray(value)), dtype=np.float64)

"""Whether one model is better than another, both scored on the same items with several seeds.

The difference of two mean accuracies varies with the seeds of either model and with the items they
share. The part of the seeds has Welch's degrees of freedom [1]_, rounded down; the part of the
items is found from the difference at each item, so that items hard for both cost nothing, and from
all pairs of items that share a glyph (:mod:`glyphlab.metrics.glyph_clusters`). The sum of both has
degrees of freedom that grow as the seeds' share of it falls, after Satterthwaite [2]_, but by the
first power of that share only, where his rule has the second: with a handful of seeds the share
itself is a guess. Where both models' seeds differ by hardly more than chance at single items, the
part of the seeds is that chance, which is known well, and the power goes to two. The variance is
never taken below that of the items alone, half an answer being added to each cell of the 2 × 2
table of agreement [3]_. :mod:`glyphlab.metrics.worlds` shows that the level is kept.

References
----------
.. [1] B. L. Welch, "The generalization of 'Student's' problem when several different population
   variances are involved", *Biometrika* 34 (1947), 28-35.
.. [2] F. E. Satterthwaite, *Biometrics Bulletin* 2 (1946), 110-114.
.. [3] A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched
   proportions", *Statistics in Medicine* 24 (2005), 729-740.
.. [4] D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach
   for assessing the equivalence of average bioavailability", *Journal of Pharmacokinetics and
   Biopharmaceutics* 15 (1987), 657-680.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.errors import UsageError
from glyphlab.metrics.glyph_clusters import Floats, Glyphs, clusters_of, spread
from glyphlab.metrics.intervals import checked_level
from glyphlab.metrics.power import detectable_from_parts
from glyphlab.metrics.variance_components import (
    Components,
    as_table,
    components,
    freedom_of,
    near_chance,
    student_quantile,
    student_tail,
)

__all__ = ["Contrast", "PairedTest", "checked_margin", "compare_pair", "contrast"]

TINY = 1e-300


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
    glyphs : int or None
        Number of different glyphs the items show; None where unknown, and items are then taken as
        independent.
    design_effect : float
        Variance of the difference over items with shared glyphs over that of independent items.
    detectable : float
        The smallest true difference that such a comparison detects in 80 of 100 cases, if the
        parts of its variance are as found here.
    smallest_margin : float
        The smallest margin within which this comparison shows the models to be equal.
    p_equivalent : float or None
        p value of a true difference of at least the margin, where one was given.
    margin : float or None
    """

    difference: float
    low: float
    high: float
    p: float
    seeds: int
    items: int
    glyphs: int | None
    design_effect: float
    detectable: float
    smallest_margin: float
    p_equivalent: float | None = None
    margin: float | None = None

    @property
    def items_assumed_independent(self) -> bool:
        """Whether nothing is known of shared glyphs, and p may be too small."""
        return self.glyphs is None


@dataclass(frozen=True)
class Contrast:
    """Differences, their standard errors and degrees of freedom; arrays over the batch dimensions.

    Attributes
    ----------
    difference, error, freedom : ndarray of float64, (...)
    of_seeds, of_items : ndarray of float64, (...)
        The two parts of the variance of the difference.
    effect : ndarray of float64, (...)
        Design effect of the difference.
    """

    difference: Floats
    error: Floats
    freedom: Floats
    of_seeds: Floats
    of_items: Floats
    effect: Floats

    def half_width(self, alpha: ArrayLike) -> Floats:
        """Return half the width of the interval of level ``1 - alpha``."""
        return np.asarray(student_quantile(alpha, self.freedom) * self.error)

    def p_value(self) -> Floats:
        """Return the smallest level at which the interval excludes zero."""
        tail = 2 * student_tail(np.abs(self.difference) / self.error, self.freedom)
        return np.clip(tail, TINY, 1.0)

    def p_equivalent(self, margin: float) -> Floats:
        """Return the larger p of two one-sided tests of a difference beyond the margin."""
        room = margin - np.abs(self.difference)
        return np.clip(student_tail(room / self.error, self.freedom), TINY, 1.0)

    def smallest_margin(self, alpha: float) -> Floats:
        """Return the smallest margin at which `p_equivalent` is below `alpha`."""
        return np.asarray(np.abs(self.difference) + self.half_width(2 * alpha))


def contrast(first: Components, second: Components) -> Contrast:
    """Return the difference of two (batches of) tables on the same items, ready to be tested."""
    items, clusters = first.items, first.clusters
    gaps = first.item_means - second.item_means
    q, plain = spread(gaps, clusters)
    chance = first.by_chance / first.seeds + second.by_chance / second.seeds
    of_seeds = _seed_variance(first, second) + _seed_variance(second, first)
    of_items = np.maximum(q - chance, 0)
    effect = np.divide(q, plain, out=np.ones_like(q), where=plain > 0)
    # Half an answer in each cell of the table of agreement: one item won, one lost, two drawn.
    padded = (np.square(gaps).sum(axis=-1) + 1) / (items + 2)
    padded -= np.square(gaps.sum(axis=-1) / (items + 2))
    least = padded / (items + 2) * effect
    groups = items if clusters is None else clusters.distinct
    share = of_seeds / np.maximum(of_seeds + of_items, TINY)
    return Contrast(
        difference=first.mean - second.mean,
        error=np.sqrt(np.maximum(of_seeds + of_items, least)),
        freedom=freedom_of(first.seed_part, second.seed_part, share, max(groups - 1, 1)),
        of_seeds=of_seeds,
        of_items=of_items,
        effect=effect,
    )


def _seed_variance(part: Components, other: Components) -> Floats:
    """Return the variance of a mean that seeds bring, as it is if both models are equal.

    Seeds are skewed: a model whose seeds happen to make few errors shows little variance of them as
    well. The variance beyond chance is therefore taken at the larger p (1 - p) of the two models,
    the more so the further it is from chance.
    """
    here, there = ((one.items * one.mean + 0.5) / (one.items + 1) for one in (part, other))
    ratio = np.maximum(there * (1 - there) / (here * (1 - here)), 1)
    ratio = ratio ** (1 - near_chance(part.seed_part, other.seed_part))
    return np.asarray((part.by_chance + (part.by_seed - part.by_chance) * ratio) / part.seeds)


def compare_pair(
    correct_a: ArrayLike,
    correct_b: ArrayLike,
    glyphs: Glyphs = None,
    level: float = 0.95,
    margin: float | None = None,
) -> PairedTest:
    """Test whether two models differ, for fresh seeds, items and glyphs.

    Parameters
    ----------
    correct_a, correct_b : array_like of bool, (seeds, items)
        Right or wrong; the same items in the same order, the number of seeds may differ.
    glyphs : array_like of int, (items, k), or Clusters, optional
        Ids of the glyphs each item shows; None takes the items as independent.
    level : float
        Cover of the interval, between 0 and 1.
    margin : float, optional
        Difference in accuracy that does not matter: then the test of equivalence is made as well.

    Raises
    ------
    UsageError
        Where the tables are not such, or do not hold the same items, or the margin is not above 0.
    """
    checked_level(level)
    checked_margin(margin)
    first, second = as_table(correct_a), as_table(correct_b)
    if first.shape[1] != second.shape[1]:
        raise UsageError(
            f"one model was scored on {first.shape[1]} items and the other on {second.shape[1]}, "
            "expected the same items: score both on one test set"
        )
    clusters = clusters_of(glyphs, first.shape[1])
    parts = components(first, clusters), components(second, clusters)
    found = contrast(*parts)
    sides = [part.seed_part for part in parts]
    most = (first.shape[1] if clusters is None else clusters.distinct) - 1
    difference, half = float(found.difference), float(found.half_width(1 - level))
    return PairedTest(
        difference=difference,
        low=max(-1.0, difference - half),
        high=min(1.0, difference + half),
        p=float(found.p_value()),
        seeds=min(len(first), len(second)),
        items=first.shape[1],
        glyphs=None if clusters is None else clusters.distinct,
        design_effect=float(found.effect),
        detectable=min(
            1.0,
            detectable_from_parts(sides[0], sides[1], found.of_items, alpha=1 - level, most=most),
        ),
        smallest_margin=float(found.smallest_margin(1 - level)),
        p_equivalent=None if margin is None else float(found.p_equivalent(margin)),
        margin=margin,
    )


def checked_margin(margin: float | None) -> None:
    """Raise a UsageError for a margin that is none."""
    if margin is not None and not 0 < margin < 1:
        raise UsageError(
            f"the margin is {margin}, expected a difference in accuracy above 0 and below 1: 0.002 "
            "stands for 0.2 points"
        )

"""Whether one model is better than another, both scored on the same items with several seeds.

The difference of two mean accuracies varies with the seeds of either model and with the items they
share. The part of the seeds has Welch's degrees of freedom [1]_, rounded down; the part of the
items is found from the difference at each item, so that items hard for both cost nothing, and from
all pairs of items that share a glyph (:mod:`glyphlab.metrics.glyph_clusters`). The sum of both has
degrees of freedom that grow as the seeds' share of it falls, after Satterthwaite [2]_, but by the
first power of that share, where his rule has the second: with a handful of seeds the share itself
is a guess. Where both models' seeds differ by hardly more than chance at single items, that chance
is known well, and a reference with more degrees of freedom is mixed in
(:func:`~glyphlab.metrics.variance_components.reference_of`).

The variance is that of a true difference of none, as in a score test: the seeds of a model that
happens to make few errors vary little too, so that their variance is taken at the larger error of
both; and it is never taken below that of the items alone, half an answer being added to each cell
of the 2 × 2 table of agreement [3]_. Its neighbour `equivalence` asks whether two models
differ by less than a margin. :mod:`glyphlab.metrics.simulation` shows that the levels are kept.

References
----------
.. [1] B. L. Welch, "The generalization of 'Student's' problem when several different population
   variances are involved", *Biometrika* 34 (1947), 28-35.
.. [2] F. E. Satterthwaite, *Biometrics Bulletin* 2 (1946), 110-114.
.. [3] A. Agresti, Y. Min, "Simple improved confidence intervals for comparing matched
   proportions", *Statistics in Medicine* 24 (2005), 729-740.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.errors import UsageError
from glyphlab.metrics.glyph_clusters import Floats, Glyphs, clusters_of, spread
from glyphlab.metrics.intervals import checked_level
from glyphlab.metrics.model_tests.equivalence import equivalence_tails
from glyphlab.metrics.power import detectable_from_parts
from glyphlab.metrics.variance_components import (
    Components,
    Reference,
    as_table,
    components,
    reference_of,
    seed_variance,
)

__all__ = ["Contrast", "PairedTest", "checked_margin", "compare_pair", "contrast"]

TINY = 1e-300
HALVINGS = 30


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
    data_seeds : int
        Drawings of the data that the difference is a mean over; 1 for one data set, and the
        interval is then for its test set.
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
    data_seeds: int = 1

    @property
    def items_assumed_independent(self) -> bool:
        """Whether nothing is known of shared glyphs, and p may be too small."""
        return self.glyphs is None


@dataclass(frozen=True)
class Contrast:
    """Differences, their standard errors and degrees of freedom; arrays over the batch dimensions.

    Attributes
    ----------
    difference, error : ndarray of float64, (...)
    reference : Reference
        What their ratio is compared with.
    of_seeds, of_items : ndarray of float64, (...)
        The two parts of the variance of the difference.
    effect : ndarray of float64, (...)
        Design effect of the difference.
    won, lost : ndarray of float64, (...)
        Sums over items of where the first model is ahead, and behind, half a glyph added to each.
    weight : ndarray of float64, (...)
        What one independent event adds to them: the variance of their difference over their sum.
    groups : int
        Different glyphs, or items where these are independent.
    first, second : Components
        What was compared.
    """

    difference: Floats
    error: Floats
    reference: Reference
    of_seeds: Floats
    of_items: Floats
    effect: Floats
    won: Floats
    lost: Floats
    weight: Floats
    groups: int
    first: Components
    second: Components

    def half_width(self, alpha: ArrayLike) -> Floats:
        """Return half the width of the interval of level ``1 - alpha``."""
        return np.asarray(self.reference.quantile(alpha) * self.error)

    def p_value(self) -> Floats:
        """Return the smallest level at which the interval excludes zero."""
        tail = 2 * self.reference.tail(np.abs(self.difference) / self.error)
        return np.clip(tail, TINY, 1.0)

    def p_equivalent(self, margin: ArrayLike) -> Floats:
        """Return the larger p of two one-sided tests of a difference beyond the margin."""
        tails = equivalence_tails(self, np.asarray(margin, np.float64))
        return np.clip(np.maximum(*tails), TINY, 1.0)

    def smallest_margin(self, alpha: float) -> Floats:
        """Return the smallest margin at which `p_equivalent` is below `alpha`, found by halving."""
        low = np.abs(self.difference)
        high = low + 4 * self.half_width(2 * alpha) + 2 * self.weight / self.first.items
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            shown = self.p_equivalent(middle) < alpha
            high, low = np.where(shown, middle, high), np.where(shown, low, middle)
        return np.asarray(high)

    def seeds_if_worse(self, gap: Floats) -> Floats:
        """Return the seeds' part of the variance if the first model is worse by `gap`."""
        return _of_seeds(self.first, self.second, gap)


def contrast(first: Components, second: Components) -> Contrast:
    """Return the difference of two (batches of) tables on the same items, ready to be tested."""
    items, clusters = first.items, first.clusters
    gaps = first.item_means - second.item_means
    q, plain = spread(gaps, clusters)
    chance = first.by_chance / first.seeds + second.by_chance / second.seeds
    of_seeds = _of_seeds(first, second, np.zeros_like(q))
    of_items = np.maximum(q - chance, 0)
    effect = np.divide(q, plain, out=np.ones_like(q), where=plain > 0)
    # Half an answer in each cell of the table of agreement: one item won, one lost, two drawn.
    padded = (np.square(gaps).sum(axis=-1) + 1) / (items + 2)
    padded -= np.square(gaps.sum(axis=-1) / (items + 2))
    uses = 1.0 if clusters is None else clusters.uses
    # No less than if one more glyph, with all its items, were won and one lost.
    least = np.maximum(padded / (items + 2) * effect, (uses / (items + 2 * uses)) ** 2)
    won, lost = (np.maximum(sign * gaps, 0).sum(axis=-1) + uses / 2 for sign in (1, -1))
    groups = items if clusters is None else clusters.distinct
    share = of_seeds / np.maximum(of_seeds + of_items, TINY)
    return Contrast(
        difference=first.mean - second.mean,
        error=np.sqrt(np.maximum(of_seeds + of_items, least)),
        reference=reference_of(first.seed_part, second.seed_part, share, max(groups - 1, 1)),
        of_seeds=of_seeds,
        of_items=of_items,
        effect=effect,
        won=won,
        lost=lost,
        weight=(q * items**2 + uses**2) / (won + lost),
        groups=groups,
        first=first,
        second=second,
    )


def _of_seeds(first: Components, second: Components, worse: Floats) -> Floats:
    """Return the variance that seeds bring if the first model's true error is higher by `worse`."""
    here, there = (1 - (one.items * one.mean + 0.5) / (one.items + 1) for one in (first, second))
    return seed_variance(first.seed_part, second.seed_part, here, there, worse)


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
    wrong = 1 - float(parts[0].mean + parts[1].mean) / 2
    # Of tables without any spread the padding is all that is known of it.
    fresh = max(float(found.of_items), float(found.error**2 - found.of_seeds))
    detectable = detectable_from_parts(sides[0], sides[1], fresh, wrong, alpha=1 - level, most=most)
    return PairedTest(
        difference=difference,
        low=max(-1.0, difference - half),
        high=min(1.0, difference + half),
        p=float(found.p_value()),
        seeds=min(len(first), len(second)),
        items=first.shape[1],
        glyphs=None if clusters is None else clusters.distinct,
        design_effect=float(found.effect),
        detectable=min(1.0, max(detectable, half)),
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

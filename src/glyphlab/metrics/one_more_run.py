"""What one more training would score: the interval that a reported number is compared with.

A number that somebody else reports comes from one training with a seed of its own. It may be as far
from the mean of N trainings of ours as one more of ours would be, so that its interval has the
variance of one training added to that of the mean, a prediction interval [1]_. On the same images
the luck of the images is in both and cancels; on other images it counts twice.

References
----------
.. [1] G. J. Hahn, W. Q. Meeker, *Statistical Intervals*, Wiley, 1991, section 4.8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from glyphlab._common.errors import UsageError
from glyphlab.metrics.glyph_clusters import Floats, Glyphs, clusters_of, spread
from glyphlab.metrics.intervals import TINY, checked_level, score_bounds
from glyphlab.metrics.variance_components import (
    Components,
    as_table,
    components,
    student_quantile,
)

__all__ = ["OneMoreRun", "one_more_run", "one_more_value", "prediction_bounds"]


@dataclass(frozen=True)
class OneMoreRun:
    """Where one more training of the same kind would score.

    Attributes
    ----------
    mean, low, high : float
        Mean of our trainings, and the interval for one more.
    seeds : int
    covers : str
        ``"one more seed"``, ``"one more seed on other items"``, or ``"other items"`` where training
        is deterministic.
    items, glyphs : int or None
        Items that were scored and different glyphs on them; None of plain values, and of glyphs
        that are not known.
    design_effect : float
        Variance over items with shared glyphs over that of independent items.
    """

    mean: float
    low: float
    high: float
    seeds: int
    covers: str
    items: int | None = None
    glyphs: int | None = None
    design_effect: float = 1.0


def one_more_run(
    correct: ArrayLike,
    glyphs: Glyphs = None,
    *,
    same_items: bool = True,
    deterministic: bool = False,
    level: float = 0.95,
) -> OneMoreRun:
    """Return where the accuracy of one more training would lie, within [0, 1].

    Parameters
    ----------
    correct : array_like of bool, (seeds, items)
        Right or wrong, one row a seed.
    glyphs : array_like of int, (items, k), or Clusters, optional
        Ids of the glyphs each item shows; None takes the items as independent.
    same_items : bool
        Whether the other training is scored on these very items.
    deterministic : bool
        Training has no luck, one row stands for all, and only other items can change the number.
    level : float

    Raises
    ------
    UsageError
        For one seed of a training that has luck, and for a deterministic one on the same items:
        neither leaves anything to compute an interval from.
    """
    checked_level(level)
    table = as_table(correct)
    if deterministic:
        table = table[:1]
    if len(table) < 2 and not deterministic:
        raise UsageError(
            "found one seed, expected at least two: one run shows nothing of what another would "
            "score; train more seeds"
        )
    if deterministic and same_items:
        raise UsageError(
            "the training is deterministic and the items are the same, so the number is too: "
            "compare the two numbers"
        )
    clusters = clusters_of(glyphs, table.shape[1])
    found = components(table, clusters)
    low, high, effect = prediction_bounds(found, same_items=same_items, level=level)
    covers = "other items" if deterministic else "one more seed"
    return OneMoreRun(
        mean=float(found.mean), low=float(low), high=float(high), seeds=found.seeds,
        covers=covers if same_items or deterministic else "one more seed on other items",
        items=found.items, glyphs=None if clusters is None else clusters.distinct,
        design_effect=float(effect),
    )  # fmt: skip


def prediction_bounds(
    found: Components, *, same_items: bool = True, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """Return the bounds of one more run of (batches of) models, and their design effects.

    Of one seed only other items can be foretold, for a deterministic training.
    """
    seeds, items, clusters = found.seeds, found.items, found.clusters
    q, plain = spread(found.item_means, clusters)
    groups = items if clusters is None else clusters.distinct
    mean, one = found.mean, found.by_seed * (1 + 1 / seeds)
    total = one
    if not same_items:
        total = one + 2 * np.maximum(q - found.by_chance / seeds, 0)
    most = float(max(groups - 1, 1))
    freedom = np.full(np.shape(mean), most)
    if seeds > 1:
        freedom = np.clip(
            (seeds - 1) * total / np.maximum(one, TINY), seeds - 1, max(most, seeds - 1)
        )
    # As if one more glyph were always wrong and one always right: no seed is taken as flawless.
    uses = 1.0 if clusters is None else clusters.uses
    padded = (items * mean + uses) / (items + 2 * uses)
    least = padded * (1 - padded) * uses / (items + 2 * uses) * (1.0 if same_items else 2.0) / seeds
    half = student_quantile(1 - level, freedom) ** 2 * np.maximum(total, least)
    if seeds > 1:  # more degrees of freedom never make other items the narrower case
        half = np.maximum(half, student_quantile(1 - level, seeds - 1) ** 2 * one)
    shown = np.where((mean > 0) & (mean < 1), mean, padded)
    low, high = score_bounds(mean, half / (shown * (1 - shown)))
    # Seeds' errors are skewed: of little error there is often less, whatever Wilson's scale says.
    width = np.sqrt(half)
    low, high = (
        np.minimum(low, np.clip(mean - width, 0, 1)),
        np.maximum(high, np.clip(mean + width, 0, 1)),
    )
    return low, high, np.divide(q, plain, out=np.ones_like(q), where=plain > 0)


def one_more_value(
    values: Sequence[float],
    *,
    least: float = -math.inf,
    most: float = math.inf,
    level: float = 0.95,
) -> OneMoreRun:
    """Return where one more value would lie, of one value a seed; for losses, times and distances.

    Parameters
    ----------
    values : sequence of float
        One a seed, at least two.
    least, most : float
        Range of such values. With ``least=0``, values that are all above it are taken on the
        logarithm; with ``least=0`` and ``most=1`` as shares, on Wilson's scale.
    level : float

    Raises
    ------
    UsageError
        For fewer than two values, or one outside the range.
    """
    checked_level(level)
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or len(found) < 2:
        raise UsageError(
            f"found {len(np.atleast_1d(found))} value(s), expected at least two: one run shows "
            "nothing of what another would score; train more seeds"
        )
    if not (np.isfinite(found).all() and found.min() >= least and found.max() <= most):
        raise UsageError(f"found {found.tolist()}, expected finite numbers from {least} to {most}")
    mean, seeds = float(found.mean()), len(found)
    factor = float(student_quantile(1 - level, seeds - 1)) * math.sqrt(1 + 1 / seeds)
    if least == 0 and most == 1:
        loss = factor**2 * float(found.var(ddof=1)) / max(mean * (1 - mean), 1e-12)
        bounds = score_bounds(np.asarray(mean), np.asarray(loss))
        low, high = float(bounds[0]), float(bounds[1])
    elif least == 0 and found.min() > 0:
        logs = np.log(found)
        middle, half = float(logs.mean()), factor * float(logs.std(ddof=1))
        low, high = math.exp(middle - half), math.exp(min(middle + half, 700.0))
    else:
        half = factor * float(found.std(ddof=1))
        low, high = mean - half, mean + half
    return OneMoreRun(mean, max(low, least), min(high, most), seeds, "one more seed")

"""Intervals and tests over several drawings of the data, each with its own test set.

With several data seeds labels and glyphs are drawn anew and every model is trained on each drawing.
What then varies between the data's own means holds everything: the data, the seeds within, and the
items. Only glyphs that several of the test sets show are in all means alike; their part is the sum
over pairs of images that share a glyph and are of different sets
(:mod:`glyphlab.metrics.glyph_clusters`). The variance is never taken below what seeds and items
within each test set bring alone. Degrees of freedom are those of N values where the data matter,
and a reference with those of the parts within is mixed in where the spread between the data is no
more than these explain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.errors import UsageError
from glyphlab.metrics.glyph_clusters import Clusters, Floats, Glyphs, clusters_of, spread
from glyphlab.metrics.intervals import Interval, checked_level, score_bounds
from glyphlab.metrics.model_tests.paired_tests import PairedTest, checked_margin, contrast
from glyphlab.metrics.model_tests.verdicts import Verdict, verdicts_of
from glyphlab.metrics.variance_components import (
    Components,
    Reference,
    as_table,
    components,
    student_quantile,
)

__all__ = ["compare_over_data", "interval_over_data", "verdicts_over_data"]

TINY = 1e-300
SMALL = 1e-6
HALVINGS = 25
KNOWN, UNKNOWN, TRUST = 0.5, 1.5, 0.7
"""Up to which ratio of the spread between data to that within the data are taken as of no matter,
and from which on not; and the weight of the first case at its clearest. A handful of data seeds may
look alike by luck. Simulated with 2, 3 and 5 of them and true ratios of 1 to 10: false "better" in
at most 5.1 %; with ratios of 1 and 4 and full weight, in up to 19 %."""

Tables = Sequence[ArrayLike]


@dataclass(frozen=True)
class _Mean:
    """A mean over data seeds, the variance of it, and what it is compared with."""

    mean: float
    variance: float
    reference: Reference
    effect: float
    glyphs: int | None
    items: int
    uses: float
    """Items that show a glyph, as of `Clusters.uses`; 1 where items are independent."""


def interval_over_data(
    tables: Tables, glyphs: Sequence[Glyphs] | None = None, level: float = 0.95
) -> Interval:
    """Return the mean accuracy over drawings of the data, with an interval for other data too.

    Parameters
    ----------
    tables : sequence of array_like of bool, (seeds, items)
        One a data seed, at least two; items of each are its own.
    glyphs : sequence of array_like of int, (items, k), optional
        Ids of the glyphs of each test set, the same id for the same glyph in all.
    level : float

    Raises
    ------
    UsageError
        For fewer than two data seeds, or tables that are none.
    """
    checked_level(level)
    parts = [components(table, part) for table, part in _checked(tables, glyphs)]
    found = _over(
        [part.item_means for part in parts],
        [_within(part) for part in parts],
        [max(part.seeds - 1, 1) for part in parts],
        _joined(glyphs, [part.items for part in parts]),
    )
    half = float(found.reference.quantile(1 - level)) ** 2 * found.variance
    # No less than what one more glyph, with all its items, may change: right or wrong on each.
    uses, padded = found.uses, found.items + 2 * found.uses
    share = (found.items * found.mean + uses) / padded
    inside = found.mean if 0 < found.mean < 1 else share
    one_glyph = uses**2 * (found.mean**2 + (1 - found.mean) ** 2) / padded**2
    least = max(share * (1 - share) / (found.items + 2), one_glyph)
    least *= float(student_quantile(1 - level, 1e6)) ** 2
    loss = np.asarray(max(half, least) / (inside * (1 - inside)))
    low, high = score_bounds(np.asarray(found.mean), loss)
    return Interval(
        mean=found.mean, low=float(low), high=float(high),
        seeds=min(part.seeds for part in parts), items=found.items,
        covers="data, seeds and items", glyphs=found.glyphs, design_effect=found.effect,
        data_seeds=len(parts),
    )  # fmt: skip


def compare_over_data(
    tables_a: Tables,
    tables_b: Tables,
    glyphs: Sequence[Glyphs] | None = None,
    level: float = 0.95,
    margin: float | None = None,
) -> PairedTest:
    """Test whether two models differ over drawings of the data.

    Parameters
    ----------
    tables_a, tables_b : sequence of array_like of bool, (seeds, items)
        One a data seed, at least two, the same data in the same order.
    glyphs : sequence of array_like of int, (items, k), optional
        Ids of the glyphs of each test set, the same id for the same glyph in all.
    level : float
    margin : float, optional
        As of :func:`~glyphlab.metrics.compare_pair`.

    Raises
    ------
    UsageError
        As of :func:`~glyphlab.metrics.compare_pair`, and for fewer than two data seeds.
    """
    checked_level(level)
    checked_margin(margin)
    first, second = _checked(tables_a, glyphs), _checked(tables_b, glyphs)
    shapes = [[table.shape[1] for table, _ in one] for one in (first, second)]
    if shapes[0] != shapes[1]:
        raise UsageError(
            f"one model was scored on test sets of {shapes[0]} items and the other of {shapes[1]}, "
            "expected the same data: score both on every data seed"
        )
    a = [components(*one) for one in first]
    b = [components(*one) for one in second]
    tests = [contrast(one, other) for one, other in zip(a, b, strict=True)]
    found = _over(
        [one.item_means - other.item_means for one, other in zip(a, b, strict=True)],
        [float(test.error) ** 2 for test in tests],
        [float(test.reference.freedom) for test in tests],
        _joined(glyphs, shapes[0]),
    )
    error = found.variance**0.5
    reference = found.reference
    half = float(reference.quantile(1 - level)) * error
    needed = float(reference.quantile(1 - level) + reference.quantile(0.4))
    size = abs(found.mean)
    wrong = 1 - sum(float(part.mean) for part in (*a, *b)) / (2 * len(a))
    return PairedTest(
        difference=found.mean,
        low=max(-1.0, found.mean - half),
        high=min(1.0, found.mean + half),
        p=float(np.clip(2 * reference.tail(size / error), TINY, 1)),
        seeds=min(part.seeds for part in (*a, *b)),
        items=found.items,
        glyphs=found.glyphs,
        design_effect=found.effect,
        detectable=min(1.0, needed * error),
        smallest_margin=_smallest_margin(found, wrong, 1 - level),
        p_equivalent=None if margin is None else _p_equivalent(found, wrong, margin),
        margin=margin,
        data_seeds=len(a),
    )


def verdicts_over_data(
    correct: Mapping[str, Tables],
    glyphs: Sequence[Glyphs] | None = None,
    level: float = 0.95,
    margin: float | None = None,
) -> list[Verdict]:
    """Compare every pair of models over drawings of the data, corrected by Holm.

    Parameters are as of `compare_over_data`, with a sequence of tables a model. One training seed
    a data seed is enough: fresh data then come with a fresh seed.
    """
    pairs = list(combinations(correct, 2))
    tests = [compare_over_data(correct[a], correct[b], glyphs, level, margin) for a, b in pairs]
    return verdicts_of(pairs, tests, level, margin, least_seeds=1)


def _checked(
    tables: Tables, glyphs: Sequence[Glyphs] | None
) -> list[tuple[NDArray[np.bool_], Clusters | None]]:
    if len(tables) < 2 or (glyphs is not None and len(glyphs) != len(tables)):
        raise UsageError(
            f"found {len(tables)} data seed(s) and glyphs of "
            f"{'none' if glyphs is None else len(glyphs)}, expected at least two and the glyphs of "
            "each: draw the data more than once"
        )
    found = [as_table(table) for table in tables]
    ids = [None] * len(found) if glyphs is None else glyphs
    return [(one, clusters_of(part, one.shape[1])) for one, part in zip(found, ids, strict=True)]


def _within(part: Components) -> float:
    """Return the variance of the mean of one test set: of its seeds and its items."""
    items = float(spread(part.item_means, part.clusters)[0])
    fresh = max(items - float(part.by_chance) / part.seeds, 0.0)
    return float(part.by_seed) / part.seeds + fresh


def _joined(glyphs: Sequence[Glyphs] | None, items: Sequence[int]) -> Clusters | None:
    """Return which items of all test sets together share glyphs."""
    if glyphs is None or any(one is None for one in glyphs):
        return None
    if any(isinstance(one, Clusters) for one in glyphs):
        raise UsageError("expected glyph ids of each data seed: clusters do not name their glyphs")
    tables = [np.asarray(one) for one in glyphs]
    tables = [table[:, None] if table.ndim == 1 else table for table in tables]
    width = max(table.shape[1] for table in tables)
    padded = [
        np.concatenate([table, np.full((len(table), width - table.shape[1]), -1, np.int64)], axis=1)
        for table in tables
    ]
    return clusters_of(np.concatenate(padded), sum(items))


def _over(
    items: list[Floats],
    within: Sequence[float],
    freedoms: Sequence[float],
    clusters: Clusters | None,
) -> _Mean:
    """Join the means of several test sets; `items` are values of their items."""
    count = len(items)
    means = np.array([one.mean() for one in items])
    total = sum(len(one) for one in items)
    between = float(means.var(ddof=1)) / count
    inside = float(sum(within)) / count**2
    base = max(between, inside, TINY)
    shared, effect = 0.0, 1.0
    if clusters is not None:
        weighted = np.concatenate([(one - one.mean()) / (count * len(one)) for one in items])
        clustered, plain = (float(one) * total**2 for one in spread(weighted, clusters))
        own = _within_sets(weighted, clusters, [len(one) for one in items])
        shared = max(clustered - max(own, plain), 0.0)
        effect = clustered / plain if plain > 0 else 1.0
    weights = np.asarray(within)
    pooled = weights.sum() ** 2 / max(float((weights**2 / np.asarray(freedoms)).sum()), TINY)
    ratio = between / max(inside, TINY)
    near = TRUST * float(np.clip((UNKNOWN - ratio) / (UNKNOWN - KNOWN), 0, 1))
    share = base / (base + shared)
    freedoms_of = [np.asarray(np.clip(one / share, 1, 1e6)) for one in (count - 1, pooled)]
    return _Mean(
        mean=float(means.mean()), variance=base + shared,
        reference=Reference(freedoms_of[0], freedoms_of[1], np.asarray(near)),
        effect=max(effect, 1.0),
        glyphs=None if clusters is None else clusters.distinct, items=total,
        uses=1.0 if clusters is None else clusters.uses,
    )  # fmt: skip


def _p_equivalent(found: _Mean, wrong: float, margin: float) -> float:
    """Return the p value of a difference of the margin or more, either way.

    The variance is that of such a difference: half of it is the worse model's, and is taken to grow
    with its p (1 - p).
    """
    wrong = min(max(wrong, SMALL), 0.5)
    worse = min(wrong + margin, 0.5)
    grown = (1 + worse * (1 - worse) / (wrong * (1 - wrong))) / 2
    tail = found.reference.tail((margin - abs(found.mean)) / (found.variance * grown) ** 0.5)
    return float(np.clip(tail, TINY, 1))


def _smallest_margin(found: _Mean, wrong: float, alpha: float) -> float:
    """Return the smallest margin that is shown, found by halving; 1 where none below 1 is."""
    low, high = abs(found.mean), 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        shown = _p_equivalent(found, wrong, middle) < alpha
        low, high = (low, middle) if shown else (middle, high)
    return high


def _within_sets(values: Floats, clusters: Clusters, sizes: Sequence[int]) -> float:
    """Return the sum over pairs that share a glyph and are of one set."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    table = np.zeros((len(values), len(sizes)))
    table[np.arange(len(values)), owner] = values
    sums = clusters.members @ table
    found = float(np.square(sums).sum() - (np.square(values) * (clusters.shown - 1)).sum())
    return found - float((table * (clusters.again @ table)).sum())

"""Where one more training of ours would come out: what a reported number is compared with.

A report's number is one training with a seed of its own. It may lie as far from the mean of ours as
one more training of ours would, so it is compared with a prediction interval, not with the interval
of the mean (:mod:`glyphlab.metrics.one_more_run`). On the report's own images the luck of the
images is in both numbers and cancels; on other images it counts twice. A fit without chance has no
luck of seeds, and only its images can differ.

Of a document that holds neither answers nor the value of each seed, the interval is computed from
that of the mean: for a mean of S values its half width times ``sqrt(S + 1)``, which is exact, and
for a share of right answers the widest that fits what is recorded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from glyphlab.metrics import one_more_run, one_more_value
from glyphlab.metrics.intervals import score_bounds
from glyphlab.metrics.variance_components import student_quantile
from glyphlab.reproductions.core.rows import SHARES, Measured, Row

__all__ = ["ANSWERS", "Expected", "expected_of"]

ANSWERS = "from the answers"
"""What an interval was computed from that a document does not hold."""
VALUES = "from the value of each seed"
INTERVAL = "from the recorded interval"
WIDEST = "from the recorded interval, the widest that fits it"
ITEMS = "from the number of items"
SKEWED = ("distance", "loss", "player_loss", "seconds")
"""Metrics above 0 whose seeds are skewed: their interval is on the logarithm."""
LEVELS = (0.95, 0.90)
"""Of the interval that is shown, and of the two one-sided tests of equivalence."""


@dataclass(frozen=True)
class Expected:
    """The interval for one more training.

    Attributes
    ----------
    low, high : float
        At 95 %.
    inner_low, inner_high : float
        At 90 %: both one-sided 95 % bounds.
    computed_from : str
        What it was computed from.
    """

    low: float
    high: float
    inner_low: float
    inner_high: float
    computed_from: str


def expected_of(
    row: Row, measured: Measured, *, certain: bool, same_images: bool
) -> Expected | None:
    """Return where one more training would come out, or None where nothing can say.

    Parameters
    ----------
    row : Row
    measured : Measured
    certain : bool
        The training has no chance in it.
    same_images : bool
        The report scored its model on the very images that ours is scored on.
    """
    if certain:
        return _certain(row, measured, same_images)
    if measured.seeds < 2:
        return None
    if measured.answers is not None:
        table, glyphs = measured.answers.correct, measured.answers.glyphs
        found = [
            one_more_run(table, glyphs, same_items=same_images, level=level) for level in LEVELS
        ]
        bounds = [(one.low, one.high) for one in found]
        return _within(row, bounds, ANSWERS)
    if row.metric in SHARES and not row.claim:
        return _share(row, measured, same_images)
    if measured.values:
        least, most = row.range
        if row.metric not in SKEWED:
            least, most = -math.inf, math.inf
        ends = [
            one_more_value(measured.values, least=least, most=most, level=one) for one in LEVELS
        ]
        return _within(row, [(one.low, one.high) for one in ends], VALUES)
    return _from_half_widths(row, measured)


def _certain(row: Row, measured: Measured, same_images: bool) -> Expected | None:
    """Return the interval of a fit without chance, on as many other images."""
    if same_images or row.metric not in SHARES:
        same = measured.value
        return Expected(same, same, same, same, "no chance, the same images")
    if measured.answers is not None:
        table, glyphs = measured.answers.correct, measured.answers.glyphs
        found = [
            one_more_run(table, glyphs, same_items=False, deterministic=True, level=level)
            for level in LEVELS
        ]
        return _within(row, [(one.low, one.high) for one in found], ANSWERS)
    ours = measured.items or row.items
    if ours is None or row.items is None:
        return None
    losses = [_normal(level) ** 2 * (1 / ours + 1 / row.items) for level in LEVELS]
    return _within(row, [_score(measured.value, loss) for loss in losses], ITEMS)


def _share(row: Row, measured: Measured, same_images: bool) -> Expected | None:
    """Return the interval of a share, on the scale of Wilson's, from values or their interval."""
    mean, seeds = measured.value, measured.seeds
    unit = max(mean * (1 - mean), 1e-12)
    other = 0.0 if same_images or row.items is None else 2 / row.items
    quantile = float(student_quantile(1 - LEVELS[0], seeds - 1))
    if measured.values and measured.covers == "seeds":
        by_seed, computed_from = float(np.var(measured.values, ddof=1)) / unit, VALUES
    elif measured.low is None or measured.high is None:
        return None
    elif measured.covers == "seeds and items":
        # Student's part of the seeds and the normal one of the items were added; the items' is at
        # least what independent answers of every seed would give.
        half = _loss_of(mean, measured.low, measured.high)
        least = 0.0 if row.items is None else _normal(LEVELS[0]) ** 2 / (row.items * seeds)
        by_seed, computed_from = max(half - least, 0.0) * seeds / quantile**2, WIDEST
    else:
        half = max(measured.high - mean, mean - measured.low)
        by_seed, computed_from = half**2 / unit * seeds / quantile**2, INTERVAL
    bounds = []
    for level in LEVELS:
        t = float(student_quantile(1 - level, seeds - 1))
        loss = t**2 * by_seed * (1 + 1 / seeds) + _normal(level) ** 2 * other
        bounds.append(_score(mean, loss))
    return _within(row, bounds, computed_from)


def _from_half_widths(row: Row, measured: Measured) -> Expected | None:
    if measured.low is None or measured.high is None:
        return None
    mean, seeds = measured.value, measured.seeds
    below, above = mean - measured.low, measured.high - mean
    if row.metric not in ("parameters", "seconds"):  # those are not cut, and uneven
        below = above = max(below, above)
    bounds = []
    for level in LEVELS:
        share = student_quantile(1 - level, seeds - 1) / student_quantile(0.05, seeds - 1)
        factor = float(share) * math.sqrt(seeds + 1)
        bounds.append((mean - below * factor, mean + above * factor))
    return _within(row, bounds, INTERVAL)


def _within(row: Row, bounds: list[tuple[float, float]], computed_from: str) -> Expected:
    """Return both intervals without what such a number cannot be."""
    least, most = row.range
    (low, high), (inner_low, inner_high) = (
        (min(max(low, least), most), max(min(high, most), least)) for low, high in bounds
    )
    found = Expected(float(low), float(high), float(inner_low), float(inner_high), computed_from)
    return replace(found, inner_low=max(found.inner_low, low), inner_high=min(inner_high, high))


def _score(mean: float, loss: float) -> tuple[float, float]:
    low, high = score_bounds(np.asarray(mean), np.asarray(loss))
    return float(low), float(high)


def _normal(level: float) -> float:
    return float(student_quantile(1 - level, 1e9))


def _loss_of(mean: float, low: float, high: float) -> float:
    """Return the square of half the width at the mean, in units of p (1 - p), of Wilson bounds."""
    width = (high - low) ** 2
    first, second = width - 1, 2 * width - 4 * mean * (1 - mean)
    return (-second - math.sqrt(max(second**2 - 4 * first * width, 0.0))) / (2 * first)

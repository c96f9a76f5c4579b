"""Whether a model is right as often as it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab._common.errors import UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.glyph_clusters import clusters_of, spread
from glyphlab.metrics.intervals import mean_interval

__all__ = ["Bin", "Calibration", "calibration"]

BINS = 15
DRAWS = 200
"""Ways that answers of a perfectly calibrated model turn out, drawn for the chance error."""


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence.

    Attributes
    ----------
    count : int
    confidence, accuracy : float
        Mean confidence, and share of right answers, in [0, 1].
    low, high : float
        95 % interval of the accuracy: Wilson's (1927), with the variance over items that share
        glyphs where these are known.
    design_effect : float
        Variance over items with shared glyphs over that of independent items.
    """

    count: int
    confidence: float
    accuracy: float
    low: float
    high: float
    design_effect: float = 1.0


@dataclass(frozen=True)
class Calibration:
    """How confidence and accuracy go together.

    Attributes
    ----------
    error : float
        Expected calibration error in [0, 1] (Naeini et al., 2015): the mean distance of confidence
        and accuracy, over bins of equally many answers.
    brier : float
        Mean square of confidence less correctness, in [0, 1].
    bins : tuple of Bin
        From the least to the most confident.
    chance, chance_high : float
        The error that a perfectly calibrated model with these confidences shows by chance: its
        mean, and what it exceeds in one of twenty cases. An error below the second shows nothing.
    glyphs : int or None
        Number of different glyphs; None where unknown, and answers are then taken as independent.
    """

    error: float
    brier: float
    bins: tuple[Bin, ...]
    chance: float
    chance_high: float
    glyphs: int | None = None


def calibration(
    confidence: ArrayLike, correct: ArrayLike, bins: int = BINS, glyphs: ArrayLike | None = None
) -> Calibration:
    """Compare the confidence of answers with whether they were right.

    Bins hold equally many answers, but for one, so that a model that is nearly always confident is
    not decided by one full bin and many empty ones. The error of a perfectly calibrated model is
    above 0 by chance, the more so the fewer the answers, and the more of them share glyphs.

    Parameters
    ----------
    confidence : array_like of float, (n,)
        In [0, 1].
    correct : array_like of bool, (n,)
    bins : int
        At most; fewer where there are fewer answers.
    glyphs : array_like of int, (n, k), optional
        Ids of the glyphs each answer was on; None takes the answers as independent.

    Raises
    ------
    UsageError
        Where the arrays are not alike, empty, or a confidence is no probability.
    """
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    if sure.ndim != 1 or sure.shape != right.shape or not len(sure):
        raise UsageError(
            f"found confidences {sure.shape} and correctness {right.shape}, expected two lists of "
            "one length, not empty: pass both for the same answers"
        )
    if not (np.isfinite(sure).all() and sure.min() >= 0 and sure.max() <= 1 + 1e-6):
        raise UsageError("a confidence is no probability, expected numbers from 0 to 1")
    clusters = clusters_of(glyphs, len(sure))
    ids = None if clusters is None else np.asarray(glyphs)
    order = np.argsort(sure, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    found = [_bin(sure[part], right[part], None if ids is None else ids[part]) for part in parts]
    gaps = sum(one.count * abs(one.confidence - one.accuracy) for one in found)
    brier = float(np.square(sure - right).mean())
    by_chance = _by_chance(sure, right, parts, ids)
    return Calibration(
        gaps / len(sure), brier, tuple(found), float(by_chance.mean()),
        float(np.quantile(by_chance, 0.95)), None if clusters is None else clusters.distinct,
    )  # fmt: skip


def _bin(sure: NDArray[np.float64], right: NDArray[np.bool_], ids: NDArray[np.int64] | None) -> Bin:
    if len(right) == 1:  # one answer may be right or wrong
        return Bin(1, float(sure[0]), float(right[0]), 0.0, 1.0)
    found = mean_interval(right[None], ids)
    return Bin(
        len(right), float(sure.mean()), found.mean, found.low, found.high, found.design_effect
    )


def _by_chance(
    sure: NDArray[np.float64],
    right: NDArray[np.bool_],
    parts: list[NDArray[np.int64]],
    ids: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    """Return errors that perfectly calibrated answers of these confidences show."""
    rng = numpy_rng(0, "calibration")
    total = np.zeros(DRAWS)
    for part in parts:
        said = sure[part]
        drawn = rng.random((DRAWS, len(part)), dtype=np.float32) < said
        effect = 1.0
        if ids is not None and len(part) > 1:
            clustered, plain = spread(right[part] - said, clusters_of(ids[part], len(part)))
            effect = float(clustered / plain) if plain > 0 else 1.0
        total += np.abs(drawn.sum(axis=1) - said.sum()) * effect**0.5
    return total / len(sure)

"""Whether a model is right as often as it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from glyphlab._common.errors import UsageError

__all__ = ["Bin", "Calibration", "calibration"]

BINS = 15


@dataclass(frozen=True)
class Bin:
    """Answers of about the same confidence.

    Attributes
    ----------
    count : int
    confidence, accuracy : float
        Mean confidence, and share of right answers, in [0, 1].
    low, high : float
        95 % interval of the accuracy (Wilson, 1927), as if the answers were independent.
    """

    count: int
    confidence: float
    accuracy: float
    low: float
    high: float


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
    """

    error: float
    brier: float
    bins: tuple[Bin, ...]


def calibration(confidence: ArrayLike, correct: ArrayLike, bins: int = BINS) -> Calibration:
    """Hold the confidence of answers against whether they were right.

    Bins hold equally many answers, but for one, so that a model that is nearly always sure is not
    decided by one full bin and many empty ones. The error of a perfectly calibrated model is above
    0 by chance, the more so the fewer the answers.

    Parameters
    ----------
    confidence : array_like of float, (n,)
        In [0, 1].
    correct : array_like of bool, (n,)
    bins : int
        At most; fewer where there are fewer answers.

    Raises
    ------
    UsageError
        Where the two are not alike, empty, or a confidence is no probability.
    """
    sure, right = np.asarray(confidence, np.float64), np.asarray(correct, bool)
    if sure.ndim != 1 or sure.shape != right.shape or not len(sure):
        raise UsageError(
            f"found confidences {sure.shape} and correctness {right.shape}, expected two lists of "
            "one length, not empty: pass both for the same answers"
        )
    if not (np.isfinite(sure).all() and sure.min() >= 0 and sure.max() <= 1 + 1e-6):
        raise UsageError("a confidence is no probability, expected numbers from 0 to 1")
    order = np.argsort(sure, kind="stable")
    found = []
    for part in np.array_split(order, min(bins, len(order))):
        hits = int(right[part].sum())
        interval = stats.binomtest(hits, len(part)).proportion_ci(0.95, method="wilson")
        found.append(
            Bin(
                len(part), float(sure[part].mean()), hits / len(part),
                float(interval.low), float(interval.high),
            )
        )  # fmt: skip
    gaps = sum(one.count * abs(one.confidence - one.accuracy) for one in found)
    brier = float(np.square(sure - right).mean())
    return Calibration(gaps / len(sure), brier, tuple(found))

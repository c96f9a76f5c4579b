"""The statistics of experiments: intervals of rows, and tests of pairs of rows.

Nothing else calls the tests of `glyphlab.metrics`, so that every page and document says "better"
by the same rule. Classifiers are tested by their tables of right and wrong answers, one row a seed
and one column a test item. Of a generator there is one figure a training, and trainings of one seed
are a pair: they are shown the same images in the same order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from glyphlab.metrics import Interval, compare_pair, holm, mean_interval, student_interval, verdicts

__all__ = [
    "FIGURES",
    "NO_SPREAD",
    "accuracy_gap",
    "accuracy_interval",
    "accuracy_tests",
    "figure_interval",
    "figure_tests",
    "for_every_seed",
    "turned",
]

FIGURES = {"frechet": False, "coverage": True, "label_accuracy": True}
"""Figures that generators are tested by, and whether more of it is better."""
NO_SPREAD = "one value a seed, no spread"
"""Verdict on trainings that differ by the same amount whatever the seed."""
LEVEL = 0.05
"""Corrected p below which two values are distinguished."""
_TURNED = {"better": "worse", "worse": "better", "higher": "lower", "lower": "higher"}


def accuracy_interval(correct: ArrayLike) -> Interval:
    """Return the mean accuracy of a table ``(seeds, items)`` with its 95 % interval."""
    return mean_interval(correct)


def accuracy_tests(
    correct: Mapping[str, NDArray[np.bool_]], certain: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return the paired test of every two tables on the same items, corrected by Holm.

    Parameters
    ----------
    correct : mapping of str to (seeds, items) bool
    certain : collection of str
        Those that leave nothing to chance and were trained once; any other seed would have given
        the same.
    """
    found = verdicts(for_every_seed(correct, certain))
    return [{"metric": "exact_match", **asdict(verdict)} for verdict in found]


def for_every_seed(
    correct: Mapping[str, NDArray[np.bool_]], certain: Collection[str]
) -> dict[str, NDArray[np.bool_]]:
    """Return the tables to be tested, with a row for every seed.

    A model that leaves nothing to chance brings no variance of its seeds, and it is no reason to
    withhold a verdict.
    """
    most = max([2, *(len(table) for table in correct.values())])
    return {
        name: np.repeat(table[:1], most, 0) if name in certain else table
        for name, table in correct.items()
    }


def accuracy_gap(now: ArrayLike, before: ArrayLike) -> tuple[float, float]:
    """Return the 95 % interval of the accuracy of one table less that of another."""
    found = compare_pair(now, before)
    return found.low, found.high


def figure_interval(
    values: Sequence[float], least: float = -np.inf, most: float = np.inf
) -> tuple[float, float] | None:
    """Return Student's 95 % interval of a mean over trainings, within bounds; None for one."""
    if len(values) < 2:
        return None
    low, high = student_interval(values)
    return max(low, least), min(high, most)


def figure_tests(values: Mapping[str, Sequence[float]], figure: str) -> list[dict[str, Any]]:
    """Return what may be said of each pair of generators by one figure.

    The mean difference of the pairs of seeds has Student's interval, and p is corrected by Holm.
    With one seed nothing is said, nor where every pair of seeds is as far apart as the next:
    there is no spread to hold the difference against.

    Parameters
    ----------
    values : mapping of str to sequence of float
        One a seed, of the same seeds in the same order.
    figure : str
        What they are.

    Returns
    -------
    list of dict
        ``figure, a, b, difference, low, high, p, verdict`` and, where there is a p, ``p_holm``;
        of `a` the verdict is ``higher``, ``lower``, ``not distinguished``, ``one seed`` or
        `NO_SPREAD`.
    """
    rows: list[dict[str, Any]] = []
    for a, b in combinations(values, 2):
        apart = np.subtract(values[a], values[b])
        row: dict[str, Any] = {
            "figure": figure, "a": a, "b": b, "difference": float(apart.mean()),
            "low": None, "high": None, "p": None, "verdict": "one seed",
        }  # fmt: skip
        if len(apart) > 1 and not np.ptp(apart) and apart.any():
            row["verdict"] = NO_SPREAD
        elif len(apart) > 1:
            row["low"], row["high"] = student_interval(apart.tolist())
            row["p"] = _p_value(apart)
        rows.append(row)
    tested = [row for row in rows if row["p"] is not None]
    if tested:
        for row, p in zip(tested, holm([row["p"] for row in tested]), strict=True):
            row["p_holm"] = float(p)
            row["verdict"] = _word(row["difference"], float(p))
    return rows


def turned(verdict: str) -> str:
    """Return what a verdict on the first of a pair says of the second."""
    return _TURNED.get(verdict, verdict)


def _p_value(apart: NDArray[np.float64]) -> float:
    """Return Student's p of a mean difference of none."""
    error = float(np.std(apart, ddof=1)) / len(apart) ** 0.5
    if error == 0:  # all pairs are equal
        return 1.0
    return float(2 * stats.t.sf(abs(apart.mean()) / error, len(apart) - 1))


def _word(difference: float, p: float) -> str:
    if p >= LEVEL:
        return "not distinguished"
    return "higher" if difference > 0 else "lower"

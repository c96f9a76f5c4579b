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
from numpy.typing import NDArray
from scipy import stats

from glyphlab.metrics import (
    Interval,
    Verdict,
    compare_pair,
    holm,
    holm_rows,
    interval_over_data,
    log_interval,
    mean_interval,
    share_interval,
    student_interval,
    verdicts,
    verdicts_over_data,
)
from glyphlab.runs import Answers, Run, grid_answers

__all__ = [
    "DISTANCES",
    "FIGURES",
    "NO_SPREAD",
    "accuracy_gap",
    "accuracy_interval",
    "accuracy_tests",
    "data_interval",
    "data_tests",
    "figure_interval",
    "figure_tests",
    "for_every_seed",
    "grid_intervals",
    "known_glyphs",
    "over_all",
    "trials_interval",
    "turned",
]

FIGURES = {"frechet": False, "coverage": True, "label_accuracy": True}
"""Figures that generators are tested by, and whether more of it is better."""
NO_SPREAD = "one value a seed, no spread"
"""Verdict on trainings that differ by the same amount whatever the seed."""
DISTANCES = ("frechet",)
"""Figures that are never below 0 and skewed over trainings: their interval is on the logarithm."""
LEVEL = 0.05
"""Corrected p below which two values are distinguished."""
_TURNED = {"better": "worse", "worse": "better", "higher": "lower", "lower": "higher"}


def accuracy_interval(answers: Answers) -> Interval:
    """Return the mean accuracy with its 95 % interval over seeds, test images and their glyphs."""
    return mean_interval(answers.correct, answers.glyphs)


def trials_interval(
    correct: NDArray[np.bool_], glyphs: NDArray[np.int64] | None
) -> tuple[float, float, float]:
    """Return mean, low and high of the accuracy over several trials ``(trials, items)`` of items.

    The 95 % interval is for other items and glyphs; the trials are those that are wanted.
    """
    return share_interval(correct.mean(0), glyphs)


def grid_intervals(runs: Sequence[Run]) -> dict[str, list[float]] | None:
    """Return both ends of the interval of each cell of the generalization grid, by its name.

    None where runs have no grid, or were scored on different images.
    """
    found = {
        cell: accuracy_interval(answers)
        for cell, answers in grid_answers(runs).items()
        if answers.correct.shape[1] > 1
    }
    return {cell: [one.low, one.high] for cell, one in found.items()} or None


def accuracy_tests(
    answers: Mapping[str, Answers], certain: Collection[str] = (), margin: float | None = None
) -> list[dict[str, Any]]:
    """Return the paired test of every two models on the same images, corrected by Holm.

    Parameters
    ----------
    answers : mapping of str to Answers
    certain : collection of str
        Those that leave nothing to chance and were trained once; any other seed would have given
        the same.
    margin : float, optional
        Difference that does not matter: pairs shown to be within it are equivalent.
    """
    tables = for_every_seed(answers, certain)
    glyphs = next((one.glyphs for one in answers.values()), None)
    found = verdicts({name: one.correct for name, one in tables.items()}, glyphs, margin=margin)
    return [_accuracy_row(verdict) for verdict in found]


def _accuracy_row(verdict: Verdict) -> dict[str, Any]:
    # where no answer differs the variance is 0, and the interval alone knows of few images
    detectable = max(verdict.detectable, (verdict.high - verdict.low) / 2)
    return {"metric": "exact_match", **asdict(verdict), "detectable": detectable}


def data_interval(
    tables: Sequence[NDArray[np.bool_]], glyphs: Sequence[NDArray[np.int64]]
) -> Interval:
    """Return the mean accuracy over drawings of the data, with an interval for other data too."""
    return interval_over_data(tables, known_glyphs(glyphs))


def data_tests(
    tables: Mapping[str, Sequence[NDArray[np.bool_]]],
    glyphs: Sequence[NDArray[np.int64]],
    margin: float | None = None,
) -> list[dict[str, Any]]:
    """Return the paired test of every two models over drawings of the data, corrected by Holm.

    Parameters
    ----------
    tables : mapping of str to sequence of (seeds, items) bool
        Of each model one a data seed, the same data in the same order.
    glyphs : sequence of (items, k) int64
        Ids of the glyphs of each test set, the same id for the same glyph in all.
    margin : float, optional
        As of `accuracy_tests`.
    """
    found = verdicts_over_data(tables, known_glyphs(glyphs), margin=margin)
    return [_accuracy_row(verdict) for verdict in found]


def known_glyphs(glyphs: Sequence[NDArray[np.int64]]) -> Sequence[NDArray[np.int64]] | None:
    """Return the glyph ids, or None where the data do not say them."""
    return None if any((one < 0).any() or not one.size for one in glyphs) else glyphs


def for_every_seed(answers: Mapping[str, Answers], certain: Collection[str]) -> dict[str, Answers]:
    """Return the tables to be tested, with a row for every seed.

    A model that leaves nothing to chance brings no variance of its seeds, and it is no reason to
    withhold a verdict.
    """
    most = max([2, *(len(one.correct) for one in answers.values())])
    return {name: one.repeated(most) if name in certain else one for name, one in answers.items()}


def accuracy_gap(now: Answers, before: Answers) -> tuple[float, float]:
    """Return the 95 % interval of the accuracy of one model less that of another."""
    found = compare_pair(now.correct, before.correct, now.glyphs)
    return found.low, found.high


def figure_interval(
    values: Sequence[float], least: float = -np.inf, most: float = np.inf, *, distance: bool = False
) -> tuple[float, float] | None:
    """Return the 95 % interval of a mean over trainings, within bounds; None for one.

    It is Student's, and that of the logarithms for a `distance`.
    """
    if len(values) < 2:
        return None
    if distance and min(values) > 0:
        low, high = log_interval(values)
        mean = float(np.mean(values))  # the arithmetic one is above the geometric one
        return min(low, mean), max(high, mean)
    low, high = student_interval(values)
    return max(low, least), min(high, most)


def over_all(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Correct p values of all tests of an experiment together, and return the rows.

    Tests of several figures, or at several sizes, are one family: each for itself, a chance of
    5 % each of a false difference would add up. What is said of a pair follows from its new p.
    Holm's correction holds for p of equality as for those of differences.
    """
    tested = [row for row in rows if row["verdict"] not in ("one seed", NO_SPREAD)]
    equal = [row for row in tested if row.get("p_equivalent_alone") is not None]
    if equal:
        corrected = holm([row["p_equivalent_alone"] for row in equal])
        for row, p in zip(equal, corrected.tolist(), strict=True):
            row["p_equivalent"] = p
    holm_rows(tested, _anew)
    return rows


def _anew(row: Mapping[str, Any], p: float) -> str:
    if "figure" in row:
        return _word(row["difference"], p)
    if p < LEVEL:
        return "better" if row["difference"] > 0 else "worse"
    equal = row.get("p_equivalent")
    return "equivalent" if equal is not None and equal < LEVEL else "not distinguished"


def figure_tests(
    figures: Mapping[str, Mapping[str, Sequence[float]]],
) -> list[dict[str, Any]]:
    """Return what may be said of each pair of generators by each figure.

    The mean difference of the pairs of seeds has Student's interval, and p is corrected by Holm
    over all figures. With one seed nothing is said, nor where every pair of seeds is as far apart
    as the next: there is no spread to hold the difference against.

    Parameters
    ----------
    figures : mapping of str to mapping of str to sequence of float
        By figure, and by generator, a value a seed, of the same seeds in the same order.

    Returns
    -------
    list of dict
        ``figure, a, b, difference, low, high, p, verdict`` and, where there is a p, ``p_holm``;
        of `a` the verdict is ``higher``, ``lower``, ``not distinguished``, ``one seed`` or
        `NO_SPREAD`.
    """
    return over_all([row for name, values in figures.items() for row in _pairs(name, values)])


def _pairs(figure: str, values: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
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
            row["verdict"] = "not distinguished"
        rows.append(row)
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

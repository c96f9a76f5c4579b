"""What may be said of every pair of models: better, worse, equivalent, or not distinguished.

References
----------
.. [1] S. Holm, "A simple sequentially rejective multiple test procedure", *Scandinavian Journal of
   Statistics* 6 (1979), 65-70.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glyphlab.metrics.glyph_clusters import Glyphs, clusters_of
from glyphlab.metrics.model_tests.paired_tests import PairedTest, checked_margin, compare_pair

__all__ = ["Verdict", "holm", "holm_rows", "verdicts", "verdicts_of"]


@dataclass(frozen=True)
class Verdict:
    """What may be said about `a` against `b`.

    Attributes
    ----------
    a, b : str
        Names of the models.
    difference, low, high, p : float
        As in :class:`~glyphlab.metrics.PairedTest`.
    p_holm : float
        p after Holm's correction over all pairs with several seeds; 1 for a pair with one seed.
    verdict : str
        Of `a`: ``"better"``, ``"worse"``, ``"equivalent"`` (only where a margin was given),
        ``"not distinguished"`` or, where either model has one seed only, ``"one seed"``.
    detectable, smallest_margin, design_effect, glyphs, margin, data_seeds
        As in :class:`~glyphlab.metrics.PairedTest`.
    p_equivalent : float or None
        p of the test of equivalence after Holm's correction, where a margin was given.
    p_equivalent_alone : float or None
        The same before the correction.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    verdict: str
    detectable: float
    smallest_margin: float
    design_effect: float = 1.0
    glyphs: int | None = None
    margin: float | None = None
    p_equivalent: float | None = None
    data_seeds: int = 1
    p_equivalent_alone: float | None = None

    @property
    def items_assumed_independent(self) -> bool:
        """Whether nothing is known of shared glyphs, and p may be too small."""
        return self.glyphs is None


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return p values corrected for their number by Holm's step-down method.

    Parameters
    ----------
    p_values : array_like of float, (..., m)
        Uncorrected, in [0, 1]; the last axis is the family.

    Returns
    -------
    ndarray of float64, (..., m)
        In the order given, none below its uncorrected value or above 1.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")
    factors = np.arange(p.shape[-1], 0, -1)
    stepped = np.minimum(
        np.maximum.accumulate(np.take_along_axis(p, order, axis=-1) * factors, axis=-1), 1.0
    )
    corrected = np.empty_like(p)
    np.put_along_axis(corrected, order, stepped, axis=-1)
    return corrected


def holm_rows(
    rows: Sequence[MutableMapping[str, Any]],
    word: Callable[[MutableMapping[str, Any], float], str] | None = None,
) -> None:
    """Correct the ``p`` of all rows of an experiment together, whatever figure each is of.

    Parameters
    ----------
    rows : sequence of mutable mapping
        Each gets ``p_holm``, unless its ``p`` is None or missing. Rows of several figures (such as
        distance and coverage) are one family: two families would double the chance of a false one.
    word : callable of a row and its corrected p, optional
        Gives the row's ``verdict`` anew.
    """
    tested = [row for row in rows if row.get("p") is not None]
    if not tested:
        return
    for row, corrected in zip(tested, holm([row["p"] for row in tested]), strict=True):
        row["p_holm"] = float(corrected)
        if word is not None:
            row["verdict"] = word(row, float(corrected))


def verdicts(
    correct: Mapping[str, ArrayLike],
    glyphs: Glyphs = None,
    level: float = 0.95,
    margin: float | None = None,
) -> list[Verdict]:
    """Compare every pair of models and say what may be concluded.

    Parameters
    ----------
    correct : mapping of str to array_like of bool, (seeds, items)
        Right or wrong of each model, all on the same items in the same order.
    glyphs : array_like of int, (items, k), or Clusters, optional
        Ids of the glyphs each item shows; None takes the items as independent.
    level : float
        1 less the family-wise chance of calling equal models different.
    margin : float, optional
        Difference in accuracy that does not matter. Pairs that are shown to be within it, and not
        to differ, are ``"equivalent"``; Holm's correction is over all pairs here as well.

    Returns
    -------
    list of Verdict
        One a pair, in the order of the mapping.

    Raises
    ------
    UsageError
        Where the tables are not such, or do not hold the same items, or the margin is not above 0.
    """
    checked_margin(margin)
    pairs = list(combinations(correct, 2))
    if not pairs:
        return []
    first = np.asarray(correct[pairs[0][0]])
    clusters = clusters_of(glyphs, first.shape[-1] if first.ndim else 0)
    tests = [compare_pair(correct[a], correct[b], clusters, level, margin) for a, b in pairs]
    return verdicts_of(pairs, tests, level, margin)


def verdicts_of(
    pairs: Sequence[tuple[str, str]],
    tests: Sequence[PairedTest],
    level: float,
    margin: float | None,
    least_seeds: int = 2,
) -> list[Verdict]:
    """Return the verdicts of tests, corrected by Holm; one with fewer seeds is left out of it."""
    tested = [index for index, test in enumerate(tests) if test.seeds >= least_seeds]
    corrected, equal = np.ones(len(tests)), np.ones(len(tests))
    if tested:
        corrected[tested] = holm([tests[index].p for index in tested])
        if margin is not None:
            equal[tested] = holm([tests[index].p_equivalent or 0.0 for index in tested])
    return [
        Verdict(
            a=a,
            b=b,
            difference=test.difference,
            low=test.low,
            high=test.high,
            p=test.p,
            p_holm=float(p_holm),
            verdict="one seed"
            if test.seeds < least_seeds
            else _word(test, float(p_holm), float(p_equal), 1 - level),
            detectable=test.detectable,
            smallest_margin=test.smallest_margin,
            design_effect=test.design_effect,
            glyphs=test.glyphs,
            margin=margin,
            p_equivalent=None if margin is None else float(p_equal),
            data_seeds=test.data_seeds,
            p_equivalent_alone=None if margin is None else test.p_equivalent,
        )
        for (a, b), test, p_holm, p_equal in zip(pairs, tests, corrected, equal, strict=True)
    ]


def _word(test: PairedTest, p_holm: float, p_equal: float, alpha: float) -> str:
    if p_holm < alpha:
        return "better" if test.difference > 0 else "worse"
    return "equivalent" if p_equal < alpha else "not distinguished"

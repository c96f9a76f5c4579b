"""Reading a curve the other way round: how large a model must be to score so much."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from glyphlab._common.errors import UsageError
from glyphlab.metrics.variance_components import student_quantile

__all__ = ["SizeAtLevel", "size_at_level"]


@dataclass(frozen=True)
class SizeAtLevel:
    """The size at which a score is reached.

    Attributes
    ----------
    size : float
        Geometric mean over seeds.
    low, high : float or None
        Student's interval on the logarithm of the size, over seeds; None of one seed.
    seeds : int
    inside : bool
        Whether every seed reached the score between two of the sizes. Where not, the nearest size
        was taken for that seed, and the reading is a bound at best.
    """

    size: float
    low: float | None
    high: float | None
    seeds: int
    inside: bool


def size_at_level(
    sizes: ArrayLike, scores: ArrayLike, level: float, *, cover: float = 0.95
) -> SizeAtLevel:
    """Read at which size a score is first reached, seed by seed.

    A larger model may score lower by chance or by its form. So each seed's scores are first
    replaced by the closest sequence that never falls with size (isotonic regression [1]_), then
    read by interpolation between neighbours, in the logarithms of size and of error: so such
    curves are straightest.

    Parameters
    ----------
    sizes : array_like, (models,)
        Such as parameter counts; positive, at least two different ones, in any order.
    scores : array_like, (models, seeds)
        In [0, 1].
    level : float
        The score to be reached, between 0 and 1.
    cover : float
        Cover of the interval.

    Raises
    ------
    UsageError
        Where the arrays do not belong together, or `level` is not between 0 and 1.

    References
    ----------
    .. [1] R. E. Barlow, D. J. Bartholomew, J. M. Bremner, H. D. Brunk, *Statistical Inference under
       Order Restrictions*, Wiley, 1972.
    """
    x, table = np.asarray(sizes, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if x.ndim != 1 or table.ndim != 2 or len(x) != len(table) or not table.shape[1]:
        raise UsageError(
            f"found sizes {x.shape} and scores {table.shape}, expected one size a model and one "
            "row of seeds a model: stack the scores as (models, seeds)"
        )
    if len(np.unique(x)) < 2 or not (x > 0).all():
        raise UsageError(
            "found no two different positive sizes: give models of at least two sizes to read "
            "between"
        )
    if not 0 < level < 1:
        raise UsageError(f"the level is {level}, expected a score between 0 and 1: try 0.97")
    order = np.argsort(x, kind="stable")
    found = [_crossing(np.log(x[order]), seed[order], level) for seed in table.T]
    places = np.array([place for place, _ in found])
    mean = float(places.mean())
    inside = all(within for _, within in found)
    count = len(places)
    if count == 1:
        return SizeAtLevel(math.exp(mean), None, None, 1, inside)
    half = float(student_quantile(1 - cover, count - 1)) * float(places.std(ddof=1))
    half /= math.sqrt(count)
    return SizeAtLevel(math.exp(mean), math.exp(mean - half), math.exp(mean + half), count, inside)


def _crossing(
    places: NDArray[np.float64], scores: NDArray[np.float64], level: float
) -> tuple[float, bool]:
    """Return where rising scores first reach the level, and whether that is between the ends."""
    rising = isotonic_regression(scores).x
    reached = np.flatnonzero(rising >= level)
    if not len(reached):
        return float(places[-1]), False
    after = int(reached[0])
    if after == 0:
        return float(places[0]), False
    errors = np.log(np.maximum(1 - rising[[after - 1, after]], 1e-9))
    share = (errors[0] - math.log(1 - level)) / (errors[0] - errors[1])
    return float(places[after - 1] + share * (places[after] - places[after - 1])), True

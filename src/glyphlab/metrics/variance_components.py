"""Where the spread of an accuracy comes from: seeds, test items, and the rest.

A table of right and wrong answers, one row a seed and one column a test item, is read as a two-way
layout with crossed random effects and one observation a cell,

    ``y[s, i] = mu + seed[s] + item[i] + rest[s, i]``,

and its variance components are found by the method of moments: the mean squares of the analysis of
variance are set equal to their expectations [1]_. All functions take leading batch dimensions.

References
----------
.. [1] S. R. Searle, G. Casella, C. E. McCulloch, *Variance Components*, Wiley 1992, chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from glyphlab._common.errors import UsageError

__all__ = ["Components", "as_table", "components", "student_quantile"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Components:
    """The pieces from which intervals and tests are made; arrays over the batch dimensions.

    Attributes
    ----------
    mean : ndarray of float64, (...)
        Share of right answers.
    item_means : ndarray of float64, (..., items)
        Mean over seeds of each item.
    of_seeds : ndarray of float64, (...)
        Variance of the mean that fresh seeds bring, the rest included; 0 with one seed.
    rest : ndarray of float64, (...)
        Variance of an item's mean that is due to the rest alone; 0 with one seed.
    seeds, items : int
        Size of the table.
    """

    mean: Floats
    item_means: Floats
    of_seeds: Floats
    rest: Floats
    seeds: int
    items: int


def as_table(correct: ArrayLike) -> NDArray[np.bool_]:
    """Return one model's answers as a checked `(seeds, items)` table of bool.

    Raises
    ------
    UsageError
        Where it is not such a table, or has no seed or fewer than two items.
    """
    table = np.asarray(correct)
    if table.ndim != 2 or table.dtype != np.bool_:
        raise UsageError(
            f"correctness has shape {table.shape} and type {table.dtype}, expected bool of shape "
            "(seeds, items): stack one row of right or wrong a seed"
        )
    if table.shape[0] < 1 or table.shape[1] < 2:
        raise UsageError(
            f"found {table.shape[0]} seed(s) and {table.shape[1]} item(s), expected at least 1 and "
            "2: score on a larger test set"
        )
    return table


def components(correct: NDArray[np.bool_]) -> Components:
    """Split the spread of tables of answers into its parts.

    Parameters
    ----------
    correct : ndarray of bool, (..., seeds, items)
        Right or wrong.
    """
    seeds, items = correct.shape[-2:]
    item_means = correct.sum(axis=-2, dtype=np.float64) / seeds
    seed_means = correct.sum(axis=-1, dtype=np.float64) / items
    mean = seed_means.mean(axis=-1)
    if seeds == 1:
        nothing = np.zeros_like(mean)
        return Components(mean, item_means, nothing, nothing, seeds, items)
    of_seeds = seed_means.var(axis=-1, ddof=1) / seeds
    # Of zeros and ones the total sum of squares is known without another pass over the table.
    total = seeds * items * mean * (1 - mean)
    between_seeds = items * seeds * (seeds - 1) * of_seeds
    between_items = seeds * items * item_means.var(axis=-1)
    square = (total - between_seeds - between_items) / ((seeds - 1) * (items - 1))
    return Components(mean, item_means, of_seeds, np.maximum(square, 0) / seeds, seeds, items)


def student_quantile(alpha: ArrayLike, freedom: ArrayLike) -> Floats:
    """Return the value a Student t variable exceeds in size with probability `alpha`."""
    return np.asarray(-special.stdtrit(freedom, np.asarray(alpha) / 2), dtype=np.float64)

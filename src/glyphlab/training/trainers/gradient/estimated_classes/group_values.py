"""Groups of alike symbols, and what each counts, by least squares over the sums.

A sum of a thousand symbols says next to nothing of one of them. Where symbols that look alike are
put into groups, a sum is the number of symbols of each group times what a symbol of it counts, and
there are more sums than groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["GroupValues", "alike", "flat_components", "group_values"]

COMPONENTS = 50
"""Principal components of the pixels that symbols are grouped by, at most."""
BATCH = 4_096
"""Symbols that k-means sees at a time."""


@dataclass(frozen=True)
class GroupValues:
    """What the symbols of each group count.

    Attributes
    ----------
    values : (groups,) float64
        Between two classes where a group holds several, or where chance has its way.
    residual : float
        Standard deviation of what they leave unexplained of a sum.
    """

    values: NDArray[np.float64]
    residual: float


def flat_components(cells: NDArray[np.uint8], seed: int) -> NDArray[np.float32]:
    """Return the principal components ``(m, at most 50)`` of the pixels of cells ``(m, h, w)``."""
    from sklearn.decomposition import PCA

    pixels = cells.reshape(len(cells), -1).astype(np.float32) / 255
    count = min(COMPONENTS, *pixels.shape)
    solver = PCA(count, svd_solver="randomized", random_state=_state(seed))
    found: NDArray[np.float32] = solver.fit_transform(pixels)
    return found


def alike(features: NDArray[np.float32], groups: int, seed: int) -> NDArray[np.int64]:
    """Return the group ``(m,)`` of each row of features, by k-means (Sculley, 2010, in batches)."""
    from sklearn.cluster import MiniBatchKMeans

    found: Any = MiniBatchKMeans(groups, batch_size=BATCH, n_init=3, random_state=_state(seed))
    return np.asarray(found.fit_predict(features), np.int64)


def group_values(
    groups: NDArray[np.int64],
    where: NDArray[np.int64],
    signs: NDArray[np.float64],
    sums: NDArray[np.float64],
    classes: int,
) -> GroupValues:
    """Return what the symbols of each group count, by least squares.

    Values are drawn to the mean of all classes as far as the sums leave them open (ridge
    regression, Hoerl and Kennard, 1970): a symbol's class is taken for equally likely to be any,
    and the variance of the sums is that which is left unexplained.

    Parameters
    ----------
    groups : (m,) int64
        Of each distinct symbol, numbered from 0.
    where : (n, k) int64
        Which symbol stands in each place of each image.
    signs : (k,) float64
        1 where a place is added, -1 where it is subtracted.
    sums : (n,) float64
        Labels of the images.
    classes : int
        A symbol counts as its class, 0 to classes - 1.
    """
    count = int(groups.max()) + 1
    counts = np.stack([np.bincount(groups[row], signs, count) for row in where])
    middle, spread = (classes - 1) / 2, (classes**2 - 1) / 12
    beyond = sums - middle * counts.sum(1)
    gram, toward = counts.T @ counts, counts.T @ beyond
    left = np.var(beyond)
    for _ in range(3):
        own = np.linalg.solve(gram + left / spread * np.eye(count), toward)
        freedom = max(1, len(sums) - count)
        left = max(1e-6, float(np.square(beyond - counts @ own).sum()) / freedom)
    return GroupValues(own + middle, float(left**0.5))


def _state(seed: int) -> int:
    """Return a seed as scikit-learn takes it."""
    return seed % 2**32

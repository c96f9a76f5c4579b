"""Maps of many points by t-SNE, and what may be said of a map in numbers.

A t-SNE map is looked at, and eyes find clusters in anything. Each score here asks one question of
it, and can be asked of what the map was made from as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError

__all__ = [
    "PointEmbedding",
    "cluster_count",
    "embed_points",
    "knn_accuracy",
    "separability",
    "silhouette",
    "trust",
]

COMPONENTS = 50
"""Principal components that distances are taken in, as t-SNE's authors do."""
NEIGHBOURS = 10
_STEPS = (250, 500)
"""Of gradient descent: with exaggerated attraction, then without; openTSNE's own numbers."""
_EVERY = 50
SAMPLED = 5_000
"""So many points are scored where a score needs all pairs."""

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PointEmbedding:
    """A map of points, and the way to put new ones on it.

    Attributes
    ----------
    points : (n, 2) float64
    perplexity : float
    """

    points: Points
    perplexity: float
    _embedding: Any = field(repr=False)
    _mean: Points = field(repr=False)
    _axes: Points = field(repr=False)

    def place(self, features: NDArray[Any]) -> Points:
        """Put new points ``(m, d)`` on the map without moving any other; returns ``(m, 2)``."""
        reduced = (np.asarray(features, np.float64) - self._mean) @ self._axes
        placed: Points = np.array(self._embedding.transform(reduced), np.float64)
        # openTSNE shifts its own points as a whole meanwhile: what is placed is shifted back
        shift: Points = (self.points - np.asarray(self._embedding, np.float64)).mean(0)
        return placed + shift


def embed_points(
    features: NDArray[Any],
    *,
    perplexity: float = 30.0,
    seed: int = 0,
    threads: int = 1,
    on_step: Callable[[int, int], None] | None = None,
) -> PointEmbedding:
    """Make a map by t-SNE (van der Maaten & Hinton, 2008) on the first 50 principal components.

    Forces are interpolated on a grid (Linderman et al., *FIt-SNE*, 2019), as openTSNE computes
    them. The map begins at the first two components, so that its large shape means something; the
    same call gives the same map.

    Parameters
    ----------
    features : (n, d) array
    perplexity : float
        About how many neighbours a point has; above 1.
    seed : int
    threads : int
    on_step : callable, optional
        Is given the number of a step, now and then, and how many there are; it changes nothing.

    Raises
    ------
    UsageError
        Where openTSNE is not installed, the perplexity is too large for the points, or a feature
        is no finite number.
    """
    try:
        from openTSNE import TSNE
    except ImportError as error:
        raise UsageError(
            "maps need openTSNE, which is not installed: pip install 'glyphlab[embed]'"
        ) from error
    values = np.asarray(features, np.float64)
    _check(values, perplexity)
    mean, axes = _principal(values, seed)
    found = TSNE(
        perplexity=perplexity,
        initialization="pca",
        metric="euclidean",
        neighbors="exact" if len(values) < 1000 else "approx",
        negative_gradient_method="fft" if len(values) >= 2000 else "bh",
        n_jobs=threads,
        random_state=seed,
        early_exaggeration_iter=_STEPS[0],
        n_iter=_STEPS[1],
        callbacks=None if on_step is None else _Counted(on_step),
        callbacks_every_iters=_EVERY,
    ).fit((values - mean) @ axes)
    return PointEmbedding(np.array(found, np.float64), perplexity, found, mean, axes)


class _Counted:
    """Counts steps, which openTSNE counts anew in each of its two phases."""

    def __init__(self, on_step: Callable[[int, int], None]) -> None:
        self.on_step, self.done = on_step, 0

    def __call__(self, _step: int, _error: float, _points: Any) -> bool:
        self.done += _EVERY
        self.on_step(self.done, sum(_STEPS))
        return False


def _check(values: Points, perplexity: float) -> None:
    if values.ndim != 2 or len(values) < 5:
        raise UsageError(f"found features {values.shape}, expected (n, d) with n of at least 5")
    if not np.isfinite(values).all():
        raise UsageError("a feature is no finite number: a map needs numbers")
    largest = (len(values) - 1) / 3
    if not 1 < perplexity <= largest:
        raise UsageError(
            f"perplexity {perplexity:g} does not suit {len(values)} points, expected above 1 and "
            f"at most {math.floor(10 * largest) / 10:g}: give another perplexity or more points"
        )


def _principal(values: Points, seed: int) -> tuple[Points, Points]:
    """Return the mean and the leading principal axes ``(d, components)``."""
    from sklearn.decomposition import PCA

    components = min(COMPONENTS, *values.shape)
    solver = "covariance_eigh" if values.shape[1] <= 2_000 else "randomized"
    found = PCA(components, svd_solver=solver, random_state=seed).fit(values)
    return found.mean_, np.ascontiguousarray(found.components_.T)


def knn_accuracy(points: NDArray[Any], labels: NDArray[Any], neighbours: int = NEIGHBOURS) -> float:
    """Return the share of points whose nearest neighbours vote for their own label, 0 to 1.

    A point does not vote for itself. Of labels with equally many votes the smallest wins.

    Parameters
    ----------
    points : (n, d) array
    labels : (n,) array
    """
    codes = np.unique(labels, return_inverse=True)[1]
    votes = codes[_nearest(points, neighbours)]
    counts = np.zeros((len(codes), int(codes.max()) + 1), np.int64)
    for column in votes.T:
        counts[np.arange(len(codes)), column] += 1
    return float((counts.argmax(1) == codes).mean())


def separability(
    points: NDArray[Any], groups: NDArray[np.bool_], neighbours: int = NEIGHBOURS
) -> float:
    """Return how well the neighbours of a point tell which of two groups it is of, 0.5 to 1.

    The mean of the two groups' shares of points most of whose neighbours are of their own group,
    each neighbour counting the more the smaller its group is: 0.5 where the groups lie mixed.

    Raises
    ------
    UsageError
        Where a group has fewer than two points.
    """
    member = np.asarray(groups, bool)
    sizes = np.array([(~member).sum(), member.sum()])
    if sizes.min() < 2:
        raise UsageError(f"groups of {sizes[0]} and {sizes[1]} points, expected at least 2 in each")
    near = member[_nearest(points, min(neighbours, len(member) - 1))]
    for_it, against = near.sum(1) / sizes[1], (~near).sum(1) / sizes[0]
    right = (for_it > against)[member].mean() + (against > for_it)[~member].mean()
    return max(0.5, float(right / 2))


def trust(features: NDArray[Any], points: NDArray[Any], seed: int = 0) -> float:
    """Return the trustworthiness of a map, 0 to 1 (Venna & Kaski, 2001).

    1 where the ten neighbours of each point on the map are its neighbours in the features; measured
    among at most 5,000 points, drawn by `seed`.
    """
    from sklearn.manifold import trustworthiness

    chosen = _sampled(len(points), seed)
    near = min(NEIGHBOURS, (len(chosen) - 1) // 2)
    return float(
        trustworthiness(np.asarray(features)[chosen], np.asarray(points)[chosen], n_neighbors=near)
    )


def silhouette(points: NDArray[Any], labels: NDArray[Any], seed: int = 0) -> float:
    """Return the mean silhouette of points by label, -1 to 1 (Rousseeuw, 1987).

    Measured among at most 5,000 points, drawn by `seed`. A point that is alone with its label
    counts as 0, and so do all where they have one label.
    """
    from sklearn.metrics import silhouette_score

    chosen = _sampled(len(points), seed)
    codes = np.unique(np.asarray(labels)[chosen], return_inverse=True)[1]
    if codes.max() + 1 in (1, len(codes)):  # one label, or all alone: not for scikit-learn
        return 0.0
    return float(silhouette_score(np.asarray(points)[chosen], codes))


def cluster_count(points: NDArray[Any], smallest: int | None = None) -> tuple[int, float]:
    """Count the clusters of a map without being told the labels.

    By density (HDBSCAN, Campello et al., 2013).

    Parameters
    ----------
    points : (n, 2) array
    smallest : int, optional
        Points of a cluster at least; by default a two-hundredth of all.

    Returns
    -------
    clusters : int
    alone : float
        Share of the points in no cluster.
    """
    from sklearn.cluster import HDBSCAN

    least = max(5, len(points) // 200) if smallest is None else smallest
    found = HDBSCAN(min_cluster_size=least, copy=True).fit(np.asarray(points, np.float64)).labels_
    return int(found.max() + 1), float((found < 0).mean())


def _nearest(points: NDArray[Any], neighbours: int) -> NDArray[np.int64]:
    """Return the numbers of each point's nearest others, ``(n, neighbours)``."""
    from sklearn.neighbors import NearestNeighbors

    values = np.asarray(points, np.float64)
    if not 1 <= neighbours < len(values):
        raise UsageError(f"{neighbours} neighbours among {len(values)} points: give more points")
    found: NDArray[np.int64] = (
        NearestNeighbors(n_neighbors=neighbours).fit(values).kneighbors(return_distance=False)
    )
    return found


def _sampled(count: int, seed: int) -> NDArray[np.int64]:
    if count <= SAMPLED:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:SAMPLED])

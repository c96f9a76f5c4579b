"""How near generated samples come to real ones, measured on features: arrays in, numbers out.

Every distance here is between features of a classifier of our own, not of Inception: none of these
numbers is an FID or a KID, and none compares with one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab._common.seeds import numpy_rng

__all__ = [
    "KernelDistance",
    "Neighbourhoods",
    "class_kl",
    "frechet_distance",
    "kernel_distance",
    "modes_found",
    "nearest_rows",
    "neighbourhoods",
]

CHUNK = 2_048
"""Rows of a table of distances that are held at once."""

Features = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class KernelDistance:
    """An unbiased squared distance of two samples in a kernel's space.

    Attributes
    ----------
    mean, spread : float
        Over the subsets: its mean, and the standard deviation of a subset.
    """

    mean: float
    spread: float


@dataclass(frozen=True)
class Neighbourhoods:
    """Shares that balls around samples, out to their k-th neighbour, say of two samples.

    Attributes
    ----------
    precision : float
        Share of the made that lie in a ball of a real one.
    recall : float
        Share of the real that lie in a ball of a made one.
    density : float
        Balls of real ones that a made one lies in, over k: about 1 where both are alike.
    coverage : float
        Share of the real whose ball holds a made one.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def frechet_distance(real: Features, generated: Features) -> float:
    """Return the squared Fréchet distance of normal distributions fitted to two samples.

    Dowson & Landau, *The Fréchet distance between multivariate normal distributions*, 1982; of
    generators first in Heusel et al., *TTUR*, 2017. The root of the product of the covariances is
    taken as that of a symmetric matrix, so that no imaginary part can arise.

    Parameters
    ----------
    real, generated : (n, d) and (m, d) arrays
        n and m above d, or the covariances are singular and the number depends on n.

    Raises
    ------
    UsageError
        For samples of fewer than two, of different width, or with a number that is not finite.
    """
    first, second = _checked(real, generated)
    between = first.mean(0) - second.mean(0)
    one, two = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    one, two = np.atleast_2d(one), np.atleast_2d(two)
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    product = np.linalg.eigvalsh(root @ two @ root).clip(0)
    return float(between @ between + np.trace(one) + np.trace(two) - 2 * np.sqrt(product).sum())


def kernel_distance(
    real: Features, generated: Features, *, size: int = 1_000, subsets: int = 50, seed: int = 0
) -> KernelDistance:
    """Return the squared maximum mean discrepancy with the cubic kernel ``(x·y / d + 1)³``.

    Bińkowski et al., *Demystifying MMD GANs*, 2018: unbiased, a mean over random subsets.

    Parameters
    ----------
    real, generated : (n, d) and (m, d) arrays
    size : int
        Rows of a subset; at most n and m.
    subsets : int
    seed : int

    Raises
    ------
    UsageError
        As `frechet_distance`, and for subsets larger than a sample.
    """
    first, second = _checked(real, generated)
    if not 2 <= size <= min(len(first), len(second)):
        raise UsageError(
            f"subsets of {size} rows of samples of {len(first)} and {len(second)}: expected 2 to "
            f"{min(len(first), len(second))}"
        )
    rng = numpy_rng(seed, "kernel-distance")
    found = []
    for _ in range(subsets):
        x = first[rng.choice(len(first), size, replace=False)]
        y = second[rng.choice(len(second), size, replace=False)]
        within = sum(
            (k.sum() - np.trace(k)) / (size * (size - 1)) for k in (_cubic(x, x), _cubic(y, y))
        )
        found.append(within - 2 * _cubic(x, y).mean())
    return KernelDistance(float(np.mean(found)), float(np.std(found)))


def neighbourhoods(real: Features, generated: Features, *, neighbours: int = 5) -> Neighbourhoods:
    """Return precision and recall, density and coverage.

    Precision and recall of Kynkäänniemi et al., *Improved precision and recall*, 2019; density and
    coverage of Naeem et al., *Reliable fidelity and diversity metrics*, 2020. Of two samples of one
    distribution of 10,000 each, coverage at five neighbours is about 0.97.

    Parameters
    ----------
    real, generated : (n, d) and (m, d) arrays
    neighbours : int
        A ball reaches to this neighbour of its centre.

    Raises
    ------
    UsageError
        As `frechet_distance`, and where a sample has no more rows than `neighbours`.
    """
    first, second = (np.asarray(one, np.float32) for one in _checked(real, generated))
    if not 1 <= neighbours < min(len(first), len(second)):
        raise UsageError(
            f"{neighbours} neighbours in samples of {len(first)} and {len(second)}: expected 1 to "
            f"{min(len(first), len(second)) - 1}"
        )
    reach_real = _reach(first, neighbours)
    reach_generated = _reach(second, neighbours)
    in_real = np.zeros(len(second))
    recalled = np.zeros(len(first), bool)
    covered = np.zeros(len(first), bool)
    for rows in _chunks(len(first)):
        apart = _squared(first[rows], second)
        inside = apart < reach_real[rows, None]
        in_real += inside.sum(0)
        covered[rows] = inside.any(1)
        recalled[rows] = (apart < reach_generated).any(1)
    return Neighbourhoods(
        float((in_real > 0).mean()),
        float(recalled.mean()),
        float(in_real.mean() / neighbours),
        float(covered.mean()),
    )


def nearest_rows(of: Features, among: Features) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest row of `among` for each row of `of`, and how far it is (Euclidean).

    Raises
    ------
    UsageError
        As `frechet_distance`.
    """
    first, second = (np.asarray(one, np.float32) for one in _checked(of, among))
    index = np.empty(len(first), np.int64)
    apart = np.empty(len(first))
    for rows in _chunks(len(first)):
        squared = _squared(first[rows], second)
        index[rows] = squared.argmin(1)
        apart[rows] = np.sqrt(squared.min(1).clip(0))
    return index, apart


def class_kl(counts: NDArray[np.int64], expected: NDArray[np.float64] | None = None) -> float:
    """Return the Kullback-Leibler divergence of counted classes from expected shares, in nats.

    Of n samples of the expected distribution over k classes it is about ``(k - 1) / 2n``.

    Parameters
    ----------
    counts : (k,) int64
        Samples of each class.
    expected : (k,) float64, optional
        Shares that add up to 1; all alike otherwise.

    Raises
    ------
    UsageError
        For no samples at all, or a class that is counted though nothing of it is expected.
    """
    total = int(counts.sum())
    if total < 1:
        raise UsageError("no samples were counted: a histogram needs at least one")
    shares = np.full(len(counts), 1 / len(counts)) if expected is None else expected
    seen = counts > 0
    if (shares[seen] <= 0).any():
        raise UsageError("samples were counted in a class that should have none")
    found = counts[seen] / total
    return float((found * np.log(found / shares[seen])).sum())


def modes_found(counts: NDArray[np.int64]) -> int:
    """Return how many classes have at least one sample."""
    return int((counts > 0).sum())


def _checked(first: Features, second: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if (
        one.ndim != 2
        or two.ndim != 2
        or one.shape[1] != two.shape[1]
        or min(len(one), len(two)) < 2
    ):
        raise UsageError(
            f"found samples {one.shape} and {two.shape}, expected (n, d) and (m, d) with at least "
            "two rows each"
        )
    if not (np.isfinite(one).all() and np.isfinite(two).all()):
        raise UsageError("a feature is no finite number: look at the images it was made from")
    return one, two


def _chunks(count: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]


def _squared(rows: Features, others: Features) -> NDArray[np.float32]:
    """Return squared Euclidean distances ``(rows, others)``."""
    lengths = np.einsum("ij,ij->i", rows, rows)[:, None] + np.einsum("ij,ij->i", others, others)
    found: NDArray[np.float32] = lengths - 2 * rows @ others.T
    return found


def _reach(rows: NDArray[np.float32], neighbours: int) -> NDArray[np.float32]:
    """Return the squared distance of each row to its k-th neighbour among the others."""
    reach = np.empty(len(rows), np.float32)
    for part in _chunks(len(rows)):
        apart = _squared(rows[part], rows)
        apart[np.arange(len(apart)), np.arange(part.start, part.stop)] = -np.inf  # itself
        reach[part] = np.partition(apart, neighbours, axis=1)[:, neighbours]
    return reach


def _cubic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel: NDArray[np.float64] = (x @ y.T / x.shape[1] + 1) ** 3
    return kernel

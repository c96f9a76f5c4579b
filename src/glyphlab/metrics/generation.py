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
from glyphlab.metrics.neighbourhoods import (
    Features,
    Neighbourhoods,
    checked,
    nearest_rows,
    neighbourhoods,
)

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
    first, second = checked(real, generated)
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
    first, second = checked(real, generated)
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


def _cubic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    kernel: NDArray[np.float64] = (x @ y.T / x.shape[1] + 1) ** 3
    return kernel

"""Neighbourhoods of samples in the space of features: who lies near whom.

Distances are Euclidean, between features from which the mean of the real ones has been taken: of
numbers with a common offset of a thousand, float32 has no digits left for their differences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError

__all__ = [
    "Features",
    "NearDuplicates",
    "Neighbourhoods",
    "checked",
    "near_duplicates",
    "nearest_others",
    "nearest_rows",
    "neighbourhoods",
]

CHUNK = 2_048
"""Rows of a table of distances that are held at once."""

Features = NDArray[np.float32] | NDArray[np.float64]


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


@dataclass(frozen=True)
class NearDuplicates:
    """Shares of generated samples that are nearer to another sample than real ones ever are.

    Attributes
    ----------
    of_training : float
        Share that is as near to a training sample as only `expected` of real ones are.
    among_generated : float
        Share that is as near to another generated sample as only `expected` of real ones are to
        another real one, in samples of one size.
    expected : float
        Share of real samples for which the same is true.
    """

    of_training: float
    among_generated: float
    expected: float


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
    first, second = _centred(real, generated)
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
    first, second = _centred(of, among)
    index = np.empty(len(first), np.int64)
    apart = np.empty(len(first))
    for rows in _chunks(len(first)):
        squared = _squared(first[rows], second)
        index[rows] = squared.argmin(1)
        apart[rows] = np.sqrt(squared.min(1).clip(0))
    return index, apart


def nearest_others(samples: Features) -> NDArray[np.float64]:
    """Return how far each row is from the nearest other one (Euclidean)."""
    own = _centred(samples, samples)[0]
    return np.asarray(np.sqrt(_reach(own, 1).clip(0)), np.float64)


def near_duplicates(
    generated: Features, training: Features, real: Features, *, expected: float = 0.01
) -> NearDuplicates:
    """Return how many generated samples are near copies: of training samples, or of each other.

    Parameters
    ----------
    generated, training, real : (n, d), (m, d) and (r, d) arrays
        `real` was not trained on: it says how near two different samples may be by chance.
    expected : float
        Share of the real that counts as too near.

    Raises
    ------
    UsageError
        As of `neighbourhoods`.
    """
    usual = nearest_rows(real, training)[1]
    found = nearest_rows(generated, training)[1]
    size = min(len(generated), len(real))
    among_real, among = nearest_others(real[:size]), nearest_others(generated[:size])
    return NearDuplicates(
        float((found < np.quantile(usual, expected)).mean()),
        float((among < np.quantile(among_real, expected)).mean()),
        expected,
    )


def _centred(first: Features, second: Features) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return two checked samples in float32, the mean of the first taken from both."""
    one, two = checked(first, second)
    middle = one.mean(0)
    return (one - middle).astype(np.float32), (two - middle).astype(np.float32)


def checked(first: Features, second: Features) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two samples as float64 that can be compared, or say why they cannot."""
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

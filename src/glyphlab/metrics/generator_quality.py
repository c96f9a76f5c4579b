"""Figures of generated samples on equal footing: as many real as generated ones, in the floor too.

The Fréchet distance of two samples of one distribution is above 0, by an amount that falls as 1/n,
and precision, recall, density and coverage all depend on how many samples there are on either side.
So each figure is computed from n real and n generated samples, and its floor, which real samples
reach, from n real and n other real ones. Where one side has several times n, the figures are means
over disjoint parts of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.generation import frechet_distance, kernel_distance
from glyphlab.metrics.neighbourhoods import Features, nearest_others, neighbourhoods

__all__ = ["GeneratorFigures", "WithinClass", "generator_figures", "within_class"]

MOST_PARTS = 5
TINY = 1e-12
SUBSET = 1_000
"""Rows of a subset of the kernel distance, at most."""
SUBSETS = 50
RESAMPLES = 40
MOST_OF_CLASS = 200
"""Samples of a class, at most, that are compared."""
LEAST_SHARE = 0.5
"""Of what real samples reach: below it, the generated ones of a class are taken as collapsed."""


@dataclass(frozen=True)
class GeneratorFigures:
    """Figures of generated samples beside what real ones reach at the same size.

    Attributes
    ----------
    samples : int
        Real, and generated, that each figure is computed from.
    parts : int
        Disjoint parts of the larger side that the figures are means over.
    frechet, kernel, precision, recall, density, coverage : float
        Of generated against real.
    floor : dict of str to float
        The same six of other real samples against real.
    """

    samples: int
    parts: int
    frechet: float
    kernel: float
    precision: float
    recall: float
    density: float
    coverage: float
    floor: dict[str, float]


@dataclass(frozen=True)
class WithinClass:
    """How much of each class is covered by generated samples of that class.

    Attributes
    ----------
    classes : tuple of int
        Those with enough samples on every side; the others are left out.
    coverage : tuple of float
        Share of real samples of the class whose ball holds a generated one of the class.
    floor : tuple of float
        The same of other real samples, a mean over ways to halve the real ones.
    distance : tuple of float
        Mean squared distance of two generated samples of the class over that of two real ones:
        0 where all are alike, 1 where they differ as real ones do.
    recall : tuple of float
        Share of real samples of the class in the ball of a generated one of the class.
    nearest : tuple of float
        Median distance of a generated sample of the class to the next generated one, over that of
        real samples, at one size: near 0 where a few are drawn again and again.
    threshold, recall_threshold, nearest_threshold : tuple of float
        Coverage, recall and `nearest` that count as little: half of what real samples reach, or
        what the lowest of the halves reached where that is less.
    collapsed : tuple of int
        Classes whose `nearest` is below its threshold, or coverage and recall both below theirs.
        Coverage alone is low, too, where samples are as different from each other as real ones are
        and unlike them.
    """

    classes: tuple[int, ...]
    coverage: tuple[float, ...]
    floor: tuple[float, ...]
    distance: tuple[float, ...]
    recall: tuple[float, ...]
    nearest: tuple[float, ...]
    threshold: tuple[float, ...]
    recall_threshold: tuple[float, ...]
    nearest_threshold: tuple[float, ...]
    collapsed: tuple[int, ...]


def generator_figures(
    real: Features,
    others: Features,
    generated: Features,
    *,
    most: int = 10_000,
    neighbours: int = 5,
    seed: int = 0,
) -> GeneratorFigures:
    """Return the figures of generated samples, and their floors, all at one size.

    Parameters
    ----------
    real, others, generated : (n, d), (m, d) and (g, d) arrays
        Real samples to compare with, other real ones for the floor, and generated ones, in the
        order in which they were drawn. The smallest of the three decides the size.
    most : int
        Largest size.
    neighbours : int
        Of precision, recall, density and coverage.
    seed : int
        Of the subsets of the kernel distance.

    Raises
    ------
    UsageError
        As of `frechet_distance` and `neighbourhoods`.
    """
    size = min(len(real), len(others), len(generated), most)
    if size <= neighbours:
        raise UsageError(
            f"found {len(real)} real, {len(others)} other real and {len(generated)} generated "
            f"samples, expected more than {neighbours} of each: draw more"
        )
    parts = 1 if size == most else min(MOST_PARTS, max(len(real), len(generated)) // size)
    again = 1 if size == most else min(MOST_PARTS, max(len(real), len(others)) // size)
    found, floors = (
        [
            _figures(_part(real, number, size), _part(second, number, size), neighbours, seed)
            for number in range(count)
        ]
        for second, count in ((generated, parts), (others, again))
    )
    floor = {name: float(np.mean([one[name] for one in floors])) for name in floors[0]}
    figures = {name: float(np.mean([one[name] for one in found])) for name in found[0]}
    return GeneratorFigures(samples=size, parts=parts, **figures, floor=floor)


def _part(samples: Features, number: int, size: int) -> Features:
    """Return the part of this number, beginning anew where there are no more."""
    start = number % (len(samples) // size) * size
    return samples[start : start + size]


def _figures(one: Features, two: Features, neighbours: int, seed: int) -> dict[str, float]:
    near = neighbourhoods(one, two, neighbours=neighbours)
    whole = len(one) <= SUBSET  # then every subset is the same
    kernel = kernel_distance(
        one, two, size=min(SUBSET, len(one)), subsets=1 if whole else SUBSETS, seed=seed
    )
    return {
        "frechet": frechet_distance(one, two), "kernel": kernel.mean, "precision": near.precision,
        "recall": near.recall, "density": near.density, "coverage": near.coverage,
    }  # fmt: skip


def within_class(
    real: Features,
    real_classes: NDArray[np.int64],
    generated: Features,
    generated_classes: NDArray[np.int64],
    *,
    neighbours: int = 5,
    seed: int = 0,
) -> WithinClass:
    """Return how much of each class generated samples cover, with an alarm for collapse inside it.

    A generator that draws one image of each class, again and again, has every class and may have
    them in the right shares. Inside a class it covers next to nothing. The threshold is calibrated
    on real samples: each class is halved at random many times, and one half compared with the
    other, at the same size as the generated ones are.

    Parameters
    ----------
    real, generated : (n, d) and (m, d) arrays
    real_classes, generated_classes : (n,) and (m,) int64
        Labels of the real ones; of the generated ones those asked for, or those recognized.
    neighbours : int
        A ball reaches to this neighbour of its centre.
    seed : int
        Of the halves.

    Raises
    ------
    UsageError
        Where samples and classes do not belong together.
    """
    if len(real) != len(real_classes) or len(generated) != len(generated_classes):
        raise UsageError(
            f"found {len(real)} real samples of {len(real_classes)} classes and {len(generated)} "
            f"generated of {len(generated_classes)}, expected one class a sample"
        )
    rng = numpy_rng(seed, "within-class")
    rows: dict[int, _OneClass] = {}
    for label in np.intersect1d(real_classes, generated_classes):
        one = np.asarray(real[real_classes == label], np.float64)
        two = np.asarray(generated[generated_classes == label], np.float64)
        size = min(len(one) // 2, len(two), MOST_OF_CLASS)
        if size > neighbours:
            rows[int(label)] = _of_one_class(one, two, size, neighbours, rng)
    found = list(rows.values())
    return WithinClass(
        classes=tuple(rows),
        coverage=tuple(one.reached[0] for one in found),
        floor=tuple(one.floor for one in found),
        distance=tuple(one.spread for one in found),
        recall=tuple(one.reached[1] for one in found),
        nearest=tuple(one.reached[2] for one in found),
        threshold=tuple(one.thresholds[0] for one in found),
        recall_threshold=tuple(one.thresholds[1] for one in found),
        nearest_threshold=tuple(one.thresholds[2] for one in found),
        collapsed=tuple(label for label, one in rows.items() if one.collapsed),
    )


@dataclass(frozen=True)
class _OneClass:
    """Coverage, recall and distance to the next sample that a class reaches, and what is little."""

    reached: tuple[float, float, float]
    thresholds: tuple[float, float, float]
    floor: float
    spread: float

    @property
    def collapsed(self) -> bool:
        covered, recalled, apart = np.less(self.reached, self.thresholds)
        return bool(apart or (covered and recalled))


def _of_one_class(
    real: NDArray[np.float64],
    generated: NDArray[np.float64],
    size: int,
    neighbours: int,
    rng: np.random.Generator,
) -> _OneClass:
    found, halves = [], []
    for number in range(RESAMPLES):
        order = rng.permutation(len(real))
        first, second = real[order[:size]], real[order[size : 2 * size]]
        usual = max(float(np.median(nearest_others(first))), TINY)
        halves.append(_reached(first, second, neighbours, usual))
        if number < MOST_PARTS:
            some = generated[rng.permutation(len(generated))[:size]]
            found.append(_reached(first, some, neighbours, usual))
    coverage, recall, apart = (float(one) for one in np.mean(found, axis=0))
    floor, usual_recall, _ = (float(one) for one in np.mean(halves, axis=0))
    lowest = np.min(halves, axis=0)
    half = LEAST_SHARE * np.array([floor, usual_recall, 1.0])
    covered, recalled, near = (float(one) for one in np.minimum(half, lowest))
    spread = float(generated.var(axis=0).sum() / max(real.var(axis=0).sum(), TINY))
    return _OneClass((coverage, recall, apart), (covered, recalled, near), floor, spread)


def _reached(
    first: NDArray[np.float64], second: NDArray[np.float64], neighbours: int, usual: float
) -> tuple[float, float, float]:
    near = neighbourhoods(first, second, neighbours=neighbours)
    return near.coverage, near.recall, float(np.median(nearest_others(second))) / usual

"""How far features lie from what their class usually shows: principal directions, class by class.

Features of one class vary in few directions. What those directions leave unexplained of an image,
for the class that the model names, says how little it is like that class: the residual of a
principal component analysis, as others use it for images from elsewhere [1]_, taken class by class
and in units of what is usual for the class.

References
----------
.. [1] H. Wang, Z. Li, L. Feng, W. Zhang, "ViM: out-of-distribution with virtual-logit matching",
   *CVPR* 2022, arXiv:2203.10807.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["TINY", "ClassSpaces"]

Floats = NDArray[np.float32]
Classes = NDArray[np.int64]
FEWEST = 20
"""Images of a class from which its own directions, and its own unit, are found."""
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class ClassSpaces:
    """Mean and principal directions of each class.

    Attributes
    ----------
    known : (classes,) int64
        Numbers of the classes that have a space of their own, and -1 for that of all other ones.
    means : (classes, d) float32
    directions : (classes, d, k) float32
        Orthonormal; columns of 0 where a class has fewer.
    units : (classes,) float32
        The distance that is usual for images of each class, in which distances are given.
    """

    known: Classes
    means: Floats
    directions: Floats
    units: Floats

    @classmethod
    def fit(cls, features: Floats, classes: Classes, share: float, most: int) -> Self:
        """Find the directions of each class with enough images, and of all images together.

        Parameters
        ----------
        features : (n, d) float32
        classes : (n,) int64
        share : float
            Of a class's variance that its directions explain, from 0 to 1.
        most : int
            Directions of a class at most; also no more than half of its images, of whose number
            an unexplained rest must be left.
        """
        numbers, counts = np.unique(classes, return_counts=True)
        known = [-1, *numbers[counts >= FEWEST].tolist()]
        found = []
        for one in known:
            rows = features if one < 0 else features[classes == one]
            found.append(_principal(rows.astype(np.float64), share, most))
        widest = max(1, *(vectors.shape[1] for _, vectors in found))
        directions = np.zeros((len(found), features.shape[1], widest), np.float32)
        for place, (_, vectors) in enumerate(found):
            directions[place, :, : vectors.shape[1]] = vectors
        means = np.stack([mean for mean, _ in found]).astype(np.float32)
        return cls(np.array(known, np.int64), means, directions, np.ones(len(known), np.float32))

    def in_units_of(self, features: Floats, classes: Classes, share: float) -> Self:
        """Return the same spaces with units: what a share of the images of a class do not exceed.

        Parameters
        ----------
        features : (n, d) float32
        classes : (n,) int64
        share : float
            From 0 to 1. A class with few images here has the unit of all images.
        """
        plain = replace(self, units=np.ones_like(self.units))
        distances = plain.distance(features, classes)
        everywhere = max(float(np.quantile(distances, share)), TINY)
        units = np.full(len(self.known), everywhere, np.float32)
        for place, one in enumerate(self.known):
            mine = distances[classes == one]
            if len(mine) >= FEWEST:
                units[place] = max(float(np.quantile(mine, share)), TINY)
        return replace(self, units=units)

    def distance(self, features: Floats, classes: Classes) -> Floats:
        """Return how much the class of each image leaves unexplained of it, ``(n,)``, in units."""
        place = {int(one): number for number, one in enumerate(self.known)}
        places = np.array([place.get(int(one), 0) for one in classes], np.int64)
        found = np.zeros(len(features), np.float32)
        for number in np.unique(places):
            rows = places == number
            off = features[rows] - self.means[number]
            rest = np.einsum("ij,ij->i", off, off)
            rest -= np.square(off @ self.directions[number]).sum(1)
            found[rows] = np.maximum(rest, 0) / self.units[number]
        return found


def _principal(
    rows: NDArray[np.float64], share: float, most: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of rows ``(n, d)``, and their principal directions ``(d, k)``."""
    mean = rows.mean(0)
    off = rows - mean
    values, vectors = np.linalg.eigh(off.T @ off)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    explained = np.cumsum(values) / max(values.sum(), TINY)
    wanted = int(np.searchsorted(explained, share)) + 1
    kept = max(0, min(wanted, most, len(rows) // 2, len(mean) - 1))
    return mean, vectors[:, :kept]

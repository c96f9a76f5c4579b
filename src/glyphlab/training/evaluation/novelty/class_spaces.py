"""How far features lie from what each class usually shows: principal directions, class by class.

Features of one class vary in few directions. What those directions leave unexplained of an image,
for the class that leaves least, says how little it is like any class: the residual of a
principal component analysis, as "virtual-logit matching" and others use it for images from
elsewhere [1]_, taken class by class.

References
----------
.. [1] H. Wang, Z. Li, L. Feng, W. Zhang, "ViM: out-of-distribution with virtual-logit matching",
   *CVPR* 2022, arXiv:2203.10807.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClassSpaces"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ClassSpaces:
    """Mean and principal directions of each class.

    Attributes
    ----------
    means : (classes, d) float32
    directions : (classes, d, k) float32
        Orthonormal; columns of 0 where a class has fewer.
    """

    means: Floats
    directions: Floats

    @classmethod
    def fit(cls, features: Floats, classes: NDArray[np.int64], share: float, most: int) -> Self:
        """Find the directions of each class that occurs.

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
        found = []
        for one in np.unique(classes):
            rows = features[classes == one].astype(np.float64)
            mean = rows.mean(0)
            values, vectors = np.linalg.eigh(np.cov(rows - mean, rowvar=False).reshape(
                len(mean), len(mean)))  # fmt: skip
            values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
            explained = np.cumsum(values) / max(values.sum(), 1e-12)
            wanted = int(np.searchsorted(explained, share)) + 1
            kept = max(0, min(wanted, most, len(rows) // 2, len(mean) - 1))
            found.append((mean, vectors[:, :kept]))
        widest = max(vectors.shape[1] for _, vectors in found)
        directions = np.zeros((len(found), features.shape[1], max(widest, 1)), np.float32)
        for place, (_, vectors) in enumerate(found):
            directions[place, :, : vectors.shape[1]] = vectors
        return cls(np.stack([mean for mean, _ in found]).astype(np.float32), directions)

    def distance(self, features: Floats) -> Floats:
        """Return the squared length ``(n,)`` that the nearest class leaves unexplained."""
        nearest = np.full(len(features), np.inf, np.float32)
        for mean, directions in zip(self.means, self.directions, strict=True):
            off = features - mean
            rest = np.einsum("nd,nd->n", off, off) - np.square(off @ directions).sum(1)
            np.minimum(nearest, rest, out=nearest)
        return np.maximum(nearest, 0)

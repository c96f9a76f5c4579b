"""Images that share a glyph are not independent: the variance of a mean over such images.

A glyph that is hard to read is hard in every image that shows it. The variance of a mean over
images is therefore a sum over all pairs of images that have a glyph in common, and not only over
each image with itself: the cluster-robust variance for several clusters at once [1]_, as it is used
for pairs that share a member [2]_. A pair counts once, however many glyphs it shares. The result is
never taken below the variance of independent images. Its ratio to that one is the design effect
[3]_: a mean over n images is as uncertain as one over n / (design effect) independent images.

References
----------
.. [1] A. C. Cameron, J. B. Gelbach, D. L. Miller, "Robust inference with multiway clustering",
   *Journal of Business & Economic Statistics* 29 (2011), 238-249.
.. [2] P. M. Aronow, C. Samii, V. A. Assenova, "Cluster-robust variance estimation for dyadic data",
   *Political Analysis* 23 (2015), 564-577.
.. [3] L. Kish, *Survey Sampling*, Wiley, 1965, chapter 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from glyphlab._common.errors import UsageError

__all__ = ["Clusters", "Glyphs", "clusters_of", "spread"]

Floats = NDArray[np.float64]
ROWS_AT_ONCE = 2_000
"""Images whose partners are counted at once."""
MOST_PAIRS = 500_000_000
"""Pairs that share a glyph; with more of them, a pair that shares several counts once for each."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Which of n images share which glyphs.

    Attributes
    ----------
    members : sparse array (glyphs, images)
        1 where an image shows a glyph, however often.
    shown : (images,) float64
        Number of different glyphs an image shows.
    again : sparse array (images, images)
        For two images that share several glyphs, the number of them less 1.
    distinct : int
        Number of different glyphs.
    uses : float
        Images a glyph is shown in, in the mean.
    """

    members: Any
    shown: Floats
    again: Any
    distinct: int
    uses: float

    @property
    def partners(self) -> float:
        """Other images that share a glyph with an image, in the mean."""
        uses = np.asarray(self.members.sum(axis=1)).ravel()
        pairs = float(np.square(uses).sum() - self.shown.sum() - self.again.sum())
        return pairs / len(self.shown)


Glyphs = Clusters | ArrayLike | None
"""Glyph ids ``(items, k)``, or what `clusters_of` made of them; None takes items as independent."""


def clusters_of(glyphs: Glyphs, items: int) -> Clusters | None:
    """Return which items share which glyphs, or None where that is unknown.

    Parameters
    ----------
    glyphs : (items, k) or (items,) array_like of int, Clusters or None
        Ids of the glyphs each item shows. An id below 0 is an unknown glyph, taken as shown nowhere
        else; where all are, nothing is known.
    items : int
        How many there should be.

    Raises
    ------
    UsageError
        Where these are no such ids.
    """
    if glyphs is None:
        return None
    if isinstance(glyphs, Clusters):
        if len(glyphs.shown) != items:
            raise UsageError(
                f"found glyphs of {len(glyphs.shown)} items and answers on {items}, expected the "
                "same items: pass the glyphs of this test set"
            )
        return glyphs
    ids = np.asarray(glyphs)
    ids = ids[:, None] if ids.ndim == 1 else ids
    if ids.ndim != 2 or len(ids) != items or ids.dtype.kind not in "iu":
        raise UsageError(
            f"found glyph ids of shape {np.shape(glyphs)} and type {ids.dtype}, expected whole "
            f"numbers of shape ({items}, k): pass the ids of the test images, or None where they "
            "are not known"
        )
    known = ids >= 0 if ids.dtype.kind == "i" else np.ones(ids.shape, bool)
    if not known.any():
        return None
    return _clusters(ids, known)


def _clusters(ids: NDArray[np.integer], known: NDArray[np.bool_]) -> Clusters:
    items, width = ids.shape
    named, codes = np.unique(ids[known], return_inverse=True)
    unknown = int((~known).sum())
    columns = np.empty(ids.shape, np.int64)
    columns[known] = codes
    columns[~known] = len(named) + np.arange(unknown)
    rows = np.repeat(np.arange(items), width)
    shape = (len(named) + unknown, items)
    members = sparse.csr_array((np.ones(ids.size), (columns.ravel(), rows)), shape=shape)
    members.sum_duplicates()
    members.data[:] = 1
    shown = np.bincount(members.indices, minlength=items).astype(np.float64)
    uses = np.diff(members.indptr).astype(np.float64)
    alone = width == 1 or np.square(uses).sum() > MOST_PAIRS
    again = sparse.csr_array((items, items)) if alone else _shared_again(members)
    return Clusters(members, shown, again, len(uses), float(uses.mean()))


def _shared_again(members: Any) -> Any:
    """Return, for pairs of images that share several glyphs, their number less 1."""
    columns = members.tocsc()
    items = columns.shape[1]
    rows, others, counts = [], [], []
    for start in range(0, items, ROWS_AT_ONCE):
        part = (columns[:, start : start + ROWS_AT_ONCE].T @ members).tocoo()
        several = (part.data > 1.5) & (part.row + start != part.col)
        rows.append(part.row[several] + start)
        others.append(part.col[several])
        counts.append(part.data[several] - 1)
    where = (np.concatenate(rows), np.concatenate(others))
    return sparse.csr_array((np.concatenate(counts), where), shape=(items, items))


def spread(values: NDArray[Any], clusters: Clusters | None) -> tuple[Floats, Floats]:
    """Return the variance of means over items, with shared glyphs and without.

    Parameters
    ----------
    values : (..., items) array
        One mean over the last axis each.
    clusters : Clusters or None

    Returns
    -------
    clustered, plain : (...) float64
        The first is never below the second, which takes the items as independent.
    """
    items = values.shape[-1]
    apart = values - values.mean(axis=-1, keepdims=True, dtype=np.float64)
    plain = np.asarray(np.einsum("...i,...i->...", apart, apart) / items**2)
    if clusters is None:
        return plain, plain
    table = np.ascontiguousarray(apart.reshape(-1, items).T)  # (items, means)
    sums = clusters.members @ table
    found = np.einsum("gm,gm->m", sums, sums)
    found -= np.einsum("im,im,i->m", table, table, clusters.shown - 1)
    if clusters.again.nnz:
        found -= np.einsum("im,im->m", table, clusters.again @ table)
    return np.maximum(found.reshape(plain.shape) / items**2, plain), plain

"""From images to what scikit-learn models take: flat floats in 0..1."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from glyphlab._common.errors import UsageError

__all__ = ["PixelScaler"]

NUMBERS = (np.float64, np.float32, np.uint8)
"""What stays as it is; the first is what lists and other numbers become."""
SPARSE = 1 / 3
"""Pixels are listed where fewer than this share of them have ink: a place costs as much again."""


class PixelScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Scale pixels to 0..1, once images and labels are found to fit what follows.

    Parameters
    ----------
    components : int, optional
        Principal components that will be asked of the pixels.
    neighbors : int, optional
        Neighbours that will be asked of the images.
    listed : bool
        Hand on a list of the pixels with ink, a CSR matrix, where few have any: some solvers visit
        an image at a time, and then nothing but its ink.

    Attributes
    ----------
    listed_ : bool
        Whether `transform` returns such a list.
    """

    def __init__(
        self, *, components: int | None = None, neighbors: int | None = None, listed: bool = False
    ) -> None:
        self.components = components
        self.neighbors = neighbors
        self.listed = listed

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Remember the number of pixels.

        Parameters
        ----------
        X : (n, pixels) array
            uint8 from 0 to 255, or float as it should be seen (0..1 for images).
        y : (n,) array, optional
            One class an image.

        Raises
        ------
        UsageError
            For more classes than images, a single class, more components than images or pixels, or
            more neighbours than images.
        ValueError
            For arrays that do not fit each other (as scikit-learn does).
        """
        rows = validate_data(self, X, dtype=NUMBERS)
        count, features = rows.shape
        if y is not None:
            _check_classes(np.asarray(y), count)
        if self.components is not None and self.components > min(count, features):
            raise UsageError(
                f"pca = {self.components} components of {count} images of {features} pixels: at "
                f"most {min(count, features)} are possible, or give a share of the variance as 0.95"
            )
        if self.neighbors is not None and self.neighbors > count:
            raise UsageError(
                f"neighbors = {self.neighbors}, but there are {count} images: at most {count}"
            )
        self.listed_ = self.listed and np.count_nonzero(rows) < SPARSE * rows.size
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Return float32 pixels in 0..1 ``(n, pixels)``, an array or a list of those with ink.

        Floats are left as they are.
        """
        check_is_fitted(self, "listed_")
        rows = validate_data(self, X, reset=False, dtype=NUMBERS)
        scaled = rows / np.float32(255) if rows.dtype == np.uint8 else rows
        return sparse.csr_matrix(scaled) if self.listed_ else scaled


def _check_classes(labels: NDArray[Any], count: int) -> None:
    if labels.shape != (count,):
        raise UsageError(
            f"labels have shape {labels.shape} for {count} images: give one class an image"
        )
    classes = len(np.unique(labels))
    if classes < 2:
        raise UsageError(f"all {count} labels are one class: give at least two classes")
    if classes == count > 2:
        raise UsageError(
            f"{classes} classes for {count} images, one each: nothing is seen twice; give more "
            "images a class, or labels that are classes"
        )

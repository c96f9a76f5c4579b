"""Probabilities for classifiers that only have margins."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from glyphlab.models.sklearn.class_pairs import class_margins, gamma_of, pair_margins, votes

__all__ = ["MarginProbabilities"]

_KERNELS = ("linear", "poly", "rbf")
"""Those that pairs of classes are read with here; all others are left to the machine."""


class MarginProbabilities(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Give a support vector machine a ``predict_proba``: the softmax of its margins.

    They order the classes and rank the images by how sure the machine is; they are *not*
    calibrated. Where they must be, wrap the model in scikit-learn's ``CalibratedClassifierCV``,
    which fits it several times over. Predictions stay the machine's own, which count the votes of
    pairs of classes: among near ties the likeliest class may be another one.

    Dense images of three classes or more are read by
    `glyphlab.models.sklearn.class_pairs`, to the same margins many times sooner than by
    the machine itself.

    Parameters
    ----------
    estimator : SVC
        With a ``decision_function`` of one column a class.

    Attributes
    ----------
    gamma_ : float
        What the machine's ``gamma`` stands for on the training images.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit a clone of the estimator."""
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.gamma_ = (
            gamma_of(self.estimator_, np.asarray(X, np.float64))
            if not issparse(X)
            else float("nan")
        )
        self.classes_ = self.estimator_.classes_
        self.n_features_in_ = self.estimator_.n_features_in_
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the estimator's own predictions ``(n,)``."""
        check_is_fitted(self, "estimator_")
        if not self._in_pairs(X):
            alone: NDArray[Any] = self.estimator_.predict(X)
            return alone
        margins = pair_margins(self.estimator_, self.gamma_, self._checked(X))
        predicted: NDArray[Any] = self.classes_[votes(margins, len(self.classes_))]
        return predicted

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the margins ``(n, classes)``, ``(n,)`` for two classes."""
        check_is_fitted(self, "estimator_")
        if not self._in_pairs(X):
            alone: NDArray[np.float64] = self.estimator_.decision_function(X)
            return alone
        pairs = pair_margins(self.estimator_, self.gamma_, self._checked(X))
        return class_margins(pairs, len(self.classes_))

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the softmax of the margins, ``(n, classes)``."""
        margins = np.asarray(self.decision_function(X), np.float64)
        if margins.ndim == 1:
            second = expit(margins)
            return np.stack([1 - second, second], axis=1)
        shares: NDArray[np.float64] = softmax(margins, axis=1)
        return shares

    def _in_pairs(self, X: ArrayLike) -> bool:
        dense = not issparse(X) and isinstance(self.estimator_.support_vectors_, np.ndarray)
        known = self.estimator_.kernel in _KERNELS and not self.estimator_.break_ties
        return len(self.classes_) > 2 and dense and known

    def _checked(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return images as an array; with scikit-learn's errors where they are none."""
        checked: NDArray[np.float64] = validate_data(self.estimator_, X, reset=False)
        return checked

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = get_tags(self.estimator).input_tags.sparse
        return tags

"""Probabilities for classifiers that only have margins."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

__all__ = ["MarginProbabilities"]


class MarginProbabilities(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Give a support vector machine a ``predict_proba``: the softmax of its margins.

    They order the classes and rank the images by how sure the machine is; they are *not*
    calibrated. Where they must be, wrap the model in scikit-learn's ``CalibratedClassifierCV``,
    which fits it several times over. Predictions stay the machine's own, which count the votes of
    pairs of classes: among near ties the likeliest class may be another one.

    Parameters
    ----------
    estimator : classifier
        With a ``decision_function`` of one column a class.
    """

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit a clone of the estimator."""
        self.estimator_ = clone(self.estimator).fit(X, y)
        self.classes_ = self.estimator_.classes_
        self.n_features_in_ = self.estimator_.n_features_in_
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the estimator's own predictions ``(n,)``."""
        check_is_fitted(self, "estimator_")
        predicted: NDArray[Any] = self.estimator_.predict(X)
        return predicted

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the margins ``(n, classes)``, ``(n,)`` for two classes."""
        check_is_fitted(self, "estimator_")
        margins: NDArray[np.float64] = self.estimator_.decision_function(X)
        return margins

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the softmax of the margins, ``(n, classes)``."""
        margins = np.asarray(self.decision_function(X), np.float64)
        if margins.ndim == 1:
            second = expit(margins)
            return np.stack([1 - second, second], axis=1)
        shares: NDArray[np.float64] = softmax(margins, axis=1)
        return shares

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = get_tags(self.estimator).input_tags.sparse
        return tags

"""The scikit-learn face of our logistic regression."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from glyphlab.models.logistic.path import SoftmaxFit, fit_path

__all__ = ["SoftmaxRegression"]

CHUNK = 4096
NUMBERS = (np.float64, np.float32, np.uint8)
"""What stays as it is; the first is what lists and other numbers become."""


class SoftmaxRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multinomial logistic regression with scikit-learn's objective, for many large images.

    Parameters
    ----------
    C : float
        Inverse strength of the squared penalty, > 0.
    max_iter : int
        Most steps of L-BFGS.
    tol : float
        Largest gradient entry at the end, as in ``LogisticRegression``.
    decrease : float
        Largest mean relative decrease an iteration at the end; both must hold.
    precision : {'float32', 'float64', 'bfloat16'}
        As in `fit_path`.

    Attributes
    ----------
    classes_ : (classes,) array
    coef_ : (classes, features) array; (1, features) for two classes
        Weights on pixels in 0..1.
    intercept_ : (classes,) array; (1,) for two classes
    n_iter_ : int
        Steps taken.
    objective_ : float
        ``0.5 * ||coef_||² + C * sum of log-losses`` on the training images.
    n_features_in_ : int
        Pixels of an image.
    backend_ : {'torch', 'numba'}
        What multiplied.

    Notes
    -----
    No step is random, so there is no ``random_state``. Several values of C are cheaper together:
    `fit_path`.
    """

    def __init__(
        self,
        C: float = 1.0,
        *,
        max_iter: int = 500,
        tol: float = 1e-4,
        decrease: float = 1e-4,
        precision: str = "float32",
    ) -> None:
        self.C = C
        self.max_iter = max_iter
        self.tol = tol
        self.decrease = decrease
        self.precision = precision

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Fit to images and labels.

        Parameters
        ----------
        X : (n, features) array
            uint8 is read as 0..1, floats as they are.
        y : (n,) array
            At least two classes.

        Raises
        ------
        ValueError
            For arrays that do not fit each other (as scikit-learn does).
        UsageError
            For a parameter out of range, or a single class.

        Warns
        -----
        ConvergenceWarning
            Where `max_iter` steps were too few.
        """
        rows, labels = validate_data(self, X, y, dtype=NUMBERS)
        check_classification_targets(labels)
        (result,) = fit_path(
            rows,
            labels,
            [self.C],
            max_iter=self.max_iter,
            tol=self.tol,
            decrease=self.decrease,
            precision=self.precision,
        )
        return self.take(result)

    def take(self, result: SoftmaxFit) -> Self:
        """Become what `fit_path` found for one C, perhaps together with others.

        Warns
        -----
        ConvergenceWarning
            Where `max_iter` steps were too few.
        """
        if not result.converged:
            warnings.warn(
                f"C = {self.C:g} not converged after {result.iterations} iterations (largest "
                f"gradient entry {result.gradient:.1e}, tol {self.tol:.1e}): raise max_iter or tol",
                ConvergenceWarning,
                stacklevel=3,
            )
        self.classes_ = result.classes
        self.coef_, self.intercept_ = result.coef, result.intercept
        self.n_iter_, self.objective_ = result.iterations, result.objective
        self.n_features_in_ = result.coef.shape[1]
        self.backend_ = result.backend
        return self

    def decision_function(self, X: ArrayLike) -> NDArray[Any]:
        """Return logits ``(n, classes)``; ``(n,)`` of the second class for two classes."""
        check_is_fitted(self, "coef_")
        rows = validate_data(self, X, reset=False, dtype=NUMBERS)
        scale = 1 / 255 if rows.dtype == np.uint8 else 1.0
        weights = self.coef_.T * self.coef_.dtype.type(scale)
        logits = np.empty((len(rows), weights.shape[1]), self.coef_.dtype)
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK].astype(self.coef_.dtype)
            logits[start : start + CHUNK] = part @ weights + self.intercept_
        return logits[:, 0] if logits.shape[1] == 1 else logits

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likeliest class of each image, ``(n,)``."""
        logits = self.decision_function(X)
        index = (logits > 0).astype(np.int64) if logits.ndim == 1 else logits.argmax(1)
        predicted: NDArray[Any] = self.classes_[index]
        return predicted

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return class probabilities ``(n, classes)``."""
        logits = self.decision_function(X).astype(np.float64)
        if logits.ndim == 1:
            logits = np.stack([np.zeros_like(logits), logits], axis=1)
        shares: NDArray[np.float64] = np.exp(logits - logits.max(1, keepdims=True))
        shares /= shares.sum(1, keepdims=True)
        return shares

"""The scikit-learn face of our logistic regression."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from glyphlab._common.errors import UsageError
from glyphlab.models.logistic import SoftmaxRegression

pytestmark = pytest.mark.usefixtures("one_thread")

DIGITS = load_digits()
X = (DIGITS.data * 15).astype(np.uint8)
Y = DIGITS.target
TRAIN, TEST = slice(0, 400), slice(400, 600)


@parametrize_with_checks([SoftmaxRegression()])
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("labels", [Y, Y % 2, np.array(["even", "odd"])[Y % 2]])
def test_reads_like_scikit_learn(labels: Any) -> None:
    ours = SoftmaxRegression(tol=1e-6, decrease=1e-8, precision="float64")
    ours.fit(X[TRAIN], labels[TRAIN])
    theirs = LogisticRegression(tol=1e-7, max_iter=5000).fit(X[TRAIN] / 255, labels[TRAIN])
    probabilities = ours.predict_proba(X[TEST])
    np.testing.assert_allclose(probabilities, theirs.predict_proba(X[TEST] / 255), atol=1e-3)
    np.testing.assert_array_equal(ours.classes_[probabilities.argmax(1)], ours.predict(X[TEST]))
    np.testing.assert_array_equal(ours.predict(X[TEST]), theirs.predict(X[TEST] / 255))
    assert ours.decision_function(X[TEST]).shape == theirs.decision_function(X[TEST]).shape
    assert ours.score(X[TEST], labels[TEST]) > 0.8


def test_uint8_and_floats_are_the_same_images() -> None:
    whole = SoftmaxRegression().fit(X[TRAIN], Y[TRAIN])
    floats = SoftmaxRegression().fit(X[TRAIN] / 255, Y[TRAIN])
    np.testing.assert_allclose(whole.coef_, floats.coef_, atol=2e-3)
    np.testing.assert_allclose(
        whole.predict_proba(X[TEST]), whole.predict_proba(X[TEST] / 255), atol=1e-5
    )


def test_clone_pickle_and_attributes() -> None:
    reader = SoftmaxRegression(C=0.5, max_iter=300, tol=1e-3)
    assert clone(reader).get_params() == reader.get_params()
    reader.fit(X[TRAIN], Y[TRAIN])
    again = pickle.loads(pickle.dumps(reader))
    np.testing.assert_array_equal(again.predict(X[TEST]), reader.predict(X[TEST]))
    assert reader.coef_.shape == (10, 64)
    assert reader.intercept_.shape == (10,)
    assert reader.n_iter_ >= 1
    assert reader.objective_ > 0
    assert reader.n_features_in_ == 64


def test_what_goes_wrong_is_said() -> None:
    with pytest.warns(ConvergenceWarning, match="not converged after 2 iterations"):
        SoftmaxRegression(max_iter=2).fit(X[TRAIN], Y[TRAIN])
    with pytest.raises(UsageError, match="C = -1: must be a finite number above 0"):
        SoftmaxRegression(C=-1).fit(X[TRAIN], Y[TRAIN])
    with pytest.raises(ValueError, match="one class"):
        SoftmaxRegression().fit(X[:5], np.zeros(5))
    with pytest.raises(ValueError, match="NaN"):
        SoftmaxRegression().fit(np.full((5, 3), np.nan), np.arange(5) % 2)
    with pytest.raises(NotFittedError):
        SoftmaxRegression().predict(X)

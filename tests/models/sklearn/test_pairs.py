"""Margins by matrix products, against those of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.svm import SVC

from glyphlab.models.sklearn import MarginProbabilities
from glyphlab.models.sklearn import class_pairs as p

DIGITS = load_digits()
X, Y = DIGITS.data / 16, DIGITS.target


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"gamma": "auto", "C": 10},
        {"gamma": 0.3},
        {"kernel": "linear", "C": 0.01},
        {"kernel": "poly", "degree": 3},
        {"kernel": "poly", "degree": 2, "coef0": 1.0, "gamma": "auto"},
    ],
)
def test_the_margins_are_those_of_the_machine(
    settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(p, "CHUNK", 300)  # several, the last of them smaller
    ours = MarginProbabilities(SVC(**settings)).fit(X[:700], Y[:700])
    theirs = ours.estimator_
    np.testing.assert_allclose(
        ours.decision_function(X[700:]), theirs.decision_function(X[700:]), atol=1e-9
    )
    np.testing.assert_array_equal(ours.predict(X[700:]), theirs.predict(X[700:]))
    one_by_one = SVC(**settings, decision_function_shape="ovo").fit(X[:700], Y[:700])
    np.testing.assert_allclose(
        p.pair_margins(theirs, ours.gamma_, X[700:]),
        one_by_one.decision_function(X[700:]),
        atol=1e-9,
    )


def test_of_equals_the_first_class_wins() -> None:
    round_about = np.array([[1.0, -1.0, 1.0]])  # 0 beats 1, 2 beats 0, 1 beats 2
    assert p.votes(round_about, 3).tolist() == [0]
    assert p.votes(np.array([[-1.0, -1.0, 0.0]]), 3).tolist() == [2]  # 0 is no win


def test_classes_with_names_and_no_image() -> None:
    names = np.array(list("abcdefghij"))
    ours = MarginProbabilities(SVC()).fit(X[:300], names[Y[:300]])
    assert ours.predict(X[300:302]).tolist() == ours.estimator_.predict(X[300:302]).tolist()
    with pytest.raises(ValueError, match="features"):
        ours.predict(X[:5, :10])


def test_two_classes_and_constant_images() -> None:
    two = Y < 2
    ours = MarginProbabilities(SVC()).fit(X[two], Y[two])
    np.testing.assert_array_equal(ours.predict(X[two]), ours.estimator_.predict(X[two]))
    assert p.gamma_of(SVC(), np.ones((4, 3))) == 1.0

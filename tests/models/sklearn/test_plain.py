"""Accelerated models are kept as scikit-learn's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from glyphlab.models.sklearn import build_classical
from glyphlab.models.sklearn.plain import plain_of
from glyphlab.models.sklearn.skops_files import from_bytes, to_bytes
from glyphlab.recipes.sklearn_settings import ClassicalSettings

X, Y = load_digits(return_X_y=True)
X = X.astype(np.uint8)
WAYS: list[tuple[str, dict[str, Any], float]] = [
    ("svm", {}, 1e-6),
    ("svm", {"kernel": "poly"}, 1e-6),
    ("svm", {"kernel": "linear"}, 1e-6),
    ("forest", {}, 1e-6),
    ("forest", {"max_depth": 3}, 0.3),
    ("knn", {}, 0.3),
    ("logistic", {}, 1e-6),
]


@pytest.mark.parametrize(("name", "settings", "apart"), WAYS)
def test_a_model_of_scikit_learn_is_kept_as_it_is(
    name: str, settings: dict[str, Any], apart: float
) -> None:
    model = build_classical(ClassicalSettings.of(name, **settings), 0).fit(X[:200], Y[:200])
    kept = plain_of(model)
    assert [step for _, step in kept.steps] == [step for _, step in model.steps]


@pytest.mark.parametrize("classes", [10, 2])
@pytest.mark.parametrize(("name", "settings", "apart"), WAYS)
def test_what_the_accelerator_learned_is_read_without_it(
    name: str, settings: dict[str, Any], apart: float, classes: int
) -> None:
    pytest.importorskip("sklearnex")
    here = classes > Y
    images, labels = X[here], Y[here]
    model = build_classical(ClassicalSettings.of(name, accelerate=True, **settings), 0)
    model.fit(images[:150], labels[:150])
    (kept,) = from_bytes(to_bytes([model]), "here")
    assert not any(type(step).__module__.startswith("sklearnex") for _, step in kept.steps)
    there = kept.predict_proba(images[150:])
    np.testing.assert_allclose(there, model.predict_proba(images[150:]), atol=apart)
    assert (kept.predict(images[150:]) == model.predict(images[150:])).mean() > 0.9

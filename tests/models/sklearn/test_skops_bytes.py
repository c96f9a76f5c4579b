"""The same fit is the same file, byte for byte."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline

from glyphlab.models.sklearn import build_classical
from glyphlab.models.sklearn.skops_files import from_bytes, to_bytes
from glyphlab.recipes.sklearn_settings import ClassicalSettings

IMAGES, LABELS = load_digits(return_X_y=True)
IMAGES = (IMAGES[:200] * 15).astype(np.uint8)
LABELS = LABELS[:200]


def named(name: str, **settings: Any) -> Any:
    return lambda: build_classical(ClassicalSettings.of(name, **settings), 0)


def own(model: Any, **settings: Any) -> Any:
    return lambda: Pipeline([("classify", model(**settings))])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "make",
    [
        named("logistic"),
        named("logistic", solver="softmax"),
        named("svm"),
        named("forest", n_estimators=3),
        named("knn"),
        own(GaussianNB),
        own(MLPClassifier, hidden_layer_sizes=(4,), max_iter=3, random_state=0),
        own(HistGradientBoostingClassifier, max_iter=2, random_state=0),
    ],
    ids=["logistic", "softmax", "svm", "forest", "knn", "bayes", "mlp", "boosting"],
)
def test_the_same_fit_is_the_same_bytes(make: Any) -> None:
    fitted = []
    for _ in range(3):
        _garbage = np.frombuffer(np.random.default_rng().bytes(100_000), np.uint8).copy()
        fitted.append(make().fit(IMAGES, LABELS))
    contents = {to_bytes([one, one]) for one in fitted}
    assert len(contents) == 1
    content = contents.pop()
    assert to_bytes(fitted[:2]) == to_bytes(fitted[1:])
    if isinstance(fitted[0][-1], HistGradientBoostingClassifier):
        return  # it holds types that are not read back
    first, second = from_bytes(content, "model.skops")
    expected = fitted[0].predict(IMAGES)
    for one in (first, second):
        np.testing.assert_array_equal(one.predict(IMAGES), expected)

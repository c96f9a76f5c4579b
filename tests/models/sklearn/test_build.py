"""Every classical model by name fits, reads and is repeated."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from glyphlab._common.errors import UsageError
from glyphlab.models.sklearn import MarginProbabilities, PixelScaler, backend_of, build_classical
from glyphlab.models.sklearn.class_pairs import class_margins
from glyphlab.recipes.sklearn_settings import SOLVERS, ClassicalSettings

pytestmark = pytest.mark.usefixtures("one_thread")

DIGITS = load_digits(n_class=5)
IMAGES = (DIGITS.data * 15).astype(np.uint8)
X, Y = IMAGES[:200], DIGITS.target[:200]
TEST, TRUE = IMAGES[200:300], DIGITS.target[200:300]

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "logistic": ("logistic", {}),
    "l1": ("logistic", {"penalty": "l1", "C": 10.0, "tol": 1e-2}),
    "elasticnet": ("logistic", {"penalty": "elasticnet", "tol": 1e-2}),
    "none": ("logistic", {"penalty": "none"}),
    "softmax": ("logistic", {"solver": "softmax"}),
    "linear": ("svm", {"kernel": "linear"}),
    "poly": ("svm", {"kernel": "poly", "degree": 2}),
    "rbf": ("svm", {"C": 10.0, "gamma": 0.05}),
    "forest": ("forest", {"n_estimators": 30, "max_depth": 8}),
    "knn": ("knn", {"neighbors": 3, "weights": "distance"}),
}


def build(way: str, **more: Any) -> Any:
    name, settings = WAYS[way]
    return build_classical(ClassicalSettings.of(name, **settings, **more), random_state=0)


@pytest.mark.parametrize("pca", [None, 20, 0.9], ids=["pixels", "20", "90 %"])
@pytest.mark.parametrize("way", WAYS)
def test_fits_reads_and_is_repeated(way: str, pca: int | float | None) -> None:
    model = build(way, pca=pca)
    assert clone(model).get_params(deep=False).keys() == model.get_params(deep=False).keys()
    model.fit(X, Y)
    assert model.classes_.tolist() == [0, 1, 2, 3, 4]
    assert model.score(TEST, TRUE) > 0.75
    shares = model.predict_proba(TEST)
    assert shares.shape == (100, 5)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)
    assert (model.classes_[shares.argmax(1)] == model.predict(TEST)).mean() > 0.95
    again = clone(model).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(TEST), shares)
    kept = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(kept.predict(TEST), model.predict(TEST))


@pytest.mark.parametrize("solver", sorted(SOLVERS))
def test_every_solver_with_every_penalty_it_knows(solver: str) -> None:
    for penalty in SOLVERS[solver]:
        # Three components cannot be separated without error, so that no penalty has an optimum.
        settings = ClassicalSettings.of(
            "logistic", solver=solver, penalty=penalty, tol=1e-3, max_iter=5000, pca=3
        )
        model = build_classical(settings, 0).fit(X, Y % 2)
        assert 0.6 < model.score(X, Y % 2) < 1


def test_same_as_scikit_learn_by_hand() -> None:
    by_hand = {
        "logistic": LogisticRegression(max_iter=1000),
        "linear": SVC(kernel="linear"),
        "poly": SVC(kernel="poly", degree=2),
        "rbf": SVC(C=10.0, gamma=0.05),
        "forest": RandomForestClassifier(n_estimators=30, max_depth=8, random_state=0),
        "knn": KNeighborsClassifier(3, weights="distance"),
    }
    scaled, test = X / np.float32(255), TEST / np.float32(255)
    for way, model in by_hand.items():
        expected = model.fit(scaled, Y).predict(test)
        np.testing.assert_array_equal(build(way).fit(X, Y).predict(TEST), expected)


def test_penalties_are_those_asked_for() -> None:
    coefs = {way: build(way).fit(X, Y)[-1].coef_ for way in ("logistic", "l1", "none")}
    assert (coefs["l1"] == 0).mean() > (coefs["logistic"] == 0).mean() + 0.1
    assert np.abs(coefs["none"]).sum() > 3 * np.abs(coefs["logistic"]).sum()


def test_forest_draws_by_its_seed() -> None:
    settings = ClassicalSettings.of("forest", n_estimators=3, max_depth=3)
    one, two = (build_classical(settings, seed).fit(X, Y).predict_proba(TEST) for seed in (0, 1))
    assert (one != two).any()
    jobs = build_classical(settings, 0, n_jobs=2).fit(X, Y).predict_proba(TEST)
    np.testing.assert_allclose(jobs, one)


def test_two_classes_and_words() -> None:
    words = np.array(["even", "odd"])[Y % 2]
    for way in ("linear", "softmax", "knn"):
        model = build(way).fit(X, words)
        assert model.classes_.tolist() == ["even", "odd"]
        shares = model.predict_proba(TEST)
        assert shares.shape == (100, 2)
        np.testing.assert_array_equal(model.classes_[shares.argmax(1)], model.predict(TEST))


@pytest.mark.parametrize(
    ("settings", "rows", "labels", "message"),
    [
        (
            ClassicalSettings.of("knn", pca=30),
            X[:20],
            Y[:20],
            r"pca = 30 components of 20 images of 64 pixels: at most 20 are possible",
        ),
        (ClassicalSettings.of("knn", pca=65), X, Y, "at most 64 are possible"),
        (ClassicalSettings.of("knn"), X[:4], Y[:4] % 2, "neighbors = 5, but there are 4 images"),
        (ClassicalSettings.of("svm"), X[:9], np.arange(9), "9 classes for 9 images, one each"),
        (ClassicalSettings.of("svm"), X, np.zeros(200), "all 200 labels are one class"),
        (ClassicalSettings.of("svm"), X, np.zeros((200, 3)), r"labels have shape \(200, 3\)"),
    ],
)
def test_images_that_do_not_fit_the_settings(
    settings: ClassicalSettings, rows: Any, labels: Any, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        build_classical(settings, 0).fit(rows, labels)


def test_pixels_become_shares_of_ink() -> None:
    scaler = PixelScaler().fit(X)
    scaled = scaler.transform(X)
    assert scaled.dtype == np.float32
    assert scaled.max() <= 1
    np.testing.assert_allclose(scaled * 255, X, atol=1e-4)
    np.testing.assert_array_equal(scaler.transform(X / 2.0), X / 2.0)


def test_few_pixels_with_ink_are_listed() -> None:
    ink = X.copy()
    ink[:, :48] = 0
    scaler = PixelScaler(listed=True).fit(ink)
    np.testing.assert_array_equal(
        scaler.transform(ink).toarray(), PixelScaler().fit(ink).transform(ink)
    )
    assert scaler.transform(ink).dtype == np.float32
    full = PixelScaler(listed=True).fit(np.maximum(X, 1))
    assert isinstance(full.transform(X), np.ndarray)


@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_solvers_that_visit_images_one_by_one_find_the_same_optimum(solver: str) -> None:
    ink = X.copy()
    ink[:, :48] = 0
    settings = ClassicalSettings.of("logistic", solver=solver, C=0.01, tol=1e-7, max_iter=5000)
    listed = build_classical(settings, 0).fit(ink, Y)
    assert dict(listed.steps)["pixels"].listed_
    plain = LogisticRegression(C=0.01, tol=1e-9, max_iter=5000).fit(ink / 255, Y)
    np.testing.assert_allclose(listed.predict_proba(ink), plain.predict_proba(ink / 255), atol=1e-4)


# reasons are none: both pass every check
@parametrize_with_checks([PixelScaler(), MarginProbabilities(SVC())])
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_engine_is_named() -> None:
    import sklearn

    assert backend_of(build("rbf").fit(X, Y)) == f"scikit-learn {sklearn.__version__}"


def test_margins_of_classes_are_those_of_scikit_learn() -> None:
    model = build("rbf").fit(X, Y)[-1]
    machine = model.estimator_
    scaled = build("rbf").fit(X, Y)[:-1].transform(TEST)
    np.testing.assert_allclose(
        model.decision_function(scaled), machine.decision_function(scaled), atol=1e-9
    )
    machine.decision_function_shape = "ovo"
    pairs = machine.decision_function(scaled)
    machine.decision_function_shape = "ovr"
    expected = machine.decision_function(scaled)
    assert np.array_equal(class_margins(pairs, len(machine.classes_)), expected)

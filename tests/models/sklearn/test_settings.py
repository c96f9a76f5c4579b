"""What a classical model may be told, and what is said where it may not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from glyphlab._common.errors import RecipeError
from glyphlab.recipes.sklearn_settings import (
    CLASSICAL_MODELS,
    PENALTIES,
    SOLVERS,
    ClassicalSettings,
)


@pytest.mark.parametrize("name", CLASSICAL_MODELS)
def test_defaults_are_filled_in_and_kept(name: str) -> None:
    settings = ClassicalSettings.of(name)
    content = settings.model_dump(mode="json")
    assert {key: content[key] for key in CLASSICAL_MODELS[name]} == dict(CLASSICAL_MODELS[name])
    assert ClassicalSettings.model_validate(content) == settings
    others = {key for entry in CLASSICAL_MODELS.values() for key in entry}
    assert all(content[key] is None for key in others - set(CLASSICAL_MODELS[name]))


@given(st.sampled_from(sorted(SOLVERS)), st.sampled_from(PENALTIES), st.floats(1e-6, 1e6))
def test_every_pair_of_solver_and_penalty(solver: str, penalty: str, C: float) -> None:
    if penalty == "none":
        C = 1.0  # no other is taken
    if penalty in SOLVERS[solver]:
        settings = ClassicalSettings.of("logistic", C=C, solver=solver, penalty=penalty)
        assert ClassicalSettings.model_validate(settings.model_dump()) == settings
    else:
        with pytest.raises(RecipeError, match=f"solver '{solver}' does not know") as error:
            ClassicalSettings.of("logistic", C=C, solver=solver, penalty=penalty)
        able = str(error.value).partition("solvers that do: ")[2].split(", ")
        assert able == sorted(name for name in SOLVERS if penalty in SOLVERS[name])


def test_what_follows_from_other_settings() -> None:
    assert ClassicalSettings.of("logistic", penalty="l1").solver == "saga"
    assert ClassicalSettings.of("logistic", penalty="elasticnet").l1_ratio == 0.5
    assert ClassicalSettings.of("svm", kernel="poly").degree == 3
    assert ClassicalSettings.of("svm", kernel="linear").gamma is None
    assert ClassicalSettings.of("svm").gamma == "scale"


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("logistic", {"C": 0}, r"C = 0: must be above 0 \(penalty = 'none' for no penalty\)"),
        ("svm", {"C": -2.5}, r"C = -2\.5: must be above 0"),
        (
            "logistic",
            {"penalty": "l1", "solver": "lbfgs"},
            "solver 'lbfgs' does not know penalty 'l1': solvers that do: saga",
        ),
        ("logistic", {"penalty": "L3"}, "unknown penalty 'L3'.*known: elasticnet, l1, l2, none"),
        ("logistic", {"solver": "lbgfs"}, "unknown solver 'lbgfs': did you mean 'lbfgs'"),
        ("logistic", {"l1_ratio": 0.5}, "l1_ratio = 0.5 means nothing to penalty 'l2'"),
        ("logistic", {"penalty": "none", "C": 0.3}, "C = 0.3 means nothing to penalty 'none'"),
        (
            "logistic",
            {"penalty": "elasticnet", "l1_ratio": 2},
            "l1_ratio = 2: must be from 0 to 1",
        ),
        ("svm", {"gamma": 0}, "gamma = 0: must be above 0, or 'scale' or 'auto'"),
        ("svm", {"gamma": "scael"}, "unknown gamma 'scael': did you mean 'scale'"),
        ("svm", {"kernel": "linaer"}, "unknown kernel 'linaer': did you mean 'linear'"),
        ("svm", {"kernel": "linear", "gamma": 0.1}, "gamma = 0.1 means nothing to kernel 'linear'"),
        ("svm", {"degree": 2}, "degree = 2 means nothing to kernel 'rbf'"),
        ("knn", {"weights": "distanse"}, "unknown weights 'distanse': did you mean 'distance'"),
        ("knn", {"C": 1.0}, "C = 1.0 means nothing to 'knn', which has: neighbors"),
        ("forest", {"max_depth": 0}, "max_depth must be at least 1, found 0"),
        ("forest", {"trees": 5}, "unknown setting 'trees'.*known here: "),
        ("forest", {"n_estimator": 5}, "did you mean 'n_estimators'"),
        ("knn", {"pca": 0}, "pca = 0: give a number of components"),
        ("knn", {"pca": 1.5}, "pca = 1.5: give a number of components"),
        ("forrest", {}, "unknown classical model 'forrest': did you mean 'forest'"),
        ("logistic", {"C": float("nan")}, "C must be a finite number, found nan"),
        ("logistic", {"C": "many"}, "C must be .*number, found 'many'"),
    ],
)
def test_what_cannot_be_meant(name: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as error:
        ClassicalSettings.of(name, **settings)
    assert "\n" not in str(error.value)


def test_frozen_and_usable_in_a_recipe() -> None:
    class Part(BaseModel):
        classical: ClassicalSettings | None = None

    part = Part.model_validate({"classical": {"name": "svm", "C": 10}})
    assert part.classical == ClassicalSettings.of("svm", C=10.0)
    assert Part.model_validate(part.model_dump(mode="json")) == part
    with pytest.raises(ValidationError, match="frozen"):
        part.classical.C = 3.0  # type: ignore[misc]
    with pytest.raises(ValidationError, match="did you mean 'poly'"):
        Part.model_validate({"classical": {"name": "svm", "kernel": "ploy"}})

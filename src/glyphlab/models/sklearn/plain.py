"""A fitted model of scikit-learn-intelex as one of scikit-learn, to be kept in a file.

An accelerated model holds objects of its engine, which cannot be written. What it has learned can:
scikit-learn's class of the same name reads from it, and needs no accelerator to do so. It reads the
same but where the two count otherwise: in a forest's unpure leaves, and among neighbours that are
equally near.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from glyphlab.models.sklearn.margins import MarginProbabilities

__all__ = ["plain_of"]


def plain_of(model: Pipeline) -> Pipeline:
    """Return a pipeline whose accelerated parts are scikit-learn's; others are the same objects."""
    return Pipeline([(name, _plain(step)) for name, step in model.steps])


def _plain(step: Any) -> Any:
    if isinstance(step, MarginProbabilities):
        inner = _plain(step.estimator_)
        if inner is step.estimator_:
            return step
        kept = copy.copy(step)
        kept.estimator = type(inner)(**inner.get_params())
        kept.estimator_ = inner
        return kept
    module = type(step).__module__
    if not module.startswith("sklearnex."):
        return step
    name = type(step).__name__
    there = importlib.import_module(f"sklearn.{module.split('.')[1].removeprefix('_')}")
    own = getattr(there, name)
    known = own._get_param_names()  # the accelerated classes have some of their own
    made = own(**{key: value for key, value in step.get_params(deep=False).items() if key in known})
    for attribute in ("classes_", "n_features_in_"):
        setattr(made, attribute, getattr(step, attribute))
    _LEARNED[name](step, made)
    return made


def _vectors(step: Any, made: Any) -> None:
    made.shape_fit_, made.support_ = step.shape_fit_, np.array(step.support_, np.int32)
    for name in ("support_vectors_", "dual_coef_", "intercept_"):
        setattr(made, name, np.array(getattr(step, name), np.float64, order="C"))
    sign = -1 if len(made.classes_) == 2 else 1  # as scikit-learn keeps LIBSVM's own numbers
    made._dual_coef_, made._intercept_ = sign * made.dual_coef_, sign * made.intercept_
    made._n_support = np.array(step.n_support_, np.int32)
    made._gamma, made._sparse, made.fit_status_ = step._gamma, False, 0
    made._probA = made._probB = np.empty(0)
    made._num_iter, made.class_weight_ = np.zeros(0, np.int32), np.ones(len(made.classes_))


def _trees(step: Any, made: Any) -> None:
    made.estimators_ = list(step.estimators_)
    made.n_classes_, made.n_outputs_ = len(made.classes_), 1
    made.estimator_ = made.estimator


def _neighbours(step: Any, made: Any) -> None:
    made.fit(np.array(step._fit_X), np.array(made.classes_)[np.array(step._y)])


def _weights(step: Any, made: Any) -> None:
    made.coef_, made.intercept_ = np.array(step.coef_), np.array(step.intercept_)
    made.n_iter_ = np.array(step.n_iter_)


_LEARNED: dict[str, Callable[[Any, Any], None]] = {
    "KNeighborsClassifier": _neighbours,
    "LogisticRegression": _weights,
    "RandomForestClassifier": _trees,
    "SVC": _vectors,
}

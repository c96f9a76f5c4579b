"""scikit-learn, or on request its accelerated twin, and which of the two computed.

scikit-learn-intelex is used by the names of its classes; nothing in scikit-learn is replaced.
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.models.sklearn.margins import MarginProbabilities

__all__ = ["backend_of", "engine_class", "engine_of"]


def engine_class(module: str, name: str, *, accelerate: bool) -> Any:
    """Return a class of scikit-learn, or the one of that name in scikit-learn-intelex.

    Parameters
    ----------
    module, name : str
        As ``'svm', 'SVC'``.
    accelerate : bool
        Whether it should be the accelerated one.

    Raises
    ------
    UsageError
        Where scikit-learn-intelex is asked for and not installed.
    """
    if not accelerate:
        return getattr(importlib.import_module(f"sklearn.{module}"), name)
    try:
        return getattr(importlib.import_module(f"sklearnex.{module}"), name)
    except ImportError as error:
        raise UsageError(
            f"accelerate = true needs scikit-learn-intelex ({error}): pip install "
            "'glyphlab[accel]', or set accelerate = false"
        ) from error


def engine_of(estimator: Any) -> dict[str, str]:
    """Say what computed a fitted model, for a run's provenance.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
        As `build_classical` returns it.

    Returns
    -------
    dict
        Version by library: always ``scikit-learn``; ``scikit-learn-intelex`` where the model comes
        from there; and ``fell_back``, the names of the parts that it handed back to scikit-learn
        after all, as it does without a word where it does not support a setting.
    """
    found = {"scikit-learn": metadata.version("scikit-learn")}
    parts = [step for _, step in estimator.steps] if hasattr(estimator, "steps") else [estimator]
    parts = [p.estimator_ if isinstance(p, MarginProbabilities) else p for p in parts]
    accelerated = [part for part in parts if type(part).__module__.startswith("sklearnex.")]
    if accelerated:
        found["scikit-learn-intelex"] = metadata.version("scikit-learn-intelex")
        # An accelerated fit leaves its engine on the estimator. Logistic regression's does not, but
        # `ClassicalSettings` takes only what is accelerated of it.
        left = [
            type(part).__name__
            for part in accelerated
            if not hasattr(part, "_onedal_estimator")
            and type(part).__name__ != "LogisticRegression"
        ]
        if left:
            found["fell_back"] = ", ".join(left)
    return found


def backend_of(estimator: Any) -> str:
    """Say in words what computed a fitted pipeline: loops of our own, or which library.

    Parameters
    ----------
    estimator : fitted pipeline
        As `build_classical` returns it.
    """
    own = getattr(estimator[-1], "backend_", None)
    if own is not None:
        return str(own)
    found = engine_of(estimator)
    plain = f"scikit-learn {found['scikit-learn']}"
    if "scikit-learn-intelex" not in found:
        return plain
    left = f", which took {found['fell_back']}" if "fell_back" in found else ""
    return f"scikit-learn-intelex {found['scikit-learn-intelex']} on {plain}{left}"

"""From settings to a scikit-learn estimator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sklearn
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from glyphlab.models.logistic import SoftmaxRegression
from glyphlab.models.sklearn.margins import MarginProbabilities
from glyphlab.models.sklearn.pixel_scaling import PixelScaler
from glyphlab.recipes.sklearn_settings import ClassicalSettings

__all__ = ["build_classical"]


def build_classical(
    settings: ClassicalSettings, random_state: int | None, *, n_jobs: int | None = None
) -> Pipeline:
    """Build a classifier of flat images from its settings.

    Parameters
    ----------
    settings : ClassicalSettings
    random_state : int or None
        Seed of what is random in it: the forest, the solvers ``sag`` and ``saga``, the approximate
        decomposition of large images. Below 2**32.
    n_jobs : int, optional
        Processes or threads of forest and neighbours, as in scikit-learn; the result is the same.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Steps ``pixels``, ``pca`` where asked for, and ``classify``. It takes ``(n, H * W)`` uint8
        (read as 0..1) or float, one class an image, and has ``predict``, ``predict_proba`` and
        ``classes_``. Its ``fit`` raises UsageError where the images are too few for the settings.
    """
    whole = settings.pca if isinstance(settings.pca, int) else None
    one_by_one = settings.solver in ("sag", "saga") and settings.pca is None
    pixels = PixelScaler(components=whole, neighbors=settings.neighbors, listed=one_by_one)
    steps: list[tuple[str, Any]] = [("pixels", pixels)]
    if settings.pca is not None:
        steps.append(("pca", PCA(n_components=settings.pca, random_state=random_state)))
    steps.append(("classify", _BUILDERS[settings.name](settings, random_state, n_jobs)))
    return Pipeline(steps)


def _logistic(settings: ClassicalSettings, random_state: int | None, _n_jobs: int | None) -> Any:
    if settings.solver == "softmax":
        same = ("C", "max_iter", "tol")
        return SoftmaxRegression().set_params(**{name: getattr(settings, name) for name in same})
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(
        **_penalty(settings),
        solver=settings.solver,
        max_iter=settings.max_iter,
        tol=settings.tol,
        random_state=random_state,
    )


def _penalty(settings: ClassicalSettings) -> dict[str, Any]:
    """Return C and penalty in the words of the installed scikit-learn, which changed in 1.8."""
    penalty, ratio = settings.penalty, settings.l1_ratio
    if tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 8):
        none = penalty == "none"
        return {"C": settings.C, "penalty": None if none else penalty, "l1_ratio": ratio}
    if penalty == "none":
        return {"C": math.inf, "l1_ratio": 0.0}
    return {"C": settings.C, "l1_ratio": {"l1": 1.0, "l2": 0.0}.get(str(penalty), ratio)}


def _svm(settings: ClassicalSettings, _random_state: int | None, _n_jobs: int | None) -> Any:
    from sklearn.svm import SVC

    given = {"gamma": settings.gamma, "degree": settings.degree}
    return MarginProbabilities(
        SVC(
            kernel=settings.kernel,
            C=settings.C,
            **{name: value for name, value in given.items() if value is not None},
        )
    )


def _forest(settings: ClassicalSettings, random_state: int | None, n_jobs: int | None) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        n_estimators=settings.n_estimators,
        max_depth=settings.max_depth,
        min_samples_split=settings.min_samples_split,
        min_samples_leaf=settings.min_samples_leaf,
        random_state=random_state,
        n_jobs=n_jobs,
    )


def _knn(settings: ClassicalSettings, _random_state: int | None, n_jobs: int | None) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    # Of few components scikit-learn would build a tree, which is not read from a file again.
    return KNeighborsClassifier(
        n_neighbors=settings.neighbors, weights=settings.weights, algorithm="brute", n_jobs=n_jobs
    )


_BUILDERS: dict[str, Callable[[ClassicalSettings, int | None, int | None], Any]] = {
    "logistic": _logistic,
    "svm": _svm,
    "forest": _forest,
    "knn": _knn,
}

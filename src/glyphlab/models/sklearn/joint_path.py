"""Logistic regressions that differ only in C, fitted in the same passes over the images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from glyphlab.models.logistic import fit_path

__all__ = ["fit_jointly"]


def fit_jointly(
    models: Sequence[Pipeline], images: NDArray[np.generic], labels: NDArray[np.generic]
) -> None:
    """Fit pipelines in place, each of which ends where it would have ended alone.

    Parameters
    ----------
    models : sequence of Pipeline
        As `build_classical` makes them with solver ``'softmax'``; equal but for C. What stands
        before the classifier is fitted once and shared.
    images : (n, pixels) array
        uint8 is read as 0..1, floats as they are.
    labels : (n,) array
        One class an image.

    Raises
    ------
    UsageError
        As `build_classical` and `fit_path` say.
    """
    before, last = models[0].steps[:-1], models[0].steps[-1][1]
    rows = Pipeline(before).fit_transform(images, labels)
    Cs = list(dict.fromkeys(model[-1].C for model in models))
    found = fit_path(
        rows,
        labels,
        Cs,
        max_iter=last.max_iter,
        tol=last.tol,
        decrease=last.decrease,
        precision=last.precision,
    )
    for model in models:
        model.steps[:-1] = before
        model[-1].take(found[Cs.index(model[-1].C)])

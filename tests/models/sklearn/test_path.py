"""Logistic regressions that differ only in C, fitted together."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.pipeline import Pipeline

from glyphlab.models.sklearn import build_classical
from glyphlab.models.sklearn.joint_path import fit_jointly
from glyphlab.models.sklearn.skops_files import from_bytes, to_bytes
from glyphlab.recipes.sklearn_settings import ClassicalSettings

IMAGES, LABELS = load_digits(return_X_y=True)
IMAGES = (IMAGES[:300] * 15).astype(np.uint8)
LABELS = LABELS[:300]


def model(C: float) -> Pipeline:
    return build_classical(ClassicalSettings.of("logistic", C=C, solver="softmax"), 0)


def test_each_ends_where_it_would_have_ended_alone() -> None:
    strengths = (0.1, 10.0, 0.1, 1.0)
    together = [model(C) for C in strengths]
    fit_jointly(together, IMAGES, LABELS)
    for C, one in zip(strengths, together, strict=True):
        alone = model(C).fit(IMAGES, LABELS)
        assert one[-1].C == C
        assert one[-1].objective_ == pytest.approx(alone[-1].objective_, rel=1e-3)
        np.testing.assert_allclose(
            one.predict_proba(IMAGES), alone.predict_proba(IMAGES), atol=0.02
        )
    assert together[0][-1].objective_ == together[2][-1].objective_
    assert together[0][-1].objective_ != together[1][-1].objective_


def test_what_was_fitted_together_is_kept_and_read_like_any_other() -> None:
    (one,) = models = [model(1.0)]
    fit_jointly(models, IMAGES, LABELS)
    (again,) = from_bytes(to_bytes(models), "memory")
    np.testing.assert_array_equal(one.predict(IMAGES), again.predict(IMAGES))
    with pytest.raises(ValueError, match="64 features"):
        one.predict(IMAGES[:, :10])

"""Recipes, the engine that trains them, and the scikit-learn face."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.train.estimator import GlyphClassifier
    from glyphlab.train.faces import (
        AlignedClassifier,
        MultiHeadClassifier,
        SlicedClassifier,
        WholeClassifier,
    )
    from glyphlab.train.predicting import predict
    from glyphlab.train.train_many import train

__all__ = [
    "AlignedClassifier",
    "GlyphClassifier",
    "MultiHeadClassifier",
    "SlicedClassifier",
    "WholeClassifier",
    "predict",
    "train",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "estimator": ("GlyphClassifier",),
            "faces": (
                "AlignedClassifier",
                "MultiHeadClassifier",
                "SlicedClassifier",
                "WholeClassifier",
            ),
            "predicting": ("predict",),
            "train_many": ("train",),
        },
    )

"""The scikit-learn interface: classifiers with ``fit``, ``predict`` and ``score``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.estimators.base import GlyphClassifier
    from glyphlab.estimators.named import (
        AlignedClassifier,
        MultiHeadClassifier,
        SlicedClassifier,
        WholeClassifier,
    )

__all__ = [
    "AlignedClassifier",
    "GlyphClassifier",
    "MultiHeadClassifier",
    "SlicedClassifier",
    "WholeClassifier",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "base": ("GlyphClassifier",),
            "named": (
                "AlignedClassifier",
                "MultiHeadClassifier",
                "SlicedClassifier",
                "WholeClassifier",
            ),
        },
    )

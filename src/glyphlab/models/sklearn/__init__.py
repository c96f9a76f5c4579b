"""Classical classifiers by name: logistic regression, support vectors, forests, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.models.sklearn.library_versions import backend_of
    from glyphlab.models.sklearn.margins import MarginProbabilities
    from glyphlab.models.sklearn.pipelines import build_classical
    from glyphlab.models.sklearn.pixel_scaling import PixelScaler

__all__ = [
    "MarginProbabilities",
    "PixelScaler",
    "backend_of",
    "build_classical",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "library_versions": ("backend_of",),
            "pipelines": ("build_classical",),
            "margins": ("MarginProbabilities",),
            "pixel_scaling": ("PixelScaler",),
        },
    )

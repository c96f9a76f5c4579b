"""Classical classifiers by name: logistic regression, support vectors, forests, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.models.classical.accelerate import backend_of, engine_of
    from glyphlab.models.classical.build import build_classical
    from glyphlab.models.classical.margins import MarginProbabilities
    from glyphlab.models.classical.pixels import PixelScaler

__all__ = [
    "MarginProbabilities",
    "PixelScaler",
    "backend_of",
    "build_classical",
    "engine_of",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "accelerate": (
                "backend_of",
                "engine_of",
            ),
            "build": ("build_classical",),
            "margins": ("MarginProbabilities",),
            "pixels": ("PixelScaler",),
        },
    )

"""Classical classifiers by name: logistic regression, support vectors, forests, neighbours."""

from glyphlab.models.classical.accelerate import backend_of, engine_of
from glyphlab.models.classical.build import build_classical
from glyphlab.models.classical.margins import MarginProbabilities
from glyphlab.models.classical.pixels import PixelScaler
from glyphlab.models.classical.settings import CLASSICAL_MODELS, ClassicalSettings

__all__ = [
    "CLASSICAL_MODELS",
    "ClassicalSettings",
    "MarginProbabilities",
    "PixelScaler",
    "backend_of",
    "build_classical",
    "engine_of",
]

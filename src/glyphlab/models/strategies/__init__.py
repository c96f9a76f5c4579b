"""How a net meets a label: a module each."""

from glyphlab._common.registry import STRATEGIES
from glyphlab.models.strategies.aligned import Aligned
from glyphlab.models.strategies.base import ByClasses, Head, Labels, Strategy, Supervision
from glyphlab.models.strategies.make import make_strategy
from glyphlab.models.strategies.multihead import MultiHead
from glyphlab.models.strategies.sequential import Sequential
from glyphlab.models.strategies.sliced import Sliced
from glyphlab.models.strategies.whole import Whole

__all__ = [
    "STRATEGIES",
    "Aligned",
    "ByClasses",
    "Head",
    "Labels",
    "MultiHead",
    "Sequential",
    "Sliced",
    "Strategy",
    "Supervision",
    "Whole",
    "make_strategy",
]

"""Several models, several seeds, one verdict."""

from glyphlab.comparisons.comparison import Comparison
from glyphlab.comparisons.curve import LearningCurve, learning_curve
from glyphlab.comparisons.gather import gather
from glyphlab.comparisons.presets import PRESETS, Preset, preset_of
from glyphlab.comparisons.run import compare

__all__ = [
    "PRESETS",
    "Comparison",
    "LearningCurve",
    "Preset",
    "compare",
    "gather",
    "learning_curve",
    "preset_of",
]

"""Several models, several seeds, one verdict."""

from glyphlab.comparisons.comparison import Comparison
from glyphlab.comparisons.gather import gather
from glyphlab.comparisons.presets import PRESETS, Preset, preset_of
from glyphlab.comparisons.run import compare

__all__ = ["PRESETS", "Comparison", "Preset", "compare", "gather", "preset_of"]

"""Several models, several seeds, one verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.comparisons.comparison import Comparison
    from glyphlab.comparisons.curve import LearningCurve, learning_curve
    from glyphlab.comparisons.gathering import gather
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

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "comparison": ("Comparison",),
            "curve": (
                "LearningCurve",
                "learning_curve",
            ),
            "gathering": ("gather",),
            "presets": (
                "PRESETS",
                "Preset",
                "preset_of",
            ),
            "run": ("compare",),
        },
    )

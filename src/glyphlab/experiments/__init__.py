"""Labelled recipes × seeds, trained by one call, judged by one table, written by one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab.lazy import attach

if TYPE_CHECKING:
    from glyphlab.experiments.augmentation import AugmentationStudy, augmentation_study
    from glyphlab.experiments.comparing import compare
    from glyphlab.experiments.comparison import Comparison
    from glyphlab.experiments.curve import LearningCurve, learning_curve
    from glyphlab.experiments.document import Document
    from glyphlab.experiments.experiment import Experiment
    from glyphlab.experiments.gathering import gather
    from glyphlab.experiments.generators import GeneratorComparison, GeneratorVariation
    from glyphlab.experiments.presets import PRESETS, Preset, preset_of
    from glyphlab.experiments.run_page import write_run_page
    from glyphlab.experiments.variation import Variation, vary

__all__ = [
    "PRESETS",
    "AugmentationStudy",
    "Comparison",
    "Document",
    "Experiment",
    "GeneratorComparison",
    "GeneratorVariation",
    "LearningCurve",
    "Preset",
    "Variation",
    "augmentation_study",
    "compare",
    "gather",
    "learning_curve",
    "preset_of",
    "vary",
    "write_run_page",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "augmentation": (
                "AugmentationStudy",
                "augmentation_study",
            ),
            "comparing": ("compare",),
            "comparison": ("Comparison",),
            "curve": (
                "LearningCurve",
                "learning_curve",
            ),
            "document": ("Document",),
            "experiment": ("Experiment",),
            "gathering": ("gather",),
            "generators": (
                "GeneratorComparison",
                "GeneratorVariation",
            ),
            "presets": (
                "PRESETS",
                "Preset",
                "preset_of",
            ),
            "run_page": ("write_run_page",),
            "variation": (
                "Variation",
                "vary",
            ),
        },
    )

"""Labelled recipes × seeds, trained by one call, tested by one table, written by one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.experiments.augmenting import AugmentationStudy, augmentation_study
    from glyphlab.experiments.compare_presets import PRESETS, Preset, preset_of
    from glyphlab.experiments.comparing import compare, preview
    from glyphlab.experiments.curve import LearningCurve, learning_curve
    from glyphlab.experiments.evaluations.evaluation import Evaluation
    from glyphlab.experiments.evaluations.other_images import evaluate
    from glyphlab.experiments.experiment import Experiment
    from glyphlab.experiments.results.classifier_runs import gather
    from glyphlab.experiments.results.comparison import Comparison
    from glyphlab.experiments.results.document import Document
    from glyphlab.experiments.results.generator_tables import (
        GeneratorComparison,
        GeneratorVariation,
    )
    from glyphlab.experiments.results.run_page import write_run_page
    from glyphlab.experiments.several_tasks import SeveralTasks, compare_tasks
    from glyphlab.experiments.variation import Variation, vary

__all__ = [
    "PRESETS",
    "AugmentationStudy",
    "Comparison",
    "Document",
    "Evaluation",
    "Experiment",
    "GeneratorComparison",
    "GeneratorVariation",
    "LearningCurve",
    "Preset",
    "SeveralTasks",
    "Variation",
    "augmentation_study",
    "compare",
    "compare_tasks",
    "evaluate",
    "gather",
    "learning_curve",
    "preset_of",
    "preview",
    "vary",
    "write_run_page",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "augmenting": (
                "AugmentationStudy",
                "augmentation_study",
            ),
            "comparing": (
                "compare",
                "preview",
            ),
            "results.comparison": ("Comparison",),
            "curve": (
                "LearningCurve",
                "learning_curve",
            ),
            "results.document": ("Document",),
            "evaluations.evaluation": ("Evaluation",),
            "evaluations.other_images": ("evaluate",),
            "experiment": ("Experiment",),
            "results.classifier_runs": ("gather",),
            "results.generator_tables": (
                "GeneratorComparison",
                "GeneratorVariation",
            ),
            "compare_presets": (
                "PRESETS",
                "Preset",
                "preset_of",
            ),
            "results.run_page": ("write_run_page",),
            "several_tasks": (
                "SeveralTasks",
                "compare_tasks",
            ),
            "variation": (
                "Variation",
                "vary",
            ),
        },
    )

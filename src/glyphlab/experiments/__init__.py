"""Labelled recipes × seeds, trained by one call, tested by one table, written by one document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.experiments.augmenting import augmentation_study
    from glyphlab.experiments.compare_presets import PRESETS, Preset, preset_of
    from glyphlab.experiments.comparing import compare, preview
    from glyphlab.experiments.curve import learning_curve
    from glyphlab.experiments.evaluations.evaluation import Evaluation
    from glyphlab.experiments.evaluations.other_images import evaluate
    from glyphlab.experiments.experiment import Experiment
    from glyphlab.experiments.results.augmentation_result import AugmentationStudy
    from glyphlab.experiments.results.classifier_runs import gather
    from glyphlab.experiments.results.comparison import Comparison
    from glyphlab.experiments.results.curve_result import LearningCurve
    from glyphlab.experiments.results.document import Document
    from glyphlab.experiments.results.generator_tables import (
        GeneratorComparison,
        GeneratorVariation,
    )
    from glyphlab.experiments.results.run_page import RunsReport, report_runs, write_run_page
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
    "RunsReport",
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
    "report_runs",
    "vary",
    "write_run_page",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "augmenting": ("augmentation_study",),
            "results.augmentation_result": ("AugmentationStudy",),
            "results.curve_result": ("LearningCurve",),
            "comparing": (
                "compare",
                "preview",
            ),
            "results.comparison": ("Comparison",),
            "curve": ("learning_curve",),
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
            "results.run_page": ("RunsReport", "report_runs", "write_run_page"),
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

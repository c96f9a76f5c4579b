"""The pictures of the MNIST GAN report: a hundred digits of each question, losses, collapses."""

from __future__ import annotations

from glyphlab.reporting.pages.page_parts import Part
from glyphlab.reproductions.core.drawn.generator_pictures import (
    losses_of,
    samples_at,
    timelines_of,
)
from glyphlab.reproductions.core.drawn.report_figures import Named, ReportFigure

__all__ = ["GAN_FIGURES"]

NAMES = {
    "dcgan": "Question 1, 100 latent numbers",
    "dcgan-70": "Question 2, 70 latent numbers",
    "dcgan-smooth": "Question 3, smoothed targets",
}

IDEAS = {
    "dcgan-slight": "Targets 0.95 and 0.05",
    "dcgan-one-sided": "Targets 0.9 and 0",
    "dcgan-smooth-replay": "What it collapsed to, replayed",
    "dcgan-smooth-cap": "At most a tenth of any digit",
    "began": "BEGAN",
    "dcgan-smooth-two": "Two discriminators",
}


def _grids(runs: Named) -> list[Part]:
    return samples_at(runs, NAMES, (0.7, 1.0))


def _losses(runs: Named) -> list[Part]:
    return losses_of(runs, NAMES)


def _timelines(runs: Named) -> list[Part]:
    return timelines_of(runs, NAMES)


def _ideas(runs: Named) -> list[Part]:
    return [*samples_at(runs, IDEAS, (1.0,)), *timelines_of(runs, IDEAS)]


GAN_FIGURES = (
    ReportFigure.of_runs(
        "grids", "Questions 1 to 3: digits after 70 and 100 % of the training", NAMES, _grids
    ),
    ReportFigure.of_runs("losses", "The consoles: losses and accuracies", NAMES, _losses),
    ReportFigure.of_runs("timelines", "Question 3: collapse", NAMES, _timelines),
    ReportFigure.of_runs("ideas", "Ours: what questions 3 to 5 propose", IDEAS, _ideas),
)
"""In the order of the report."""

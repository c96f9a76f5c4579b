"""The pictures of the addition report: its data, the forest's depths, and the nets' epochs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glyphlab.reporting import image_grid, label_histogram, sweep_figure
from glyphlab.reporting.pages.page_parts import Figure, captioned
from glyphlab.reporting.sections.figure_numbers import series_numbers, share_numbers
from glyphlab.reproductions.core.run_pictures import (
    BAND,
    Named,
    curves_figure,
    curves_of,
    errors_of,
)
from glyphlab.reproductions.mnist_addition.addition_models import DEPTHS, forest_name
from glyphlab.runs import ClassifierSummary
from glyphlab.tasks import Task

__all__ = ["addition_figures", "addition_pictures"]

SHOWN = 20
NETS = {
    "base-mlp": "base, 50 units", "study-3": "third study", "study-4": "fourth study, dropout",
    "best-mlp": "batch norm, early stop",
}  # fmt: skip
SCORES: dict[str, Callable[[ClassifierSummary], float]] = {
    "training": lambda summary: summary.train_accuracy,
    "validation": lambda summary: summary.validation.exact_match,
    "test": lambda summary: summary.metrics.exact_match,
}


def addition_pictures(task: Task) -> list[Figure]:
    """Draw the report's first 20 images and how often each sum occurs, on its form of the data."""
    first = task.train.images[:SHOWN]
    symbols = task.train.symbols[:SHOWN].tolist()
    names = ["+".join(map(str, row)) for row in symbols]
    labels = {split: part.labels for split, part in task.splits.items()}
    expected = _expected(task)
    shares = {
        split: {total: float((found == total).mean()) for total in expected}
        for split, found in labels.items()
    }
    return [
        captioned(
            f"The first {SHOWN} training images, and the digits whose sum is the label",
            image_grid(first, names, 10),
        ),
        captioned(
            "How often each sum occurs: as often as digits in their own frequencies give it "
            "(dots), so that nine is ten times as common as eighteen, and training, validation and "
            "test agree",
            label_histogram(labels, expected),
            share_numbers("How often each sum occurs", {**shares, "expected": expected}, "sum"),
        ),
    ]


def addition_figures(runs: Named) -> list[Figure]:
    """Draw what the runs that are there allow."""
    found = []
    panels = curves_of(runs, NETS)
    if panels:
        caption = (
            f"3: accuracy by epoch of the base net and of those that the studies found. {BAND}"
        )
        found.append(curves_figure(caption, panels))
    gallery = errors_of(runs.get("best-mlp", ()))
    if gallery is not None:
        caption = "3: errors of the best net on test, the most confident first"
        found.append(captioned(caption, gallery))
    if all(forest_name(depth) in runs for depth in DEPTHS):
        scores = {
            title: {
                float(depth): [score(run.classifier_summary) for run in runs[forest_name(depth)]]
                for depth in DEPTHS
            }
            for title, score in SCORES.items()
        }
        caption = f"5.3: accuracy of a random forest by the depth of its trees. {BAND}"
        svg = sweep_figure(scores, "largest depth", "accuracy")
        numbers = series_numbers("Accuracy by depth", scores, "largest depth")
        found.append(captioned(caption, svg, numbers))
    return found


def _expected(task: Task) -> dict[int, float]:
    """Return the share of each sum where both digits are drawn by their frequency in the source."""
    pool = task.pools["train"]
    shares = np.bincount(pool.labels, minlength=task.classes) / len(pool)
    return {total: float(share) for total, share in enumerate(np.convolve(shares, shares))}

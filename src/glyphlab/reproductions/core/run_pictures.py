"""What the pictures of several reproductions are made of: the curves and the errors of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab.data.class_names import label_text
from glyphlab.reporting import curve_grid, error_gallery
from glyphlab.reporting.pages.page_parts import Figure, captioned
from glyphlab.reporting.sections.figure_numbers import panel_numbers
from glyphlab.runs import Run

__all__ = ["BAND", "Named", "curves_figure", "curves_of", "errors_of"]

Named = Mapping[str, Sequence[Run]]
BAND = "Mean over seeds (line), lowest to highest seed (band)"


def curves_of(
    runs: Named,
    names: Mapping[str, str],
    columns: tuple[str, str] = ("accuracy", "val_exact_match"),
) -> dict[str, dict[str, list[list[float]]]]:
    """Return the training and validation curves of those models whose runs are there.

    Parameters
    ----------
    names : mapping of str to str
        The title of each model.
    columns : (str, str)
        Of the history: in training, on validation.
    """
    return {
        title: {
            kind: [[float(row[column]) for row in run.metrics()] for run in runs[name]]
            for kind, column in zip(("training", "validation"), columns, strict=True)
        }
        for name, title in names.items()
        if name in runs
    }


def curves_figure(caption: str, panels: Mapping[str, Mapping[str, list[list[float]]]]) -> Figure:
    """Draw accuracies by epoch as `curves_of` returns them, with their numbers."""
    numbers = panel_numbers("Accuracy by epoch", panels)
    return captioned(caption, curve_grid(panels, "accuracy"), numbers)


def errors_of(runs: Sequence[Run]) -> str | None:
    """Draw the most confident errors of the first seed on test, or None where there are none."""
    if not runs:
        return None
    arrays, names = runs[0].load_predictions(), runs[0].classifier_summary.names
    errors = arrays["sample_kind"] == 1
    index = arrays["sample_index"][errors]
    if not len(index):
        return None

    def named(labels: NDArray[np.int64]) -> list[str]:
        return [label_text(row, names) for row in labels.tolist()]

    return error_gallery(
        arrays["sample_images"][errors],
        named(arrays["true"][index]),
        named(arrays["pred"][index]),
        [float(one) for one in arrays["confidence"][index]],
    )

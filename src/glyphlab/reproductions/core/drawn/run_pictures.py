"""What the pictures of several reproductions are made of: curves, errors, classes, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.tabular.number_texts import number_text, percent
from glyphlab.data.class_names import label_text
from glyphlab.metrics import confusion
from glyphlab.reporting import confusion_figure, curve_grid, error_gallery, image_grid
from glyphlab.reporting.pages.page_parts import (
    Column,
    Figure,
    Part,
    Table,
    captioned,
    cells,
)
from glyphlab.reporting.sections.figure_numbers import class_numbers, panel_numbers
from glyphlab.reproductions.core.drawn.report_figures import Named
from glyphlab.runs import Run

__all__ = [
    "BAND",
    "class_table",
    "confusion_of",
    "curves_figure",
    "curves_of",
    "errors_of",
    "learning_figures",
    "losses_figure",
    "predictions_of",
]

BAND = "Mean over seeds (line), lowest to highest seed (band)"
Panels = Mapping[str, Mapping[str, list[list[float]]]]


def curves_of(
    runs: Named,
    names: Mapping[str, str],
    columns: tuple[str, str] = ("accuracy", "val_exact_match"),
) -> dict[str, dict[str, list[list[float]]]]:
    """Return the training and validation curves of those models whose runs are there.

    A line is left out where a history lacks its column or an epoch has no value, as validation has
    of a net that was trained on every image.

    Parameters
    ----------
    names : mapping of str to str
        The title of each model.
    columns : (str, str)
        Of the history: in training, on validation.
    """
    found: dict[str, dict[str, list[list[float]]]] = {}
    for name, title in names.items():
        lines = {}
        for kind, column in zip(("training", "validation"), columns, strict=True):
            histories = [run.metrics() for run in runs.get(name, ())]
            known = [row.get(column) is not None for rows in histories for row in rows]
            if known and all(known):
                lines[kind] = [[float(row[column]) for row in rows] for rows in histories]
        if lines:
            found[title] = lines
    return found


def curves_figure(caption: str, panels: Panels) -> Figure:
    """Draw accuracies by epoch as `curves_of` returns them, with their numbers."""
    numbers = panel_numbers("Accuracy by epoch", panels)
    return captioned(caption, curve_grid(panels, "accuracy"), numbers)


def losses_figure(caption: str, panels: Panels) -> Figure:
    """Draw losses by epoch as `curves_of` returns them, with their numbers."""
    numbers = panel_numbers("Loss by epoch", panels, number_text)
    return captioned(caption, curve_grid(panels, "loss", share=False), numbers)


def learning_figures(runs: Named, names: Mapping[str, str], about: str) -> list[Part]:
    """Draw accuracy and loss by epoch, in training and on validation, a small chart a model.

    Parameters
    ----------
    runs : mapping of str to sequence of Run
    names : mapping of str to str
        The title of each model.
    about : str
        What stands over each chart, and how the nets were validated.
    """
    accuracies = curves_of(runs, names)
    losses = curves_of(runs, names, ("loss", "val_loss"))
    parts: list[Part] = []
    if accuracies:
        parts.append(curves_figure(f"Accuracy by epoch{about}. {BAND}", accuracies))
    if losses:
        parts.append(losses_figure(f"Loss by epoch{about}. {BAND}", losses))
    return parts


def errors_of(runs: Sequence[Run]) -> str | None:
    """Draw the most confident errors of the first seed on test, or None where there are none."""
    if not runs:
        return None
    arrays, names = runs[0].load_predictions(), runs[0].classifier_summary.names
    errors = arrays["sample_kind"] == 1
    index = arrays["sample_index"][errors]
    if not len(index):
        return None
    return error_gallery(
        arrays["sample_images"][errors],
        _named(arrays["true"][index], names),
        _named(arrays["pred"][index], names),
        [float(one) for one in arrays["confidence"][index]],
    )


def predictions_of(run: Run, count: int) -> Figure | None:
    """Draw random test images with their labels and predictions; None where a run kept none."""
    arrays, names = run.load_predictions(), run.classifier_summary.names
    if "sample_index" not in arrays:
        return None
    chosen = np.flatnonzero(arrays["sample_kind"] == 0)[:count]
    index = arrays["sample_index"][chosen]
    true, pred = _named(arrays["true"][index], names), _named(arrays["pred"][index], names)
    right = sum(one == other for one, other in zip(true, pred, strict=True))
    said = [f"{one}, read {other}" for one, other in zip(true, pred, strict=True)]
    caption = (
        f"{len(said)} random test images: the label and the prediction of seed {run.summary.seed}. "
        f"{right} of {len(said)} are right"
    )
    return captioned(caption, image_grid(arrays["sample_images"][chosen], said, 6))


def confusion_of(runs: Sequence[Run]) -> Figure:
    """Draw which class is predicted as which, all seeds together."""
    counts, names = _counts(runs)
    seeds = "one seed" if len(runs) == 1 else f"{len(runs)} seeds together"
    caption = (
        f"The share of each true class (a row) that is predicted as each class, {seeds}; the "
        "stronger the orange, the more frequent the error"
    )
    name = "Which class is predicted as which"
    svg = confusion_figure(counts, names)
    return Figure(name, svg, caption, "square", class_numbers(name, counts, names))


def class_table(runs: Sequence[Run]) -> Table:
    """Return precision, recall and F1 of each class on test, all seeds together."""
    counts, names = _counts(runs)
    right = np.diag(counts).astype(np.float64)
    predicted, true = counts.sum(axis=0), counts.sum(axis=1)
    precision = right / np.maximum(predicted, 1)
    recall = right / np.maximum(true, 1)
    f1 = 2 * right / np.maximum(predicted + true, 1)
    rows = [
        cells(name, percent(float(precision[at])), percent(float(recall[at])),
              f"{f1[at]:.4f}", f"{int(true[at]):,}")
        for at, name in enumerate(names)
    ]  # fmt: skip
    columns = [Column("class"), Column("precision"), Column("recall, the accuracy of the class"),
               Column("F1"), Column("test symbols")]  # fmt: skip
    return Table("Each class on test", columns, rows)


def _counts(runs: Sequence[Run]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return how often each class was predicted as each, and what the classes are called."""
    summary = runs[0].classifier_summary
    classes = len(summary.metrics.digit_accuracy)
    names = summary.names if len(summary.names) == classes else tuple(map(str, range(classes)))
    both = [run.load_predictions() for run in runs]
    found: NDArray[np.int64] = np.sum(
        [confusion(one["pred"], one["true"], classes) for one in both], axis=0
    )
    return found, names


def _named(labels: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    return [label_text(row, names) for row in labels.tolist()]

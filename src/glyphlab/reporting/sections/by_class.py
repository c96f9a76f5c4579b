"""Which classes are correct, and which are taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glyphlab._common.tabular.number_texts import percent
from glyphlab.data.class_names import numbered
from glyphlab.metrics import confusion
from glyphlab.reporting.pages.page_parts import Figure, Row, Section
from glyphlab.reporting.plots.confusion_plot import confusion_figure
from glyphlab.reporting.plots.figures import digit_figure
from glyphlab.reporting.sections.figure_numbers import class_numbers, series_numbers
from glyphlab.runs import Run

__all__ = ["classes_section", "confusion_section"]

Groups = Mapping[str, Sequence[Run]]
MOST = 100
"""Classes of a figure, at most: the sums of many symbols are more, and nobody reads them."""


def classes_section(groups: Groups) -> Section:
    """Return the figure of accuracy by class; no part where labels have no classes."""
    tables = {
        name: [
            [
                np.nan if value is None else value
                for value in run.classifier_summary.metrics.digit_accuracy
            ]
            for run in runs
        ]
        for name, runs in groups.items()
    }
    names = _shared_names(groups)
    classes = len(names)  # none of long numbers' sums
    if not 0 < classes <= MOST:
        return Section("Accuracy of each class", [])
    series = {
        model: {
            float(at): [row[at] for row in rows if not np.isnan(row[at])] for at in range(classes)
        }
        for model, rows in tables.items()
    }
    numbers = series_numbers("Accuracy of each class", series, "class", percent)
    called = [[type(row[0])(names[at]), *row[1:]] for at, row in enumerate(numbers.rows)]
    caption = (
        "Accuracy on the symbols of each class, at any position: mean over seeds (dot), lowest to "
        "highest seed (line)."
    )
    figure = Figure(
        "Accuracy of each class",
        digit_figure(tables, names),
        caption,
        numbers=type(numbers)(numbers.name, numbers.columns, called),
    )
    return Section("Accuracy of each class", [figure])


def confusion_section(groups: Groups) -> Section:
    """Return a confusion matrix a model, all its seeds together; none where labels are numbers."""
    title = "Which class is predicted as which"
    names = _shared_names(groups)
    classes = len(names)
    if not 0 < classes <= MOST:
        return Section(title, [])
    figures = []
    for model, runs in groups.items():
        both = [run.load_predictions() for run in runs]
        counts = sum(confusion(one["pred"], one["true"], classes) for one in both)
        together = "one seed" if len(runs) == 1 else f"{len(runs)} seeds together"
        name = f"Confusion matrix of {model}"
        figures.append(
            Figure(
                name,
                confusion_figure(counts, names, model),
                f"{model}, {together}: the share of each true class (a row) that is predicted as "
                "each class. The diagonal is correct; the stronger the orange, the more frequent "
                "the error.",
                "square",
                class_numbers(name, counts, names),
            )
        )
    return Section(title, [Row(figures)])


def _shared_names(groups: Groups) -> tuple[str, ...]:
    """Return the names of the classes that all runs tell apart; none where they differ."""
    every = {_names(run) for runs in groups.values() for run in runs}
    return every.pop() if len(every) == 1 else ()


def _names(run: Run) -> tuple[str, ...]:
    """Return what each value of a label is called; a number that is derived is its own name."""
    names = run.classifier_summary.names
    values = len(run.classifier_summary.metrics.digit_accuracy)
    return names if len(names) == values else numbered(values)

"""The pictures of the Fashion-MNIST report: curves of every net, and errors."""

from __future__ import annotations

from glyphlab.reporting.pages.page_parts import Part, captioned
from glyphlab.reproductions.core.drawn.report_figures import Named, ReportFigure
from glyphlab.reproductions.core.drawn.run_pictures import (
    class_table,
    confusion_of,
    errors_of,
    learning_figures,
)
from glyphlab.reproductions.fashion_mnist.fashion_models import SETTINGS

__all__ = ["FASHION_FIGURES"]

SMALL = {
    f"fashion-{number}": f"{number}: {optimizer} {rate:g}, {batch}"
    for number, optimizer, rate, batch, _ in SETTINGS
}
LARGER = {
    "fashion-deep": "the deeper net", "fashion-cnn": "the CNN",
    "fashion-dropout": "the CNN with dropout",
}  # fmt: skip


def _small(runs: Named) -> list[Part]:
    about = (
        " of the nine settings: number, optimizer, rate and batch over each chart; where training "
        "and validation part, the net overfits"
    )
    return learning_figures(runs, SMALL, about)


def _larger(runs: Named) -> list[Part]:
    return learning_figures(runs, LARGER, ", the net over each chart")


def _classes(runs: Named) -> list[Part]:
    found = runs["fashion-dropout"]
    parts: list[Part] = [confusion_of(found), class_table(found)]
    gallery = errors_of(found)
    if gallery is not None:
        caption = (
            "Errors of the CNN with dropout on test, the most confident first: the label, the "
            "prediction, and the net's confidence"
        )
        parts.append(captioned(caption, gallery))
    return parts


FASHION_FIGURES = (
    ReportFigure.of_runs("1.curves", "Models 1 to 9: learning curves", SMALL, _small),
    ReportFigure.of_runs(
        "deep.curves", "The deeper net and both CNNs: learning curves", LARGER, _larger
    ),
    ReportFigure.of_runs(
        "dropout.classes", "Ours: classes and errors of the CNN with dropout",
        ("fashion-dropout",), _classes,
    ),
)  # fmt: skip
"""In the order of the report."""

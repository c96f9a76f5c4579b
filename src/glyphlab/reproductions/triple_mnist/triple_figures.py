"""The pictures of the Triple-MNIST report: its data, its nets, and its generators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.seeds import numpy_rng
from glyphlab.data.class_names import label_text
from glyphlab.reporting import (
    augmentation_figure,
    image_grid,
    label_grid,
    overlap_figure,
    sweep_figure,
)
from glyphlab.reporting.pages.page_parts import (
    Column,
    Figure,
    Part,
    Row,
    Table,
    captioned,
    cells,
)
from glyphlab.reporting.sections.figure_numbers import series_numbers, share_numbers
from glyphlab.reproductions.core.drawn.generator_pictures import (
    losses_of,
    samples_at,
    timelines_of,
)
from glyphlab.reproductions.core.drawn.report_figures import Named, ReportFigure
from glyphlab.reproductions.core.drawn.run_pictures import (
    BAND,
    class_table,
    confusion_of,
    learning_figures,
    predictions_of,
)
from glyphlab.reproductions.triple_mnist.triple_models import LABELS_SEEN, READERS, seen_name
from glyphlab.tasks import Task
from glyphlab.tasks.label_names import symbol_names

__all__ = ["TRIPLE_FIGURES"]

AUGMENTED = ("none", "rotate", "shift", "zoom", "affine", "columns", "warp")
SHOWN_LABEL = (0, 3, 8)
"""The label that the report shows six images of."""
SIX = 6
STRIPS = ("strip", "strip-taught")
WITHOUT = {
    "strip-taught": "All tweaks",
    "strip-without-smoothing": "Without smoothing",
    "strip-without-dropout": "Without dropout",
    "strip-without-two-steps": "One step of the discriminator",
    "strip-without-tweaks": "None of the three",
}
TITLES = {"heads": "three heads on whole images", "sliced": "one net on strips"}


def _nine(task: Task) -> list[Part]:
    chosen = _random(task)
    return [
        captioned(
            "Nine training images drawn at random",
            image_grid(task.train.images[chosen], _labels(task, chosen), 3),
        )
    ]


def _one_label(task: Task) -> list[Part]:
    labels = task.train.labels
    asked = np.asarray(SHOWN_LABEL)
    there = labels.shape[1:] == asked.shape and bool((labels == asked).all(1).any())
    label = asked if there else labels[0]
    same = np.flatnonzero((labels == label).all(1))[:SIX]
    name = label_text(label.tolist(), symbol_names(task))
    other = "" if there else ", as these data have no image of the paper's label"
    caption = f"Images of the one label {name}{other}: other glyphs at other heights"
    return [captioned(caption, image_grid(task.train.images[same], _labels(task, same), SIX))]


def _every_label(task: Task) -> list[Part]:
    numbers = {
        split: (part.labels @ (10 ** np.arange(task.scene.count)[::-1])).tolist()
        for split, part in task.splits.items()
    }
    return [
        captioned(
            "Every possible label, by the split that holds it: no label stands in two",
            label_grid(
                {split: sorted(set(found)) for split, found in numbers.items()},
                task.classes**task.scene.count,
            ),
            Table(
                "Labels by split", [Column("split"), Column("labels")],
                [cells(split, f"{len(set(found)):,}") for split, found in numbers.items()],
            ),
        )
    ]  # fmt: skip


def _overlap(task: Task) -> list[Part]:
    overlap = task.audit().to_json()["glyph_overlap"]
    shared = {
        pair.replace("_", " in "): float(share)
        for pair, share in overlap.items()
        if isinstance(share, float)
    }
    return [
        captioned(
            "What the paper did not look for: the share of glyphs that two splits have in common",
            overlap_figure(shared),
            share_numbers("Glyphs in common", {"share": shared}, "splits"),
        )
    ]


def _augmented(task: Task) -> list[Part]:
    caption = (
        "What each augmentation does to one image. Where the whole image is turned, shifted and "
        "stretched, a digit may cross into its neighbour's column or leave the picture; where it "
        "is done to each column by itself, every digit stays in its place"
    )
    image = task.train.images[_random(task)[0]]
    return [captioned(caption, augmentation_figure(image, AUGMENTED, task.scene.count))]


def _strips(task: Task) -> list[Part]:
    first, names = _random(task)[0], symbol_names(task)
    image, label = task.train.images[first], task.train.labels[first].tolist()
    width = image.shape[1] // task.scene.count
    strips = np.stack(
        [image[:, width * place : width * (place + 1)] for place in range(task.scene.count)]
    )
    whole = label_text(label, names)
    ends = [f"columns {width * place} to {width * (place + 1) - 1}" for place in range(len(strips))]
    said = [f"{names[one]}" for one in label]
    caption = (
        f"An image labelled {whole}, and its {len(strips)} strips of {image.shape[0]}×{width} "
        f"pixels with the label of each: {', '.join(ends)}"
    )
    both = {f"An image labelled {whole}": (image[None], [whole]), caption: (strips, said)}
    return [
        Row(
            [
                Figure(title.partition(",")[0], image_grid(shown, below, len(shown)), title)
                for title, (shown, below) in both.items()
            ]
        )
    ]


def _curves(runs: Named) -> list[Part]:
    names = {"paper-whole": "640-class CNN", "whole-dropout": "with dropout",
             "whole-affine": "augmented", "whole-columns": "columns augmented"}  # fmt: skip
    about = (
        ", the net over each chart; no validation label is a class of these nets, so that they "
        "have no loss there, and rows 3.base.val-loss-… say what a second numbering gives"
    )
    return learning_figures(runs, names, about)


def _confusion(runs: Named) -> list[Part]:
    return [confusion_of(runs["paper-sliced"]), class_table(runs["paper-sliced"])]


def _examples(runs: Named) -> list[Part]:
    found = predictions_of(runs["paper-sliced"][0], SIX)
    return [] if found is None else [found]


def _canvas(runs: Named) -> list[Part]:
    names = {"canvas": "Whole images"}
    return [*samples_at(runs, names, (0.0, 0.5, 1.0)), *losses_of(runs, names),
            *timelines_of(runs, names)]  # fmt: skip


def _strip(runs: Named) -> list[Part]:
    names = {"strip": "Strips, as published", "strip-taught": "Strips, taught"}
    return [*samples_at(runs, names, (0.0, 0.25, 0.5, 0.75)), *losses_of(runs, names),
            *timelines_of(runs, names)]  # fmt: skip


def _tweaks(runs: Named) -> list[Part]:
    return samples_at(runs, WITHOUT, (1.0,))


def _labels_seen(runs: Named) -> list[Part]:
    series: dict[str, dict[float, list[float]]] = {}
    for reader in READERS:
        points = {
            float(count): [run.classifier_summary.metrics.exact_match for run in runs[name]]
            for count in LABELS_SEEN
            if (name := seen_name(reader, count)) in runs
        }
        if points:
            series[TITLES[reader]] = points
    called = "labels in training"
    caption = (
        "Accuracy on labels that training never shows, by the number of labels that it does, as "
        f"many images of them. {BAND}"
    )
    svg = sweep_figure(series, called, "test accuracy", log=True)
    return [captioned(caption, svg, series_numbers("Accuracy on unseen labels", series, called))]


def _random(task: Task) -> NDArray[np.int64]:
    """Return the nine training images that are drawn at random."""
    rng = numpy_rng(0, "task-1-pictures")
    chosen: NDArray[np.int64] = rng.choice(len(task.train), 9, replace=False)
    return chosen


def _labels(task: Task, index: NDArray[np.int64]) -> list[str]:
    names: Sequence[str] = symbol_names(task)
    return [label_text(row, names) for row in task.train.labels[index].tolist()]


TRIPLE_FIGURES = (
    ReportFigure.of_data("1.nine", "Task 1: training images", _nine),
    ReportFigure.of_data("1.label", "Task 1: one label", _one_label),
    ReportFigure.of_data("1.labels", "Task 1: every label", _every_label),
    ReportFigure.of_data("1.overlap", "Task 1: glyphs in common", _overlap),
    ReportFigure.of_runs(
        "3.curves", "Task 3: learning curves",
        ("paper-whole", "whole-dropout", "whole-affine", "whole-columns"), _curves,
    ),
    ReportFigure.of_data("1.augmented", "Task 3: augmentations", _augmented),
    ReportFigure.of_data("4.strips", "Task 4: three strips", _strips),
    ReportFigure.of_runs(
        "4.confusion", "Task 4: single digits on test", ("paper-sliced",), _confusion
    ),
    ReportFigure.of_runs("4.examples", "Task 4: six predictions", ("paper-sliced",), _examples),
    ReportFigure.of_runs(
        "labels.seen", "Ours: how many labels it takes to read others",
        [seen_name(reader, count) for reader in READERS for count in LABELS_SEEN], _labels_seen,
    ),
    ReportFigure.of_runs("5b.canvas", "Task 5b: a GAN of whole images", ("canvas",), _canvas),
    ReportFigure.of_runs("5b.strip", "Task 5b: a GAN of single digits", STRIPS, _strip),
    ReportFigure.of_runs("5b.tweaks", "Ours: each stability tweak on and off", WITHOUT, _tweaks),
)  # fmt: skip
"""In the order of the report."""

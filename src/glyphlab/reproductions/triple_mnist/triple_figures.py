"""The pictures of the Triple-MNIST report's first and third task."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.seeds import numpy_rng
from glyphlab.data.class_names import label_text
from glyphlab.reporting import augmentation_figure, image_grid, label_grid, overlap_figure
from glyphlab.reporting.pages.page_parts import Column, Figure, Table, captioned, cells
from glyphlab.reporting.sections.figure_numbers import share_numbers
from glyphlab.tasks import Task
from glyphlab.tasks.label_names import symbol_names

__all__ = ["triple_mnist_pictures"]

AUGMENTED = ("none", "affine", "columns", "warp")


def triple_mnist_pictures(task: Task) -> list[Figure]:
    """Draw the pictures of the report's first and third task, on the published data."""
    rng = numpy_rng(0, "task-1-pictures")
    train = task.train
    nine = rng.choice(len(train), 9, replace=False)
    names = symbol_names(task)
    name = label_text(train.labels[0].tolist(), names)

    def named(index: NDArray[np.int64]) -> list[str]:
        return [label_text(row, names) for row in train.labels[index].tolist()]

    same = np.flatnonzero((train.labels == train.labels[0]).all(1))[:6]
    numbers = {
        split: (part.labels @ (10 ** np.arange(task.scene.count)[::-1])).tolist()
        for split, part in task.splits.items()
    }
    overlap = task.audit().to_json()["glyph_overlap"]
    shared = {
        pair.replace("_", " in "): float(share)
        for pair, share in overlap.items()
        if isinstance(share, float)
    }
    return [
        captioned(
            "Nine training images drawn at random",
            image_grid(train.images[nine], named(nine), 3),
        ),
        captioned(
            f"Images of the one label {name}: other glyphs at other heights",
            image_grid(train.images[same], named(same), 6),
        ),
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
        ),
        captioned(
            "What the paper did not look for: the share of glyphs that two splits have in common",
            overlap_figure(shared),
            share_numbers("Glyphs in common", {"share": shared}, "splits"),
        ),
        captioned(
            "What each augmentation does to one image. Where the whole image is turned, shifted "
            "and stretched, a digit may cross into its neighbour's column or leave the picture; "
            "where it is done to each column by itself, every digit stays in its place",
            augmentation_figure(train.images[nine[0]], AUGMENTED, task.scene.count),
        ),
    ]  # fmt: skip

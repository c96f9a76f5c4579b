"""The models of the Triple-MNIST report: every label a class, and nets that read one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from glyphlab.recipes import ModelEntry
from glyphlab.recipes.classifier_presets import PAPER_TRAINING, model_entry

__all__ = ["LABELS_SEEN", "READERS", "seen_name", "triple_models"]

STRENGTHS = ("0.1", "1", "10")
"""Inverse strengths of the penalty of logistic regression, as the models' names write them."""
DROPOUT = (
    "conv 32 3", "pool 2", "dropout 0.25", "conv 64 3", "pool 2", "dropout 0.25", "conv 64 3",
    "dropout 0.25", "dense 128", "dropout 0.5",
)  # fmt: skip
"""The report's CNN with its dropout: a quarter after each of the three convolutional blocks, the
last of which has no pool, and a half before the output."""
READERS = MappingProxyType({"heads": "paper-multihead", "sliced": "paper-sliced"})
"""The report's two nets that can name a label which training never shows, by a short name."""
ALONE = ("rotate", "shift", "zoom", "affine")
APART = MappingProxyType({"heads": (*ALONE, "columns"), "sliced": ALONE})
"""What the report did to whole images, each change alone and all three; ours, which is the same
for a net that is given one column at a time."""
LABELS_SEEN = (64, 160, 320, 640)
"""Labels in training, of the thousand that there are."""
SEEN_IMAGES, SEEN_EPOCHS = 6_400, 15
"""Training images whatever the number of labels or the augmentation, and epochs on them: a tenth
of the images, so that a change of them has something to add."""


def triple_models() -> Iterator[ModelEntry]:
    """Yield the models that comparisons do not know by name."""
    for strength in STRENGTHS:
        classical = {"name": "logistic", "C": float(strength), "solver": "softmax"}
        yield ModelEntry(
            f"logistic-c{strength}",
            "whole",
            "classical",
            f"logistic regression on all pixels, C = {strength}",
            model=MappingProxyType({"classical": classical}),
        )
    # At a constant rate this is the first epoch of the five, bit for bit: its weights, which the
    # run of five does not keep.
    yield _trained("whole-first-epoch", "the paper's 640-class CNN after one epoch", epochs=1)
    yield _trained("whole-10-epochs", "the paper's 640-class CNN, 10 epochs", epochs=10)
    yield _trained("whole-slow", "the paper's 640-class CNN at a rate of 1e-4", learning_rate=1e-4)
    yield _trained("whole-affine", "the paper's CNN, whole images augmented", augment="affine")
    for change in ("rotate", "shift", "zoom"):
        yield _trained(
            f"whole-{change}", f"the paper's CNN, {change} on whole images", augment=change
        )
    yield _trained("whole-columns", "the paper's CNN, columns augmented", augment="columns")
    yield ModelEntry(
        "whole-dropout",
        "whole",
        "layers",
        "the paper's 640-class CNN with dropout",
        PAPER_TRAINING,
        MappingProxyType({"layers": list(DROPOUT), "initial": "keras"}),
    )

    shared = MappingProxyType({"as_published": False, "labels": "shared"})
    yield ModelEntry(
        "whole-shared", "whole", "triple-mnist-cnn",
        "the paper's CNN with a class for each of 1,000 labels, which all splits share",
        PAPER_TRAINING, of_task=shared,
    )  # fmt: skip
    yield ModelEntry(
        "logistic-shared", "whole", "classical",
        "logistic regression with a class for each of 1,000 labels, which all splits share",
        model=MappingProxyType({"classical": {"name": "logistic", "C": 1.0, "solver": "softmax"}}),
        of_task=shared,
    )  # fmt: skip
    for reader, paper in READERS.items():
        yield from _of_fewer_images(reader, model_entry(paper))


def seen_name(reader: str, count: int) -> str:
    """Return the name of a net that is trained on images of this number of labels."""
    return f"{reader}-of-{count}-labels"


def _of_fewer_images(reader: str, entry: ModelEntry) -> Iterator[ModelEntry]:
    """Yield a net that is trained on as many images of more and more labels, and augmented."""
    about = f"{entry.about}, {SEEN_IMAGES:,} images"

    def few(name: str, said: str, labels: int, augment: str) -> ModelEntry:
        training = {**entry.training, "epochs": SEEN_EPOCHS, "augment": augment}
        data = {"train_labels": labels, "train_images": SEEN_IMAGES}
        return replace(
            entry, name=name, about=about + said, training=MappingProxyType(training),
            of_task=MappingProxyType(data),
        )  # fmt: skip

    for count in LABELS_SEEN:
        yield few(seen_name(reader, count), f" of {count} labels", count, "none")
    for augment in APART[reader]:
        yield few(f"{reader}-{augment}", f", {augment} in training", LABELS_SEEN[-1], augment)


def _trained(name: str, about: str, **changes: Any) -> ModelEntry:
    training = MappingProxyType({**PAPER_TRAINING, **changes})
    return ModelEntry(name, "whole", "triple-mnist-cnn", about, training)

"""The models of the Triple-MNIST report's tasks 2 and 3: every label a class, at many settings."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from glyphlab.recipes import ModelEntry
from glyphlab.recipes.classifier_presets import PAPER_TRAINING

__all__ = ["triple_models"]

STRENGTHS = ("0.1", "1", "10")
"""Inverse strengths of the penalty of logistic regression, as the models' names write them."""
DROPOUT = (
    "conv 32 3", "pool 2", "dropout 0.25", "conv 64 3", "pool 2", "dropout 0.25", "conv 64 3",
    "dropout 0.25", "dense 128", "dropout 0.5",
)  # fmt: skip
"""The report's CNN with its dropout: a quarter after each of the three convolutional blocks, the
last of which has no pool, and a half before the output."""


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
    yield _trained("whole-affine", "the report's CNN, whole images augmented", augment="affine")
    yield _trained("whole-columns", "the report's CNN, columns augmented", augment="columns")
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


def _trained(name: str, about: str, **changes: Any) -> ModelEntry:
    training = MappingProxyType({**PAPER_TRAINING, **changes})
    return ModelEntry(name, "whole", "triple-mnist-cnn", about, training)

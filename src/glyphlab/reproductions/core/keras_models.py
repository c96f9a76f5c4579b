"""The two student reports' nets, trained as Keras trains them."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from glyphlab.recipes import ModelEntry

__all__ = ["keras_model"]


def keras_model(
    name: str,
    layers: Sequence[str],
    *,
    about: str,
    epochs: int,
    batch_size: int,
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    activation: str = "relu",
    validation_fraction: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> ModelEntry:
    """Return a net by description with Keras's defaults: constant rate, no momentum, float32."""
    training: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "schedule": "constant",
        "weight_decay": 0.0,
        "label_smoothing": 0.0,
        "augment": "none",
        "select": "last",
        "precision": "float32",
        "validation_fraction": validation_fraction,
        "l1": l1,
        "l2": l2,
    }
    if optimizer == "sgd":
        training["momentum"] = 0.0
    model = {"layers": list(layers), "activation": activation, "initial": "keras"}
    return ModelEntry(
        name,
        "multihead",
        "layers",
        about,
        MappingProxyType(training),
        MappingProxyType(model),
    )

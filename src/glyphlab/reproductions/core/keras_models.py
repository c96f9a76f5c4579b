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
    batch: int,
    optimizer: str = "adam",
    rate: float = 1e-3,
    activation: str = "relu",
    hold_out: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> ModelEntry:
    """Return a net by description with Keras's defaults: constant rate, no momentum, float32."""
    training: dict[str, Any] = {
        "epochs": epochs,
        "batch": batch,
        "optimizer": optimizer,
        "rate": rate,
        "schedule": "constant",
        "weight_decay": 0.0,
        "smoothing": 0.0,
        "augment": "none",
        "select": "last",
        "precision": "float32",
        "hold_out": hold_out,
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

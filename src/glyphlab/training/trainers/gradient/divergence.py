"""What is said where a loss is no number: what ran away, and what to change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from glyphlab._common.errors import TrainingDiverged
from glyphlab.recipes import TrainingRecipe

__all__ = ["diverged", "require_finite"]


def require_finite(row: Mapping[str, Any], settings: TrainingRecipe, precision: str) -> None:
    """Insist on a validation loss that is a number, where an epoch has one.

    Raises
    ------
    TrainingDiverged
        Where it is none: the weights ran away in the last steps of the epoch.
    """
    loss = row["val_loss"]
    if loss is not None and not math.isfinite(loss):
        place = (
            f"the validation of epoch {row['epoch']}, after a training loss of {row['loss']:.3g}"
        )
        raise diverged(loss, place, row["learning_rate"], settings, precision)


def diverged(
    loss: float, place: str, rate: float, settings: TrainingRecipe, precision: str
) -> TrainingDiverged:
    """Return the error of a loss that is not finite.

    Parameters
    ----------
    loss : float
    place : str
        Such as ``"epoch 1, batch 2 of 3"``.
    rate : float
        Of that step.
    settings : TrainingRecipe
    precision : str
        What was multiplied in; another is advised where there is a safer one.
    """
    safer = "" if precision == "float32" else ", or --set training.precision=float32"
    return TrainingDiverged(
        f"the loss became {loss} in {place}, at rate {rate:.2g}: lower training.learning_rate (for "
        "example "
        f"--set training.learning_rate={settings.learning_rate / 10:.1g}){safer}"
    )

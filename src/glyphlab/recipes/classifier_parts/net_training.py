"""How a classifier's net is trained."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from glyphlab.recipes.augmentation import parse_augmentation
from glyphlab.recipes.base import Device, Part, Precision

__all__ = ["TrainingRecipe"]


class TrainingRecipe(Part):
    """How the net is trained. Rates are peak rates; `patience` stops early, in epochs.

    `short_canvas` draws the images of the first epochs on a canvas only a little taller than a
    symbol, each glyph at a new height: a net that is convolutional from top to bottom learns the
    same from half the pixels. `restarts` above 1 trains as many nets for an epoch each and goes on
    from the one with the lowest training loss. `estimate_classes` finds what groups of alike
    symbols count, by least squares over the labels, and trains on single symbols. `momentum` and
    `nesterov` are those of 'sgd'; `l1` and `l2` are strengths on every kernel, as Keras's
    regularizers have them: their penalty is part of the loss.
    """

    table: ClassVar[str] = "training"
    added: ClassVar[tuple[str, ...]] = ("estimate_classes",)

    epochs: int = Field(6, ge=1, description="Number of passes over the training images, at most.")
    batch_size: int = Field(128, ge=1, description="Images of one step.")
    optimizer: Literal["adam", "adamw", "muon", "nadam", "rmsprop", "sgd"] = Field(
        "adamw", description="Optimizer."
    )
    learning_rate: float = Field(2e-3, gt=0, description="Peak learning rate.")
    schedule: Literal["constant", "linear", "onecycle"] = Field(
        "constant", description="How the learning rate changes over the training."
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        description="Weight decay of kernels: decoupled with 'adamw' and with 'muon', whose filter "
        "banks have none; with the other optimizers it is added to the gradient.",
    )
    momentum: float = Field(0.9, ge=0, lt=1, description="Momentum of optimizer 'sgd'.")
    nesterov: bool = Field(True, description="Nesterov momentum for optimizer 'sgd'.")
    l1: float = Field(
        0.0,
        ge=0,
        description="Strength of an l1 penalty on every kernel, added to the loss as in Keras.",
    )
    l2: float = Field(
        0.0,
        ge=0,
        description="Strength of an l2 penalty on every kernel, added to the loss as in Keras.",
    )
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="Label smoothing of the cross-entropy."
    )
    augment: str = Field("none", description="One augmentation, or several as 'flip+roll+erase'.")
    short_canvas: float = Field(
        0.0,
        ge=0,
        le=1,
        description="First share of the epochs drawn on a canvas only a little taller than a "
        "symbol.",
    )
    restarts: int = Field(
        1,
        ge=1,
        le=1_000,
        description="Train this number of nets for one epoch each, and continue the one with "
        "the lowest training loss.",
    )
    estimate_classes: int = Field(
        0,
        ge=0,
        le=100,
        description="Estimate the class of each symbol in this number of rounds, by least squares "
        "over the labels, and train on these classes: for sums of many symbols.",
    )
    repeats: int = Field(
        1,
        ge=1,
        description="How often an epoch shows each training image; useful where images are few.",
    )
    patience: int | None = Field(
        None,
        ge=1,
        description="Stop after this number of epochs without a better validation score; left "
        "out, never.",
    )
    select: Literal["best", "last"] = Field(
        "best",
        description="Keep the weights of the epoch with the best validation score, or of the "
        "last epoch.",
    )
    validation_fraction: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of the training images held out for validation, in place of the "
        "validation split.",
    )
    precision: Precision = "auto"
    device: Device = "auto"

    @model_validator(mode="after")
    def _augmentation_is_known(self) -> Self:
        parse_augmentation(self.augment)
        return self

"""How a generator and its discriminator are trained, as a part of the recipe."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from glyphlab._common.registry import LOSSES
from glyphlab.recipes.base import Device, Part, Precision
from glyphlab.recipes.known_names import one_of

__all__ = ["BALANCED", "GeneratorTrainingRecipe"]

BALANCED = "boundary-equilibrium"
"""The loss whose discriminator is an autoencoder."""


class GeneratorTrainingRecipe(Part):
    """How the two are trained.

    `images` counts real images that the discriminator sees. `penalty` 'r1' and 'r1+r2' are half of
    `strength` times the squared gradients at real images, with 'r1+r2' at generated ones too, taken
    every `every`-th step with as much more weight; 'gradient' is that of WGAN-GP. `label_smoothing`
    is Keras's: 0.9 gives the targets 0.55 and 0.45; where it is `one_sided`, 0.1 gives 0.9 and 0.
    `cooldown` is the last share of the training, in which both learning rates fall to nothing.
    """

    table: ClassVar[str] = "training"
    added: ClassVar[tuple[str, ...]] = ("one_sided", "diversity", "class_weight")

    images: int = Field(300_000, ge=1, description="Real images shown to the discriminator in all.")
    epoch_images: int | None = Field(
        None,
        ge=1,
        description="Real images between two evaluations of the samples; left out, all that "
        "there are.",
    )
    batch_size: int = Field(64, ge=1, description="Real images of one step.")
    resample_generated: bool = Field(
        False,
        description="Generate new images for the generator's step instead of those that the "
        "discriminator has just seen.",
    )
    generator_batch_size: int | None = Field(
        None, ge=1, description="Images of the generator's step, where it generates its own."
    )
    discriminator_steps: int = Field(
        1,
        ge=0,
        description="Steps of the discriminator for each step of the generator; 0 leaves it "
        "untrained.",
    )
    loss: Annotated[str, one_of(LOSSES)] = Field("relativistic", description="Adversarial loss.")
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Label smoothing as Keras has it: 0.9 gives the targets 0.55 and 0.45.",
    )
    one_sided: bool = Field(
        False,
        description="Smooth the targets of real images alone: 0.1 gives the targets 0.9 and 0.",
    )
    diversity: float = Field(
        0.5, gt=0, le=1, description="Error of generated images over that of real ones, in BEGAN."
    )
    class_weight: float = Field(
        4.0, gt=1, description="What a real image of its own classes counts for a discriminator."
    )
    penalty: Literal["none", "gradient", "r1", "r1+r2"] = Field(
        "r1+r2",
        description="Gradient penalty: at real images (r1), at generated ones too (r1+r2), or "
        "of WGAN-GP (gradient).",
    )
    strength: float = Field(1.0, ge=0, description="Weight of the gradient penalty.")
    every: int = Field(
        2, ge=1, description="Apply the penalty in every n-th step, with n times the weight."
    )
    auxiliary: float = Field(
        0.0,
        ge=0,
        description="Weight of the label loss of the discriminator's own classifier head.",
    )
    learning_rate: float = Field(5e-4, gt=0, description="Learning rate of the generator.")
    discriminator_learning_rate: float | None = Field(
        None, gt=0, description="Learning rate of the discriminator; left out, the generator's."
    )
    beta1: float = Field(0.0, ge=0, lt=1, description="Adam's decay of the first moment.")
    beta2: float = Field(0.99, ge=0, lt=1, description="Adam's decay of the second moment.")
    epsilon: float = Field(1e-8, gt=0, description="Adam's epsilon.")
    cooldown: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Last share of the training, in which both learning rates fall to 0.",
    )
    ema: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="Decay of the exponential moving average (EMA) of the generator's weights; "
        "0: no average.",
    )
    collapse_mitigation: Literal["none", "class_cap", "replay"] = Field(
        "none",
        description="Against collapse: give a class beyond its share no gain (class_cap), or "
        "show the discriminator stored images of it as generated (replay).",
    )
    precision: Precision = "auto"
    device: Device = "auto"

    @model_validator(mode="after")
    def _fits_the_loss(self) -> Self:
        if self.label_smoothing and not LOSSES.load(self.loss).smoothable:
            named = "', '".join(name for name, loss in LOSSES.usable() if loss.smoothable)
            raise ValueError(
                f"training.label_smoothing is of targets, and loss '{self.loss}' has none: "
                f"leave it out, or choose training.loss '{named}'"
            )
        if self.penalty != "none" and not self.strength:
            raise ValueError(
                "training.penalty has strength 0: give training.strength, or penalty 'none'"
            )
        return self

    @model_validator(mode="after")
    def _teaches_what_it_asks_for(self) -> Self:
        if self.discriminator_steps:
            return self
        idle = {
            "training.penalty = 'none'": self.penalty != "none",
            "training.auxiliary = 0": self.auxiliary > 0,
            "training.collapse_mitigation = 'none'": self.collapse_mitigation == "replay",
            "training.resample_generated = true": not self.resample_generated,
        }
        if any(idle.values()):
            raise ValueError(
                "training.discriminator_steps = 0 teaches the discriminator nothing: set "
                + ", ".join(change for change, needed in idle.items() if needed)
            )
        return self

    @property
    def batches(self) -> int:
        """Batches of real images that are shown for each step of the generator."""
        return max(1, self.discriminator_steps)

"""Everything that fixes the training of a generator, frozen and validated."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from glyphlab._common.registry import LOSSES
from glyphlab.recipes.base import BaseRecipe, Part
from glyphlab.recipes.known_names import one_of
from glyphlab.recipes.reference import reference_recipe
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["EvaluationRecipe", "GanRecipe", "NetsRecipe", "PlayRecipe"]


class NetsRecipe(Part):
    """Which two nets play.

    `family` 'small' is our own pair; the others are the reports', to the parameter. A conditional
    pair is told which symbol to draw, and which one it is shown.
    """

    family: Literal["small", "dcgan", "dense", "strip", "canvas"] = "small"
    latent: int = Field(64, ge=1, description="Numbers that a sample is drawn from")
    width: int = Field(32, ge=4, description="Channels of the widest map; of family 'small'")
    conditional: bool = True
    spectral: bool = Field(False, description="Spectral norm on the discriminator's kernels")
    start: Literal["grey", "mean"] = Field(
        "grey",
        description="Brightness that drawn images begin at: grey, or the mean of the real ones. "
        "From grey a tanh may run past a dark background to where it learns nothing more",
    )

    @model_validator(mode="after")
    def _only_ours_is_told(self) -> Self:
        if self.conditional and self.family != "small":
            raise ValueError(
                f"nets.family '{self.family}' is a report's and is not told labels: set "
                "nets.conditional = false, or choose family 'small'"
            )
        return self


class PlayRecipe(Part):
    """How the two are trained.

    `images` counts real images shown to the discriminator. `penalty` 'r1' and 'r1+r2' are half of
    `strength` times the squared gradients at real, and at made images too, taken every `every`-th
    step with as much more weight; 'gradient' is that of WGAN-GP. `smoothing` is Keras's: 0.9 gives
    the targets 0.55 and 0.45. `cooldown` is the last share of the training, in which both rates
    fall to nothing.
    """

    images: int = Field(300_000, ge=1)
    epoch: int | None = Field(
        None,
        ge=1,
        description="Real images between two looks at the samples; all that there are "
        "where it is left out",
    )
    batch: int = Field(64, ge=1)
    fresh: bool = Field(
        False,
        description="The generator's step makes images of its own; otherwise it is taught "
        "by those that the discriminator has just seen, and they are made once",
    )
    generator_batch: int | None = Field(
        None, ge=1, description="Fresh images of the generator's step"
    )
    discriminator_steps: int = Field(
        1,
        ge=0,
        description="For each step of the generator; 0: it is never taught and stays as it began",
    )
    loss: Annotated[str, one_of(LOSSES)] = "relativistic"
    smoothing: float = Field(0.0, ge=0, lt=1)
    penalty: Literal["none", "gradient", "r1", "r1+r2"] = "r1+r2"
    strength: float = Field(1.0, ge=0)
    every: int = Field(2, ge=1)
    auxiliary: float = Field(
        0.0, ge=0, description="Weight of the label being readable, by the discriminator's own head"
    )
    rate: float = Field(5e-4, gt=0, description="Of the generator")
    discriminator_rate: float | None = Field(None, gt=0, description="Where it is another")
    beta1: float = Field(0.0, ge=0, lt=1)
    beta2: float = Field(0.99, ge=0, lt=1)
    epsilon: float = Field(1e-8, gt=0)
    cooldown: float = Field(0.3, ge=0, le=1)
    average: float = Field(
        0.999, ge=0, lt=1, description="Memory of the generator's mean weights; 0: the weights"
    )
    remedy: Literal["none", "cap", "memory"] = Field(
        "none",
        description="cap: made images of a class beyond its share earn nothing; memory: images of "
        "a class that has taken over are kept, and shown to the discriminator as made",
    )
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @model_validator(mode="after")
    def _fits_the_loss(self) -> Self:
        if self.smoothing and not LOSSES.load(self.loss).smoothable:
            named = "', '".join(name for name, loss in LOSSES.usable() if loss.smoothable)
            raise ValueError(
                f"play.smoothing is of targets, and loss '{self.loss}' has none: leave it out, or "
                f"choose play.loss '{named}'"
            )
        if self.penalty != "none" and not self.strength:
            raise ValueError("play.penalty has strength 0: give play.strength, or penalty 'none'")
        return self

    @model_validator(mode="after")
    def _teaches_what_it_asks_for(self) -> Self:
        if self.discriminator_steps:
            return self
        idle = {
            "play.penalty = 'none'": self.penalty != "none",
            "play.auxiliary = 0": self.auxiliary > 0,
            "play.remedy = 'none'": self.remedy == "memory",
            "play.fresh = true": not self.fresh,
        }
        if any(idle.values()):
            raise ValueError(
                "play.discriminator_steps = 0 teaches the discriminator nothing: set "
                + ", ".join(change for change, needed in idle.items() if needed)
            )
        return self

    @property
    def batches(self) -> int:
        """Batches of real images that are shown for each step of the generator."""
        return max(1, self.discriminator_steps)


class EvaluationRecipe(Part):
    """How samples are judged, and what follows of it."""

    samples: int = Field(10_000, ge=1, description="Images that are judged at the end")
    epoch_samples: int = Field(
        2_000,
        ge=1,
        description="Images that are judged at the end of an epoch; five times as many training "
        "images are looked through for copies",
    )
    judge: str | None = Field(
        None,
        pattern="^[0-9a-f]{12}$",
        description="Hash of the weights of the classifier that judges; the usual one of the task "
        "where it is left out",
    )
    stop_on_alarm: bool = Field(
        False,
        description="End the training at its first alarm, and keep the generator of the epoch with "
        "the smallest Fréchet distance so far",
    )


class GanRecipe(BaseRecipe):
    """A whole training of a generator.

    `pictures` says what is generated: whole 'images'; 'strips', an image's parts, one a symbol; or
    'symbols', cut out of the strips where their ink is and put back by the scene.
    """

    kind: Literal["generator"] = "generator"
    task: TaskRecipe = TaskRecipe(name="single", square=0)
    pictures: Literal["images", "strips", "symbols"] = "images"
    nets: NetsRecipe = NetsRecipe()
    play: PlayRecipe = PlayRecipe()
    evaluation: EvaluationRecipe = EvaluationRecipe()
    name: str = Field("gan", pattern=r"^[a-z0-9][a-z0-9._-]*$")

    @model_validator(mode="after")
    def _label_can_be_read(self) -> Self:
        if self.play.auxiliary and not self.nets.conditional:
            raise ValueError("play.auxiliary needs labels: set nets.conditional = true")
        return self

    @model_validator(mode="after")
    def _memory_is_of_images(self) -> Self:
        if self.play.remedy == "memory" and self.nets.conditional:
            raise ValueError(
                "play.remedy 'memory' remembers images without labels, and these players are told "
                "labels: set nets.conditional = false"
            )
        return self

    def requires(self) -> tuple[BaseRecipe, ...]:
        """Return the task's reference classifier; nothing where a hash says which one it is."""
        return () if self.evaluation.judge else (reference_recipe(self.task),)

    def ignored(self) -> dict[str, str]:
        """Return the keys that would change nothing here, each with the reason and what to do."""
        found: dict[str, str] = {}
        if self.nets.family != "small":
            found["nets.width"] = (
                f"means nothing to the report's family '{self.nets.family}', whose widths are "
                'fixed: leave it out, or set nets.family = "small"'
            )
        if self.play.penalty == "none":
            for key in ("strength", "every"):
                found[f"play.{key}"] = (
                    "is of the penalty on gradients, and play.penalty is 'none': leave it out, or "
                    'set play.penalty = "r1+r2"'
                )
        if not self.play.fresh:
            found["play.generator_batch"] = (
                "counts fresh images: set play.fresh = true, or leave it out"
            )
        if not self.play.discriminator_steps:
            found["play.discriminator_rate"] = (
                "is of a discriminator that learns, and play.discriminator_steps is 0: leave it out"
            )
        return found

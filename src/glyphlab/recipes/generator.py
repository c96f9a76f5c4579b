"""Everything that fixes the training of a generator, frozen and validated."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from glyphlab._common.registry import LOSSES
from glyphlab.recipes.base import BaseRecipe, Part
from glyphlab.recipes.known_names import one_of
from glyphlab.recipes.reference import reference_recipe
from glyphlab.tasks.scenes.scene import preset
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["EvaluationRecipe", "GeneratorModelRecipe", "GeneratorRecipe", "GeneratorTrainingRecipe"]

BALANCED = "boundary-equilibrium"
"""The loss whose discriminator is an autoencoder."""


class GeneratorModelRecipe(Part):
    """Which generator and discriminator.

    `family` 'small' is our own pair; the others are the papers', to the parameter. A conditional
    generator is given the symbol to draw, its discriminator the symbol of the image.
    """

    table: ClassVar[str] = "model"
    added: ClassVar[tuple[str, ...]] = ("dropout", "discriminator_classes")

    family: Literal["small", "dcgan", "dense", "strip", "canvas"] = Field(
        "small",
        description="Which pair of nets: 'small' is our own, the others are the papers', "
        "parameter for parameter.",
    )
    latent: int = Field(64, ge=1, description="Random numbers that a sample is generated from.")
    width: int = Field(
        32, ge=4, description="Channels of the widest feature map, for family 'small'."
    )
    discriminator_width: int | None = Field(
        None,
        ge=4,
        description="Channels of the discriminator, for family 'small'; left out, the generator's.",
    )
    conditional: bool = Field(True, description="Give both nets the label.")
    spectral: bool = Field(False, description="Spectral norm on the discriminator's kernels.")
    start: Literal["grey", "mean"] = Field(
        "grey",
        description="Brightness of the first generated images: grey, or the mean of the real ones.",
    )

    dropout: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Dropout of the discriminator of a paper's family; left out, the paper's own.",
    )
    discriminator_classes: tuple[tuple[Annotated[int, Field(ge=0)], ...], ...] = Field(
        (),
        description="Several discriminators: for each the classes that count more to it.",
    )

    @model_validator(mode="after")
    def _several_are_different(self) -> Self:
        groups = self.discriminator_classes
        once = all(one and len(set(one)) == len(one) for one in groups)
        if groups and not (once and len({frozenset(one) for one in groups}) > 1):
            raise ValueError(
                f"model.discriminator_classes = {list(map(list, groups))} is to name the classes "
                "of two discriminators or more, in groups that differ and have no class twice, as "
                "[[1, 2, 4, 5, 7], [3, 6, 8, 9, 0]]: change it, or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _only_ours_is_conditional(self) -> Self:
        if self.conditional and self.family != "small":
            raise ValueError(
                f"model.family '{self.family}' is a paper's and takes no labels: set "
                "model.conditional = false, or choose family 'small'"
            )
        return self


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
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format; 'auto' takes bfloat16 where a short test finds it faster.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Device; 'auto' takes a GPU where there is one."
    )

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


class EvaluationRecipe(Part):
    """How samples are evaluated, and what follows of it."""

    table: ClassVar[str] = "evaluation"
    added: ClassVar[tuple[str, ...]] = ("keep_weights",)

    samples: int = Field(10_000, ge=1, description="Images evaluated at the end.")
    epoch_samples: int = Field(
        2_000,
        ge=1,
        description="Images evaluated after each epoch; copies are searched in five times as "
        "many training images.",
    )
    reference_classifier: str | None = Field(
        None,
        pattern="^[0-9a-f]{12}$",
        description="Hash of the reference classifier's weights; left out, the task's usual one.",
    )
    stop_on_alarm: bool = Field(
        False,
        description="Stop at the first alarm, and keep the generator of the epoch with the "
        "smallest Fréchet distance.",
    )
    keep_weights: bool = Field(
        False,
        description="Keep the generator's weights of every evaluation, to choose one afterwards.",
    )


class GeneratorRecipe(BaseRecipe):
    """A whole training of a generator.

    `pictures` says what is generated: whole 'images'; 'strips', an image's parts, one a symbol;
    'symbols', cut out of the strips where their ink is and put back by the scene; or 'stacked', all
    symbols of an image at once, one above the other as channels (Metz et al., *Unrolled generative
    adversarial networks*, 2017), which the scene puts back as well.
    """

    kind: Literal["generator"] = Field(
        "generator", description="A recipe of this kind trains a generator."
    )
    task: TaskRecipe = Field(
        TaskRecipe(name="single", generalization_grid=0),
        description="Which images the generator learns from.",
    )
    pictures: Literal["images", "strips", "symbols", "stacked"] = Field(
        "images",
        description="What is generated: whole images; strips, one part of an image a symbol; "
        "symbols that the scene puts together; or stacked, an image's symbols as channels.",
    )
    model: GeneratorModelRecipe = Field(
        GeneratorModelRecipe(), description="The generator and the discriminator."
    )
    training: GeneratorTrainingRecipe = Field(
        GeneratorTrainingRecipe(), description="How both nets are trained."
    )
    evaluation: EvaluationRecipe = Field(
        EvaluationRecipe(), description="How samples are evaluated, and what an alarm does."
    )
    name: str = Field(
        "gan",
        pattern=r"^[a-z0-9][a-z0-9._-]*$",
        description="Names the run: its folder begins with it.",
    )

    @model_validator(mode="after")
    def _label_can_be_read(self) -> Self:
        if self.training.auxiliary and not self.model.conditional:
            raise ValueError("training.auxiliary needs labels: set model.conditional = true")
        return self

    @model_validator(mode="after")
    def _replay_is_of_images(self) -> Self:
        if self.training.collapse_mitigation == "replay" and self.model.conditional:
            raise ValueError(
                "training.collapse_mitigation 'replay' keeps images without labels, and this pair "
                "of nets takes labels: set model.conditional = false"
            )
        return self

    @model_validator(mode="after")
    def _discriminators_go_with_the_loss(self) -> Self:
        several, balanced = self.model.discriminator_classes, self.training.loss == BALANCED
        wrong = {
            "model.conditional = false": self.model.conditional,
            "model.discriminator_classes = []": bool(several),
            "training.penalty = 'none'": self.training.penalty != "none",
        }
        if balanced and any(wrong.values()):
            raise ValueError(
                f"training.loss '{BALANCED}' has one autoencoder for a discriminator, without "
                f"labels and penalties: set {', '.join(k for k, needed in wrong.items() if needed)}"
            )
        if several and not self.training.discriminator_steps:
            raise ValueError(
                "model.discriminator_classes asks for several discriminators that learn, and "
                "training.discriminator_steps is 0: leave one of them out"
            )
        return self

    @model_validator(mode="after")
    def _stacked_is_ours(self) -> Self:
        if self.pictures == "stacked" and (self.model.conditional or self.model.family != "small"):
            raise ValueError(
                "pictures 'stacked' are drawn without a label, by family 'small': set "
                'model.conditional = false and model.family = "small"'
            )
        return self

    @property
    def planes(self) -> int:
        """Channels of a picture: the symbols of an image where they are stacked, otherwise 1."""
        if self.pictures != "stacked":
            return 1
        scene = self.task.own_scene or preset(self.task.name)
        return scene.count * self.task.digits

    def requires(self) -> tuple[BaseRecipe, ...]:
        """Return the task's reference classifier; nothing where a hash says which one it is."""
        return () if self.evaluation.reference_classifier else (reference_recipe(self.task),)

    def ignored(self) -> dict[str, str]:
        """Return the keys that would change nothing here, each with the reason and what to do."""
        found: dict[str, str] = {}
        if self.model.family != "small":
            found["model.width"] = (
                f"means nothing to the paper's family '{self.model.family}', whose widths are "
                'fixed: leave it out, or set model.family = "small"'
            )
        else:
            found["model.dropout"] = "is of a paper's family: leave it out"
        if not self.training.label_smoothing:
            found["training.one_sided"] = "is of training.label_smoothing, which is 0: give both"
        if self.training.loss != BALANCED:
            found["training.diversity"] = f"is of training.loss '{BALANCED}' alone: leave it out"
        if not self.model.discriminator_classes:
            found["training.class_weight"] = "needs model.discriminator_classes: give both"
        if self.model.discriminator_width is None or self.model.family != "small":
            found["model.discriminator_width"] = (  # of the hash of no recipe without it
                "is of family 'small', and left out it is model.width: leave it out, or give it "
                "with that family"
            )
        if self.training.penalty == "none":
            for key in ("strength", "every"):
                found[f"training.{key}"] = (
                    "is of the penalty on gradients, and training.penalty is 'none': leave it out, "
                    'or set training.penalty = "r1+r2"'
                )
        if not self.training.resample_generated:
            found["training.generator_batch_size"] = (
                "counts images of the generator's own step: set training.resample_generated = "
                "true, or leave it out"
            )
        if not self.training.discriminator_steps:
            found["training.discriminator_learning_rate"] = (
                "is of a discriminator that learns, and training.discriminator_steps is 0: leave "
                "it out"
            )
        return found

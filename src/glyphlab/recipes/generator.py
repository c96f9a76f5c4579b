"""Everything that fixes the training of a generator, frozen and validated."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from glyphlab.recipes.base import BaseRecipe, Part
from glyphlab.recipes.generator_parts.pair_training import BALANCED, GeneratorTrainingRecipe
from glyphlab.recipes.reference import reference_recipe
from glyphlab.tasks.scenes.scene import preset
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["EvaluationRecipe", "GeneratorModelRecipe", "GeneratorRecipe", "GeneratorTrainingRecipe"]


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

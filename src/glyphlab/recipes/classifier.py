"""Everything that fixes a run, frozen and validated; its hash names the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from glyphlab._common.errors import IgnoredKey
from glyphlab._common.registry import NETS, STRATEGIES
from glyphlab.recipes.architecture import parse_layers
from glyphlab.recipes.base import BaseRecipe, Part
from glyphlab.recipes.classifier_parts.net_training import TrainingRecipe
from glyphlab.recipes.classifier_presets import ModelEntry, model_entry
from glyphlab.recipes.known_names import one_of
from glyphlab.recipes.overrides import apply_overrides, keys_of, override_key
from glyphlab.recipes.own_model import CustomModel
from glyphlab.recipes.sklearn_settings import ClassicalSettings
from glyphlab.runs.documents import RECIPE
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["ModelRecipe", "Recipe", "TaskRecipe", "TrainingRecipe"]

OF_IMAGES = (
    "task.redraw", "training.patience", "training.repeats", "training.restarts", "training.select",
    "training.short_canvas", "training.validation_fraction",
)  # fmt: skip
"""Keys without effect where a net trains on single symbols, with `training.estimate_classes`."""
WITHOUT_SCORE = (
    "and task.validation_glyph_fraction = 0 leaves no image to validate on: leave it out, or set "
    "training.validation_fraction"
)


class ModelRecipe(Part):
    """Which net, and how it meets the label.

    Net 'layers' is described by `layers`, or, where all are dense, by `units`, `norm`, `dropout`.
    """

    table: ClassVar[str] = "model"

    strategy: Annotated[str, one_of(STRATEGIES)] = Field(
        "aligned", description="How the model relates an image to its label."
    )
    net: Annotated[str, one_of(NETS)] = Field(
        "fast", description="Which net, or 'classical' for scikit-learn."
    )
    channels: int = Field(16, ge=1, description="Channels of the fast net's first convolution.")
    test_views: Literal[1, 2, 5, 10] = Field(
        1,
        description="Average the prediction over 2 (the image and its mirror image), 5 (the "
        "image and four shifts by a pixel) or 10 (those five and their mirror "
        "images).",
    )
    layers: tuple[str, ...] = Field(
        (), description='The layers of net \'layers\', as ["conv 32 3", "pool 2", "dense 128"].'
    )
    units: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="Units of dense layers, in place of layers."
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Dropout rate after each layer of units.")
    norm: bool = Field(False, description="Batch norm after each layer of units.")
    activation: Literal["relu", "sigmoid", "tanh"] = Field(
        "relu", description="Activation of net 'layers'."
    )
    initial: Literal["keras", "torch"] = Field(
        "keras", description="Whose defaults the initial weights of net 'layers' follow."
    )
    classical: ClassicalSettings | None = Field(
        None, description="A scikit-learn model and its settings, for net 'classical'."
    )
    custom: CustomModel | None = Field(
        None, description="A model of your own, for net 'custom'; a comparison writes it."
    )

    @model_validator(mode="after")
    def _classical_belongs_together(self) -> Self:
        if (self.net == "classical") != (self.classical is not None):
            raise ValueError(
                "net 'classical' and the table [model.classical] need each other: give both, for "
                'example net = "classical" and classical = {name = "logistic"}'
            )
        if (self.net == "custom") != (self.custom is not None):
            raise ValueError(
                "net 'custom' and the table [model.custom] need each other, and a comparison "
                "writes both: give the model to compare, or as --model NAME=package.module:factory"
            )
        return self

    @model_validator(mode="after")
    def _goes_with_the_strategy(self) -> Self:
        kind = STRATEGIES.load(self.strategy)
        reason = kind.reason_against_net("classical" if self.is_estimator else self.net)
        if reason:
            raise ValueError(reason)
        return self

    @model_validator(mode="after")
    def _layers_belong_together(self) -> Self:
        parse_layers(self.layers)
        if self.layers and self.units:
            raise ValueError("model.units stands in place of model.layers: leave one of them out")
        if (self.dropout or self.norm) and not self.units:
            raise ValueError(
                "model.dropout and model.norm follow each of model.units, which is empty: give it, "
                'or write "dropout 0.5" and "norm" among model.layers'
            )
        described = "layers" if self.layers else "units"
        if self.net == "layers" and not self.words:
            raise ValueError("net 'layers' needs model.layers, for example [\"dense 100\"]")
        if self.words and self.net != "layers":
            raise ValueError(
                f"model.{described} means nothing to net '{self.net}': set model.net = \"layers\" "
                "too"
            )
        return self

    @property
    def is_estimator(self) -> bool:
        """Whether it is fitted at once, as scikit-learn does it, and not by gradients."""
        return self.net == "classical" or (
            self.custom is not None and self.custom.kind == "estimator"
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The description of net 'layers', word by word, however it was given."""
        after = (*(["norm"] if self.norm else []),
                 *([f"dropout {self.dropout!r}"] if self.dropout else []))  # fmt: skip
        return self.layers or tuple(w for u in self.units for w in (f"dense {u}", *after))


class Recipe(BaseRecipe):
    """A whole run of a classifier."""

    kind: Literal["classifier"] = Field(
        "classifier", description="A recipe of this kind trains a classifier."
    )
    model: ModelRecipe = Field(ModelRecipe(), description="Which model is trained.")
    training: TrainingRecipe = Field(TrainingRecipe(), description="How the model is trained.")

    @model_validator(mode="after")
    def _short_reads_any_height(self) -> Self:
        if not self.training.short_canvas:
            return self
        if self.model.net == "fast" and STRATEGIES.load(self.model.strategy).reads_any_height:
            return self
        able = sorted(f"'{name}'" for name, one in STRATEGIES.usable() if one.reads_any_height)
        raise ValueError(
            "training.short_canvas needs a net that reads any height: net 'fast' with strategy "
            f"{' or '.join(able)}, found '{self.model.net}' with '{self.model.strategy}'"
        )

    @model_validator(mode="after")
    def _short_is_shorter(self) -> Self:
        if self.training.short_canvas and not self.task.can_shorten:
            raise ValueError(
                "training.short_canvas draws on a canvas only a little taller than a row of "
                f"symbols, and that of '{self.task.name}' has several rows or is no taller, or "
                "its images are not drawn: leave it out"
            )
        return self

    @model_validator(mode="after")
    def _classical_has_no_epochs(self) -> Self:
        if self.model.is_estimator and self.task.redraw:
            raise ValueError(
                "a classical model has no epochs to redraw images for: set task.redraw = false"
            )
        return self

    def ignored(self) -> dict[str, str]:
        """Return the keys that would change nothing here, each with the reason and what to do."""
        net, training = self.model.net, self.training
        found: dict[str, str] = {}
        if self.model.is_estimator:
            found["training"] = (
                "means nothing to a classical model: leave it out, its settings stand in "
                "[model.classical]"
                if net == "classical"
                else "means nothing to a classifier of scikit-learn, which has settings of its own"
            )
            found["model.test_views"] = "is for nets: leave it out of a classical model"
        if net != "custom":
            found["model.custom"] = _of("net", "custom", net)
        if net != "fast":
            found["model.channels"] = _of("net", "fast", net)
        if net != "layers":
            for key in ("activation", "initial"):
                found[f"model.{key}"] = _of("net", "layers", net)
        if self.model.is_estimator:
            return found
        kind = STRATEGIES.load(self.model.strategy)
        if not getattr(kind, "can_estimate_classes", False):  # strategies of others have none
            found["training.estimate_classes"] = _of("strategy", "sum", self.model.strategy)
        elif training.estimate_classes:
            for key in OF_IMAGES:
                found[key] = (
                    f"is for training on whole images, and training.estimate_classes = "
                    f"{training.estimate_classes} trains on single symbols and keeps the weights "
                    "of the last epoch: leave one of them out"
                )
        if training.optimizer != "sgd":
            for key in ("momentum", "nesterov"):
                found[f"training.{key}"] = _of("optimizer", "sgd", training.optimizer)
        elif not training.momentum:
            found["training.nesterov"] = "looks ahead along training.momentum, which is 0"
        if training.patience is not None and not self.validates:
            found["training.patience"] = f"waits for a validation score, {WITHOUT_SCORE}"
        return found

    @property
    def validates(self) -> bool:
        """Whether some images are held out for validation, as far as the recipe says."""
        return self.task.validation_glyph_fraction != 0 or self.training.validation_fraction > 0

    @property
    def has_chance(self) -> bool:
        """Whether another seed can give another result."""
        settings = self.model.classical or self.model.custom
        return settings is None or settings.has_chance

    @classmethod
    def from_mapping(
        cls, content: Mapping[str, Any], where: str = "recipe", typed: Iterable[str] = ()
    ) -> Self:
        """Validate a mapping, as `BaseRecipe.from_mapping` does.

        `training.select` may not be typed where there is no validation. It is none of the `ignored`
        keys, as runs on file have it, and their names count it; a whole recipe has every key, but
        in TOML those that are not set.
        """
        typed = {*typed}
        found = super().from_mapping(content, where, typed)
        idle = "training.select" in typed and not found.validates
        whole = typed.issuperset(keys_of(found.content(), unset=False))
        if idle and not whole and Path(where).name != RECIPE:
            reason = f"chooses an epoch by its validation score, {WITHOUT_SCORE}"
            raise IgnoredKey(where, "training.select", reason)
        return found

    @classmethod
    def for_model(
        cls, name: str, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
    ) -> Recipe:
        """Return the recipe of a model that comparisons know by name.

        Raises
        ------
        UnknownName
            Where no model has that name.
        RecipeError
            For an override that a recipe cannot have, or that changes nothing of this one.
        """
        return cls.for_entry(model_entry(name), task, seed=seed, overrides=overrides)

    @classmethod
    def for_entry(
        cls, entry: ModelEntry, task: TaskRecipe, *, seed: int = 0, overrides: Iterable[str] = ()
    ) -> Recipe:
        """Return the recipe of a model with the settings it is trained with.

        Raises
        ------
        RecipeError
            For an override that a recipe cannot have, or that changes nothing of this one.
        """
        overrides = list(overrides)
        training = dict(entry.training)
        if not task.can_shorten:
            training.pop("short_canvas", None)
        content: dict[str, Any] = {
            "name": entry.name,
            "task": {**task.model_dump(), **entry.of_task},
            "model": {
                "strategy": entry.strategy,
                "net": entry.net,
                **entry.model,
            },
            "training": training,
            "seed": seed,
        }
        typed = [override_key(override) for override in overrides]
        return cls.from_mapping(apply_overrides(content, overrides), entry.name, typed)


def _of(what: str, name: str, found: str) -> str:
    table = "training" if what == "optimizer" else "model"
    return (
        f"means nothing to {what} '{found}', only to '{name}': leave it out, or set "
        f'{table}.{what} = "{name}"'
    )

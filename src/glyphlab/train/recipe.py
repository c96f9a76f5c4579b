"""Everything that fixes a run, frozen and validated; its hash names the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from glyphlab.errors import RecipeError
from glyphlab.explain import explain
from glyphlab.models import ModelEntry, model_entry
from glyphlab.models.classical import ClassicalSettings
from glyphlab.models.layers import parse_layers
from glyphlab.train.augment import parse_augmentation
from glyphlab.train.overrides import apply_overrides
from glyphlab.train.toml import read_toml

__all__ = ["ModelRecipe", "Recipe", "TaskRecipe", "TrainingRecipe"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TaskRecipe(_Part):
    """Which data. `fresh` draws new training pictures every epoch, `affine` bends each glyph."""

    name: str = "triple"
    data: str = "digits"
    labels: Literal["shared", "disjoint"] | None = None
    glyphs: Literal["shared", "disjoint"] | None = None
    as_published: bool = False
    per_label: int | None = Field(None, ge=1)
    validation: float | None = Field(
        None, ge=0, lt=1, description="Share of the source's training images held out to validate"
    )
    digits: int = Field(1, ge=1, description="Digits of each number that is reckoned with")
    once: bool = Field(False, description="Each glyph stands on one image")
    train_images: int | None = Field(
        None, ge=1, description="Train on so many of the training images, drawn at random"
    )
    # left out where there is none, so that runs from before there was a choice keep their names
    per_class: int | None = Field(
        None,
        ge=1,
        exclude_if=lambda each: each is None,
        description="Train on so many images of each symbol, of images with one",
    )
    seed: int = Field(0, ge=0)
    fresh: bool = False
    affine: bool = False
    square: int = Field(1000, ge=0, description="Items a cell of the generalisation square")

    @model_validator(mode="after")
    def _few_in_one_way(self) -> Self:
        if self.train_images is not None and self.per_class is not None:
            raise ValueError("task.train_images and task.per_class both say how many: give one")
        return self

    @model_validator(mode="after")
    def _affine_is_fresh(self) -> Self:
        if self.affine and not self.fresh:
            raise ValueError("task.affine bends freshly drawn glyphs: set task.fresh = true too")
        return self


class ModelRecipe(_Part):
    """Which net, and how it meets the label.

    Net 'layers' is described by `layers`, or, where all are dense, by `units`, `norm`, `dropout`.
    """

    strategy: Literal["whole", "sliced", "multihead", "aligned", "sequential", "sum"] = "aligned"
    net: Literal["classical", "fast", "layers", "report"] = "fast"
    channels: int = Field(16, ge=1, description="Channels of the fast net's first convolution")
    views: Literal[1, 2, 5, 10] = Field(
        1,
        description="Read as the mean over 2: the image and its mirror image; 5: it and four "
        "shifts of it by a pixel; 10: those five and their mirror images",
    )
    layers: tuple[str, ...] = Field((), description='As ["conv 32 3", "pool 2", "dense 128"]')
    units: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="Units of dense layers, in place of layers"
    )
    dropout: float = Field(0.0, ge=0, lt=1, description="Share dropped after each layer of units")
    norm: bool = Field(False, description="Batch norm after each layer of units")
    activation: Literal["relu", "sigmoid", "tanh"] = "relu"
    initial: Literal["keras", "torch"] = "keras"
    classical: ClassicalSettings | None = Field(
        None, description="As {name = \"svm\", C = 10}, for net 'classical'"
    )

    @model_validator(mode="after")
    def _classical_belongs_together(self) -> Self:
        if (self.net == "classical") != (self.classical is not None):
            raise ValueError(
                "net 'classical' and the table [model.classical] need each other: give both, for "
                'example net = "classical" and classical = {name = "logistic"}'
            )
        if self.classical is not None and self.views > 1:
            raise ValueError("model.views is for nets: leave it out of a classical model")
        if self.classical is not None and self.strategy == "aligned":
            raise ValueError(
                "strategy 'aligned' needs a net's map of the image, and a classical model has "
                "none: choose 'sliced', 'multihead' or 'whole'"
            )
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
    def words(self) -> tuple[str, ...]:
        """The description of net 'layers', word by word, however it was given."""
        after = (*(["norm"] if self.norm else []),
                 *([f"dropout {self.dropout:g}"] if self.dropout else []))  # fmt: skip
        return self.layers or tuple(w for u in self.units for w in (f"dense {u}", *after))


class TrainingRecipe(_Part):
    """How the net is trained. Rates are peak rates; `patience` stops early, in epochs.

    `short` draws the pictures of the first epochs on a canvas only a little taller than a symbol,
    each glyph at a new height: a net that is convolutional from top to bottom learns the same from
    half the pixels. `starts` above 1 trains as many nets for an epoch each and goes on from the one
    with the lowest training loss. `momentum` and `nesterov` are those of 'sgd'; `l1` and `l2` are
    strengths on every kernel, as Keras's regularizers have them: their penalty is part of the loss.
    """

    epochs: int = Field(6, ge=1)
    batch: int = Field(128, ge=1)
    optimizer: Literal["adam", "adamw", "muon", "nadam", "rmsprop", "sgd"] = "adamw"
    rate: float = Field(1e-2, gt=0)
    schedule: Literal["constant", "linear", "onecycle"] = "onecycle"
    weight_decay: float = Field(0.02, ge=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    nesterov: bool = True
    l1: float = Field(0.0, ge=0)
    l2: float = Field(0.0, ge=0)
    smoothing: float = Field(0.1, ge=0, lt=1)
    augment: str = Field("warp", description="One augmentation, or several as 'flip+roll+erase'")
    short: float = Field(
        0.0, ge=0, le=1, description="First share of the epochs drawn on a shortened canvas"
    )
    # left out where they are 1, so that runs from before there was a choice keep their names
    starts: int = Field(
        1,
        ge=1,
        exclude_if=lambda starts: starts == 1,
        description="Begin so often from other weights, and go on from the lowest training loss",
    )
    passes: int = Field(
        1,
        ge=1,
        exclude_if=lambda passes: passes == 1,
        description="Show each training image so often in an epoch, where images are few",
    )
    patience: int | None = Field(None, ge=1)
    select: Literal["best", "last"] = "best"
    hold_out: float = Field(
        0.0, ge=0, lt=1, description="Share of the training images to validate on instead"
    )
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @model_validator(mode="after")
    def _augmentation_is_known(self) -> Self:
        parse_augmentation(self.augment)
        return self


class Recipe(_Part):
    """A whole run."""

    model_config = ConfigDict(json_schema_extra={"$id": "glyphlab"})
    task: TaskRecipe = TaskRecipe()
    model: ModelRecipe = ModelRecipe()
    training: TrainingRecipe = TrainingRecipe()
    seed: int = Field(0, ge=0)
    name: str = Field("run", pattern=r"^[a-z0-9][a-z0-9._-]*$")

    @model_validator(mode="after")
    def _short_reads_any_height(self) -> Self:
        reads_any_height = self.model.net == "fast" and self.model.strategy in ("aligned", "sliced")
        if self.training.short and not reads_any_height:
            raise ValueError(
                "training.short needs a net that reads any height: net 'fast' with strategy "
                f"'aligned' or 'sliced', found '{self.model.net}' with '{self.model.strategy}'"
            )
        return self

    @model_validator(mode="after")
    def _classical_has_no_epochs(self) -> Self:
        if self.model.classical is not None:
            if self.training != TrainingRecipe():
                raise ValueError(
                    "the table [training] means nothing to a classical model: leave it out, its "
                    "settings stand in [model.classical]"
                )
            if self.task.fresh:
                raise ValueError("a classical model has no epochs to draw fresh pictures for")
        return self

    @property
    def title(self) -> str:
        """First part of the name of the run's folder."""
        return f"{Path(self.task.name).stem}-{self.name}-s{self.seed}"

    @property
    def has_chance(self) -> bool:
        """Whether another seed can give another result."""
        return self.model.classical is None or self.model.classical.has_chance

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any], where: str = "recipe") -> Recipe:
        """Validate a mapping.

        Raises
        ------
        RecipeError
            Naming the key, what is wrong with it, and the nearest right key.
        """
        try:
            return cls.model_validate(dict(content))
        except ValidationError as error:
            raise RecipeError(f"{where}: {explain(error, cls)}") from error

    @classmethod
    def from_toml(cls, path: Path, overrides: Iterable[str] = ()) -> Recipe:
        """Read a TOML file and apply ``key.path=value`` overrides.

        Raises
        ------
        RecipeError
            Where the file is missing, is no TOML, or holds what a recipe cannot.
        """
        otherwise = "or print a full one with: glyphlab train --dry-run RECIPE.toml"
        content = read_toml(path, "recipe", otherwise, RecipeError)
        content.setdefault("name", _name_of(path))
        return cls.from_mapping(apply_overrides(content, overrides), str(path))

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
            For an override that a recipe cannot have.
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
            For an override that a recipe cannot have.
        """
        if entry.net == "classical":
            # A comparison may set how its nets are trained; a classical model has nothing of it.
            overrides = [one for one in overrides if not one.strip().startswith("training.")]
        content: dict[str, Any] = {
            "name": entry.name,
            "task": {**task.model_dump(), **entry.of_task},
            "model": {
                "strategy": entry.strategy,
                "net": entry.net,
                **entry.model,
            },
            "training": dict(entry.training),
            "seed": seed,
        }
        return cls.from_mapping(apply_overrides(content, overrides))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of a recipe, for editors."""
        return cls.model_json_schema()


def _name_of(path: Path) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in path.stem.lower())
    return plain.lstrip("-") or "run"

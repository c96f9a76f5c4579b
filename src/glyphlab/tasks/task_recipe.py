"""Which data: everything that decides the images of a task, frozen and validated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    model_validator,
)

from glyphlab._common.renamed_keys import require_new_names
from glyphlab._common.typed import TypedDocument
from glyphlab.data.digest import combined, file_digest, folder_digest, source_digest
from glyphlab.data.published_sets import registry
from glyphlab.data.sources import EMBEDDED, symbol_size
from glyphlab.tasks.scenes.scene import PRESETS, SCENES, SHORT_SPARE, Scene
from glyphlab.tasks.scenes.scene_file import is_scene_file, read_scene
from glyphlab.tasks.scenes.scene_recipe import SceneRecipe, require_own_name

__all__ = ["DRAWN_IN_TRAINING", "FEWEST_IMAGES", "MOST_DIGITS", "TaskRecipe", "with_scene"]

DRAWN_IN_TRAINING = ("affine", "generalization_grid", "redraw")
"""Keys that say how images are drawn in a training and after it; the splits are the same."""
MOST_DIGITS = 1_000
"""Digits of a number, at most."""
FEWEST_IMAGES = 10
"""So few images still leave some to each split."""


class TaskRecipe(TypedDocument):
    """Which data. `redraw` draws new training pictures every epoch, `affine` bends each glyph.

    Where `name` is a scene file, it is read at once: the recipe then holds the scene, under the
    scene's own name, and the file is needed no more.
    """

    added: ClassVar[tuple[str, ...]] = ("train_labels",)
    """Keys that name no run where they are left out: runs were made before there were any."""

    name: str = Field(
        "triple",
        description="A preset, a folder of images, a table of glyph ids, or a scene file.",
        json_schema_extra={"not": {"enum": [EMBEDDED, *registry()]}},  # these are sources
    )
    scene: SceneRecipe | None = Field(
        None, description="A scene of your own, under the task's name; a scene file fills it in."
    )
    data: str = Field(
        "digits", description="Source of the symbols: a name, or the path of a folder or file."
    )
    digest: str | None = Field(
        None,
        pattern="^[0-9a-f]{16}$",
        description="Digest of the data's content; left out, it is computed when the data are "
        "read.",
    )
    labels: Literal["shared", "disjoint"] | None = Field(
        None,
        description="Whether training, validation and test share labels; left out, the scene "
        "decides.",
    )
    glyphs: Literal["shared", "disjoint"] | None = Field(
        None,
        description="Whether training, validation and test share glyphs; left out, they do not.",
    )
    as_published: bool = Field(False, description="Use the data as the paper published them.")
    per_label: int | None = Field(None, ge=1, description="Number of images drawn for each label.")
    images: int | None = Field(
        None,
        ge=FEWEST_IMAGES,
        description="Number of images drawn in all, divided 64 : 16 : 20 among the splits; "
        "replaces per_label.",
    )
    validation_glyph_fraction: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Share of the source's training glyphs held out for validation.",
    )
    digits: int = Field(
        1, ge=1, le=MOST_DIGITS, description="Digits of each number in a calculation."
    )
    without_glyph_reuse: bool = Field(False, description="Use each glyph on one image only.")
    train_images: int | None = Field(
        None, ge=1, description="Train on this number of the training images, drawn at random."
    )
    train_labels: int | None = Field(
        None,
        ge=1,
        description="Train on images of this number of labels, drawn at random.",
    )
    per_class: int | None = Field(
        None,
        ge=1,
        description="Train on this number of images of each class, for images with one symbol.",
    )
    withhold_test: bool = Field(
        False, description="Let the validation set replace the test set, as a search does."
    )
    replaced: str | None = Field(
        None,
        description="What replaces the training images, with its digest; only Python code can "
        "make such a task.",
    )
    seed: int = Field(
        0, ge=0, description="Root of every random choice in the data: splits, glyphs, offsets."
    )
    redraw: bool = Field(
        False,
        description="Draw new training images in every epoch, from the same labels and glyphs.",
    )
    affine: bool = Field(
        False, description="Deform each redrawn glyph a little: turn, scale, slant and shift it."
    )
    generalization_grid: int = Field(
        1000,
        ge=0,
        description="Images of each cell of the generalization grid (seen and unseen labels × "
        "glyphs).",
    )

    _file: str | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _with_the_scene_of_a_file(
        cls, values: Any, handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        if not isinstance(values, Mapping):
            return handler(values)
        require_new_names(values, table="task")
        content = with_scene(values)
        made = handler(content)
        if content.get("name") != values.get("name"):
            made._file = str(values["name"])
        return made

    @model_validator(mode="after")
    def _own_scene_can_be_drawn(self) -> Self:
        if self.scene is None:
            return self
        require_own_name(self.name, PRESETS)  # a run is read whatever was installed since
        self.scene.named(self.name)
        for key, idle in (("as_published", not self.as_published), ("digits", self.digits == 1)):
            if not idle:
                raise ValueError(
                    f"task.{key} is for presets, and the scene '{self.name}' says all of it "
                    "itself: leave it out, or change the scene"
                )
        return self

    @model_validator(mode="after")
    def _as_many_in_one_way(self) -> Self:
        if self.images is not None and self.per_label is not None:
            raise ValueError("task.images and task.per_label both say how many: give one")
        return self

    @model_validator(mode="after")
    def _few_in_one_way(self) -> Self:
        if self.train_images is not None and self.per_class is not None:
            raise ValueError("task.train_images and task.per_class both say how many: give one")
        return self

    @model_validator(mode="after")
    def _affine_is_fresh(self) -> Self:
        if self.affine and not self.redraw:
            raise ValueError("task.affine bends freshly drawn glyphs: set task.redraw = true too")
        return self

    def __eq__(self, other: object) -> bool:
        """Return whether all keys are equal; the file that a scene was read from does not count."""
        return isinstance(other, TaskRecipe) and self.model_dump() == other.model_dump()

    @classmethod
    def of(cls, task: str | Scene, **keys: Any) -> Self:
        """Return the recipe of what a task is called by, or of a scene.

        Parameters
        ----------
        task : str or Scene
            A preset's name, a folder, a file of pairs, or a scene file; or a scene of one's own.
        **keys
            Other keys of the recipe.

        Raises
        ------
        UnknownName, SceneError
            For a scene file, or a scene, that cannot be.
        """
        if isinstance(task, str):
            with_scene({"name": task, **keys})  # its errors are of our own tree
            return cls(name=task, **keys)
        if task.name in SCENES and task == SCENES.load(task.name):
            return cls(name=task.name, **keys)
        require_own_name(task.name)
        return cls(name=task.name, scene=SceneRecipe.of(task), **keys)

    @property
    def own_scene(self) -> Scene | None:
        """The scene of one's own; None where the images are of another kind."""
        return None if self.scene is None else self.scene.named(self.name)

    @property
    def word(self) -> str:
        """What a command calls this task: its name, or the file of its scene."""
        return self._file or (self.name if self.scene is None else f"{self.name}.toml")

    @property
    def has_scene_file(self) -> bool:
        """Whether the scene was read from a file, which `word` names."""
        return self._file is not None

    @property
    def can_shorten(self) -> bool:
        """Whether images are drawn, on a canvas that could hold less of background in height."""
        if self.replaced is not None or self.is_folder or self.is_pairs:
            return False
        scene = self.own_scene
        return scene is None or scene.can_shorten(SHORT_SPARE)

    @property
    def is_folder(self) -> bool:
        """Whether the images are those of a folder, in the published layout."""
        return self._may_be_a_path and Path(self.name).is_dir()

    @property
    def is_pairs(self) -> bool:
        """Whether a file of glyph ids says which images there are."""
        return self._may_be_a_path and Path(self.name).suffix == ".csv"

    @property
    def _may_be_a_path(self) -> bool:
        return self.name not in PRESETS and self.scene is None

    def found_digest(self) -> str | None:
        """Return the digest of the data as they are now; None where they are not on this machine.

        Raises
        ------
        DataError
            Where a file of them cannot be read.
        """
        if self.is_folder:
            return folder_digest(Path(self.name))
        of_source = source_digest(self.data)
        if of_source is not None and self._may_be_a_path and self.name in SCENES:
            # a package may change what it calls by this name, so that the content counts
            return combined((SceneRecipe.of(SCENES.load(self.name)).model_dump_json(), of_source))
        if of_source is None or not self.is_pairs:
            return of_source
        path = Path(self.name)
        return combined((file_digest(path), of_source)) if path.is_file() else None

    def differences(self, other: TaskRecipe) -> list[str]:
        """Return the keys by which the images of two recipes differ.

        A digest that only one of them has is no difference, nor is what is drawn in training.
        """
        open_digest = {"digest"} if None in (self.digest, other.digest) else set()
        mine, others = self.model_dump(), other.model_dump()
        ignored = {*DRAWN_IN_TRAINING, *open_digest}
        return [key for key, value in mine.items() if key not in ignored and others[key] != value]

    def changed(self, **changes: Any) -> TaskRecipe:
        """Return this recipe with some keys changed, validated."""
        return TaskRecipe.model_validate({**self.model_dump(), **changes}).called_as(self)

    def called_as(self, other: TaskRecipe) -> Self:
        """Return this recipe with the scene file of another one of the same scene."""
        if self._file is not None or (self.name, self.scene) != (other.name, other.scene):
            return self
        copied = self.model_copy()
        copied._file = other._file
        return copied

    @property
    def plain(self) -> TaskRecipe:
        """The recipe of the same task as it is by default."""
        return TaskRecipe(name=self.name, scene=self.scene, data=self.data).called_as(self)


def with_scene(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a task, with the scene itself in the place of a scene file's name.

    Parameters
    ----------
    content : mapping
        As `TaskRecipe` takes it.

    Raises
    ------
    UnknownName, SceneError
        For a scene file that is missing, or cannot be.
    """
    file = content.get("name")
    if not isinstance(file, str) or content.get("scene") or not is_scene_file(file):
        return dict(content)
    scene = read_scene(file, symbol_size(str(content.get("data", "digits"))))
    return {**content, "name": scene.name, "scene": SceneRecipe.of(scene).model_dump(mode="json")}

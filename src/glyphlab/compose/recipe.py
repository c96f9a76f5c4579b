"""Which data: everything that decides the images of a task, frozen and validated."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from glyphlab.compose.scene import PRESETS
from glyphlab.data.digest import combined, file_digest, folder_digest, source_digest

__all__ = ["DRAWN_IN_TRAINING", "MOST_DIGITS", "TaskRecipe"]

DRAWN_IN_TRAINING = ("affine", "fresh", "square")
"""Keys that say how images are drawn in a training and after it; the splits are the same."""
MOST_DIGITS = 1_000
"""Digits of a number, at most."""


class TaskRecipe(BaseModel):
    """Which data. `fresh` draws new training pictures every epoch, `affine` bends each glyph."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = "triple"
    data: str = "digits"
    digest: str | None = Field(
        None,
        pattern="^[0-9a-f]{16}$",
        description="Digest of the data's content; found when they are read where it is left out",
    )
    labels: Literal["shared", "disjoint"] | None = None
    glyphs: Literal["shared", "disjoint"] | None = None
    as_published: bool = False
    per_label: int | None = Field(None, ge=1)
    validation: float | None = Field(
        None, ge=0, lt=1, description="Share of the source's training images held out to validate"
    )
    digits: int = Field(
        1, ge=1, le=MOST_DIGITS, description="Digits of each number that is reckoned with"
    )
    once: bool = Field(False, description="Each glyph stands on one image")
    train_images: int | None = Field(
        None, ge=1, description="Train on so many of the training images, drawn at random"
    )
    per_class: int | None = Field(
        None, ge=1, description="Train on so many images of each symbol, of images with one"
    )
    withhold_test: bool = Field(
        False, description="The validation set stands in the place of the test set"
    )
    replaced: str | None = Field(
        None,
        description="What stands in the place of the training images, with its digest: such a "
        "task is made in Python, and not read again",
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

    @property
    def is_folder(self) -> bool:
        """Whether the images are those of a folder, in the published layout."""
        return self.name not in PRESETS and Path(self.name).is_dir()

    @property
    def is_pairs(self) -> bool:
        """Whether a file of glyph ids says which images there are."""
        return self.name not in PRESETS and Path(self.name).suffix == ".csv"

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
        return TaskRecipe.model_validate({**self.model_dump(), **changes})

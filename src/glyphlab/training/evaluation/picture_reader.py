"""A finished run that reads any picture: prepared first, and warned of where it is unlike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from glyphlab._common.errors import DataError, GlyphlabError
from glyphlab._common.untrusted import GrayImage
from glyphlab.data.class_names import label_text
from glyphlab.data.named_images import NamedImage
from glyphlab.data.prepare import Prepared, Style, kind_of_source, prepare_photograph
from glyphlab.models.strategies.base import scene_in
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Scene, Task
from glyphlab.tasks.from_recipe import scene_of_recipe
from glyphlab.tasks.scenes.segmentation import prepare_scene
from glyphlab.training.evaluation.inference import Predictions
from glyphlab.training.evaluation.model_reader import ModelReader
from glyphlab.training.evaluation.novelty.familiarity import Familiarity
from glyphlab.training.evaluation.novelty.kept_familiarity import familiarity_with

__all__ = ["WARNINGS", "Failure", "PictureReader", "Prediction", "scene_of"]

BATCH = 256
NOTHING_WRITTEN = "nothing is written on it"
UNLIKE = "unlike the training images: it may show none of the classes"
TOO_SMALL = "too few pixels: it was enlarged, and what it shows may be lost"
WARNINGS = (TOO_SMALL, NOTHING_WRITTEN, UNLIKE)
"""All that there are; the first that is true of a picture is given."""
_SMALL = 1 / 3
"""Of the side of a training image: a picture that is smaller both ways has too few pixels."""


@dataclass(frozen=True)
class Prediction:
    """What a run says of one picture.

    Attributes
    ----------
    name : str
        Of the picture.
    label : str
        In class names.
    symbols : list of int
        The class, or the value, at each position.
    confidence : float
        Probability of the label, in 0..1.
    prepared : tuple of str
        What was done to the picture first; empty where it was taken as it is.
    warning : str or None
        Why the label may mean nothing; one of `WARNINGS`.
    blank : bool
        Whether nothing is written on it: the label is that of a blank image then, and is not shown.
    """

    name: str
    label: str
    symbols: list[int]
    confidence: float
    prepared: tuple[str, ...]
    warning: str | None
    blank: bool = False


@dataclass(frozen=True)
class Failure:
    """A picture that could not be read.

    Attributes
    ----------
    name : str
    error : GlyphlabError
    """

    name: str
    error: GlyphlabError


@dataclass(frozen=True)
class PictureReader:
    """A finished run that reads pictures.

    Attributes
    ----------
    model : ModelReader
    scene : Scene or None
        Where the symbols of an image stand; None where that is not known.
    style : Style
        What a symbol of the training data is like.
    familiarity : Familiarity or None
        What it takes to warn of images unlike the training data.
    """

    model: ModelReader
    scene: Scene | None
    style: Style
    familiarity: Familiarity | None

    @classmethod
    def load(
        cls,
        run: Run,
        *,
        warnings: bool = True,
        task: Task | None = None,
        data_dir: str | Path | None = None,
        quiet: bool = False,
    ) -> Self:
        """Load a finished run.

        Parameters
        ----------
        run : Run
        warnings : bool
            Whether images unlike the training data are to be warned of. The first time that takes
            a while, as the training data are looked at; where they are not here, a note says so.
        task : Task, optional
            The run's own, where it was loaded already.
        data_dir : path, optional
            Where the datasets are.
        quiet : bool
            Show no progress.

        Raises
        ------
        UsageError
            For a run that reads nothing, as a generator's.
        RunError
            Where the run does not fit its model.
        """
        model = ModelReader.load(run)
        known = None
        if warnings:
            known = familiarity_with(model, task=task, data_dir=data_dir, quiet=quiet)
        scene = scene_of(model.run, model.recipe)
        if known is not None:
            return cls(model, scene, known.style, known)
        kind = kind_of_source(model.recipe.task.data) or "writing"
        cell = model.size if scene is None else scene.cell
        return cls(model, scene, Style(kind=kind).resized(cell), None)

    @property
    def names(self) -> tuple[str, ...]:
        """What the classes of a symbol are called."""
        return self.model.run.classifier_summary.names

    @property
    def label_texts(self) -> tuple[str, ...]:
        """Some labels, among them the longest: each symbol repeated, or the longest number."""
        positions = self.model.run.classifier_summary.strategy_state.positions
        alike = [label_text([one] * positions, self.names) for one in range(len(self.names))]
        digits = 1 if self.scene is None else self.scene.count + 1
        return (*alike, "0" * digits)

    def prepare(
        self, picture: GrayImage, name: str, *, as_is: bool, steps: bool = False
    ) -> Prepared:
        """Make an image of the right size of a picture.

        Parameters
        ----------
        picture : GrayImage
        name : str
            For messages.
        as_is : bool
            Whether it must have that size already, and is not changed.
        steps : bool
            Whether each step of the preparation is kept.

        Raises
        ------
        DataError
            Where it has another size with `as_is`, or shows another number of symbols.
        """
        pixels = picture.pixels
        if as_is:
            if pixels.shape != self.model.size:
                height, width = self.model.size
                raise DataError(
                    f"{name} is {pixels.shape[1]}×{pixels.shape[0]} pixels, but this model was "
                    f"trained on {width}×{height}: scale or crop it to that size, or leave "
                    "--as-is out"
                )
            return Prepared(pixels, picture.done, bool(pixels.min() == pixels.max()))
        try:
            found = (
                prepare_photograph(picture, self.model.size)
                if self.scene is None
                else prepare_scene(picture, self.scene, self.style, steps=steps)
            )
            return replace(found, source=pixels.shape)
        except DataError as error:
            said = str(error)
            raise error if name in said else DataError(f"{name}: {said}") from error

    def read(
        self, images: Iterable[NamedImage], *, as_is: bool = False
    ) -> Iterator[list[Prediction | Failure]]:
        """Yield what is said of pictures, a batch at a time and in their order.

        No more than a batch is held in memory.
        """
        batch: list[tuple[str, Prepared] | Failure] = []
        for one in images:
            try:
                prepared = self.prepare(one.read(), one.name, as_is=as_is)
            except GlyphlabError as error:
                batch.append(Failure(one.name, error))
            else:
                batch.append((one.name, prepared))
            if len(batch) == BATCH:
                yield self._answers(batch)
                batch = []
        if batch:
            yield self._answers(batch)

    def _answers(
        self, batch: Sequence[tuple[str, Prepared] | Failure]
    ) -> list[Prediction | Failure]:
        named = [one for one in batch if not isinstance(one, Failure)]
        answers = iter(self.answers_of([one for _, one in named], [name for name, _ in named]))
        return [one if isinstance(one, Failure) else next(answers) for one in batch]

    def answers_of(
        self, images: Sequence[Prepared], names: Sequence[str] | None = None
    ) -> list[Prediction]:
        """Return what is said of prepared images.

        Parameters
        ----------
        images : sequence of Prepared
            As `prepare` makes them.
        names : sequence of str, optional
            Of each; empty names where they are left out.
        """
        return self.read_prepared(images, names)[0] if images else []

    def read_prepared(
        self, images: Sequence[Prepared], names: Sequence[str] | None = None
    ) -> tuple[list[Prediction], Predictions]:
        """Return what `answers_of` does, of at least one image, and what the model made of them.

        Parameters
        ----------
        images, names
            As `answers_of` takes them.
        """
        known = self.familiarity
        pixels = np.stack([one.image for one in images])
        reading = self.model.read(pixels, features=known is not None)
        strange = known.strangeness(pixels, reading) if known else np.zeros(len(pixels), np.float32)
        found = reading.predictions
        said = found.labels.tolist()
        answers = [
            Prediction(
                names[number] if names else "",
                label_text(said[number], self.names),
                said[number],
                float(found.confidence[number]),
                image.done,
                self._warning(image, float(strange[number])),
                image.blank,
            )
            for number, image in enumerate(images)
        ]
        return answers, found

    def _warning(self, image: Prepared, strangeness: float) -> str | None:
        height, width = self.model.size
        if image.source and image.source[0] < _SMALL * height and image.source[1] < _SMALL * width:
            return TOO_SMALL  # first, as ink is lost in so few pixels
        if image.blank:
            return NOTHING_WRITTEN
        known = self.familiarity
        if known and known.is_strange(strangeness, image.lit, prepared=bool(image.done)):
            return UNLIKE
        return None


def scene_of(run: Run, recipe: Recipe) -> Scene | None:
    """Return where the symbols of a run's images stand; None where that is not known."""
    state = run.classifier_summary.strategy_state
    size = (state.height, state.width)
    found = scene_in(state) or scene_of_recipe(recipe.task)
    if (found.count if found else state.positions) == 1:
        return Scene("single", 1, size, size, (0,), (0,))
    return found if found and found.canvas == size else None

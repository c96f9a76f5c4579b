"""The model of a finished run, reading images, with what it makes of them on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.runs import GeneratorSummary, Run
from glyphlab.training.evaluation.inference import Predictions, read
from glyphlab.training.evaluation.loaded_models import fitting, load_net, load_strategy
from glyphlab.training.evaluation.novelty.last_features import (
    kept_features,
    pixel_features,
    rows_of_images,
)
from glyphlab.training.trainers.sklearn_fit import load_classical, read_classical

__all__ = ["ModelReader", "Reading"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What a model read, and what it made of the images.

    Attributes
    ----------
    predictions : Predictions
    features : dict of str to (n, rows, d) float32
        ``"pixels"``, and of a net ``"features"``; empty unless they were asked for.
    """

    predictions: Predictions
    features: Mapping[str, Floats]

    def classes(self, rows: int) -> NDArray[np.int64]:
        """Return the class that the model names for each row of features, ``(n, rows)``.

        It is 0 for all where the model does not name one class a row.
        """
        count = len(self.predictions.labels)
        likeliest = self.predictions.probabilities.argmax(-1).reshape(count, -1)
        if likeliest.shape[1] != rows:
            return np.zeros((count, rows), np.int64)
        return np.asarray(likeliest, np.int64)


@dataclass(frozen=True)
class ModelReader:
    """The model of a finished run.

    Attributes
    ----------
    run : Run
    recipe : Recipe
    strategy : Strategy
    weights : str
        Name of the file in the run's folder that holds the model.
    """

    run: Run
    recipe: Recipe
    strategy: Strategy
    weights: str
    _read: Callable[[NDArray[np.uint8], bool], Reading]

    @classmethod
    def load(cls, run: Run) -> Self:
        """Load the model of a finished run.

        Raises
        ------
        UsageError
            For a run that reads nothing, as a generator's.
        RunError
            Where the run does not fit its model.
        """
        if isinstance(run.summary, GeneratorSummary):
            raise UsageError(
                f"{run.name} is a generator, which reads nothing: name a run of a model"
            )
        recipe = Recipe.from_mapping(run.recipe, str(run.path))
        with fitting(run):
            strategy = load_strategy(run)
            if recipe.model.is_estimator:
                models = load_classical(run)

                def of_pixels(images: NDArray[np.uint8], features: bool) -> Reading:
                    found = {"pixels": pixel_features(images, strategy)} if features else {}
                    return Reading(read_classical(models, strategy, images), found)

                return cls(run, recipe, strategy, "model.skops", of_pixels)
            net = load_net(run)
            views = recipe.model.test_views

        def of_net(images: NDArray[np.uint8], features: bool) -> Reading:
            if not features:
                return Reading(read(net, strategy, images, views=views), {})
            with kept_features(net) as kept:
                predictions = read(net, strategy, images, views=views)
            found = {
                # the first view of each chunk is the image as it is
                "features": rows_of_images(kept[::views], len(images)),
                "pixels": pixel_features(images, strategy),
            }
            return Reading(predictions, found)

        return cls(run, recipe, strategy, "model.safetensors", of_net)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images it reads."""
        state = self.run.classifier_summary.strategy_state
        return state.height, state.width

    def read(self, images: NDArray[np.uint8], *, features: bool = False) -> Reading:
        """Read images ``(n, H, W)`` of the right size.

        Raises
        ------
        RunError
            Where the model does not fit the run.
        """
        with fitting(self.run):
            return self._read(np.ascontiguousarray(images), features)

"""What a map shows: some images as a finished run of either kind sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import ReferenceMismatch, UnknownName, UsageError
from glyphlab._common.seeds import numpy_rng
from glyphlab.models.nets.activations import activations, layer_names
from glyphlab.recipes import GeneratorRecipe, Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Split, Task, load_recipe_task
from glyphlab.tasks.labels import label_keys
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.training.batches import parts_of
from glyphlab.training.evaluation.loaded_models import load_net
from glyphlab.training.evaluation.reference_classifier import ReferenceClassifier, find_reference
from glyphlab.training.evaluation.reference_set import real_images
from glyphlab.training.targets import strategy_for

__all__ = [
    "FEATURES",
    "INPUT",
    "SeenImages",
    "embedding_layer",
    "seen_by_classifier",
    "seen_by_generator",
]

INPUT = "input"
"""Stands for the images themselves, beside the names of layers."""
FEATURES = "features"
"""Of generators: what the last layer of their reference classifier reads."""


@dataclass(frozen=True)
class SeenImages:
    """Images, and what each layer makes of them.

    Attributes
    ----------
    what : str
        Which images, in words.
    features : dict of str to (n, d) float32 array
        By layer.
    labels : (n,) int64 array, or Python integers
    symbols : (n, k) int64 array
    images : (n, H, W) uint8 array
    generated : (n,) bool array, optional
        Which of them a generator made, where there are such.
    numbers : (n,) int64 array, optional
        Of test images: their places in the test set.
    """

    what: str
    features: dict[str, NDArray[np.float32]]
    labels: NDArray[np.int64]
    symbols: NDArray[np.int64]
    images: NDArray[np.uint8]
    generated: NDArray[np.bool_] | None = None
    numbers: NDArray[np.int64] | None = None

    def groups(
        self, apart: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]
    ) -> dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """Return, by what they are called, images of two kinds that are to be held apart.

        Parameters
        ----------
        apart : sequence of pairs
            Symbols of either kind, as ``((3, 5), (4, 4))``.

        Returns
        -------
        dict
            The places of the images of both kinds, and which of them are of the second. Real and
            generated images are two kinds as well, where there are both.

        Raises
        ------
        UsageError
            Where fewer than two images are of a kind.
        """
        found = {_called(pair): _members(self.symbols, pair) for pair in apart}
        if self.generated is not None:
            found["real and generated"] = np.arange(len(self.labels)), self.generated
        return found


def seen_by_classifier(
    run: Run,
    layers: Sequence[str],
    images: int,
    seed: int,
    *,
    task: Task | None,
    data_dir: str | Path | None,
    quiet: bool,
) -> SeenImages:
    """Return test images as the layers of a run's net see them; parameters as of `embed`."""
    recipe = Recipe.from_mapping(run.recipe, str(run.path))
    if recipe.model.net == "classical":
        raise UsageError(f"{run.name} is a classical model and has no layers: name a run of a net")
    task = task or _loaded(recipe, data_dir, quiet=quiet)
    chosen = np.sort(numpy_rng(seed, "map").permutation(len(task.test))[:images])
    part = task.test.take(chosen).resident()
    _check(layers, [INPUT, *layer_names(load_net(run))])
    wanted = list(layers) or [INPUT, embedding_layer(run)]
    return SeenImages(
        f"{len(part):,} test images of {task.protocol}",
        {name: _features(run, recipe, task, part, name) for name in dict.fromkeys(wanted)},
        label_keys(part.labels, task.classes),
        part.symbols,
        part.images,
        numbers=chosen,
    )


def seen_by_generator(
    run: Run,
    layers: Sequence[str],
    images: int,
    *,
    task: Task | None,
    data_dir: str | Path | None,
    quiet: bool,
) -> SeenImages:
    """Return real test images and a run's samples, as many of either, in its features.

    The labels are what the reference classifier says of both, as samples have no others.

    Raises
    ------
    UsageError
        Where the reference classifier of the run is not beside it.
    """
    recipe = GeneratorRecipe.from_mapping(run.recipe, str(run.path))
    _check(layers, [INPUT, FEATURES])
    reference = _reference_of(run)
    task = task or _loaded(recipe, data_dir, quiet=quiet)
    samples = run.load_predictions()["samples"]
    real = real_images(task, "test", min(images // 2, len(samples)), recipe.seed)
    both = np.concatenate([real, samples[: len(real)]])
    found = reference(both)
    views = {INPUT: _pixels(both), FEATURES: found.features}
    return SeenImages(
        f"{len(real):,} real and {len(real):,} generated images of {task.protocol}; labels as the "
        f"reference classifier {reference.run} reads them",
        {name: views[name] for name in dict.fromkeys(layers or views)},
        label_keys(found.labels, task.classes),
        found.labels,
        both,
        np.arange(len(both)) >= len(real),
    )


def _loaded(recipe: Recipe | GeneratorRecipe, data_dir: str | Path | None, *, quiet: bool) -> Task:
    with streamed_tasks(remarked=False):  # a map has some of the images
        return load_recipe_task(recipe.task, data_dir, quiet=quiet)


def _reference_of(run: Run) -> ReferenceClassifier:
    known = run.generator_summary.scores.reference_classifier
    try:
        return find_reference(known, (), run.path.parent)
    except ReferenceMismatch as error:
        raise UsageError(
            f"{run.name} was evaluated by the classifier with hash {known}, and no run in "
            f"{run.path.parent} has it: put that run beside it"
        ) from error


def _check(layers: Sequence[str], known: Sequence[str]) -> None:
    for layer in layers:
        if layer not in known:
            raise UnknownName("layer", layer, known)


def _features(run: Run, recipe: Recipe, task: Task, part: Split, layer: str) -> NDArray[np.float32]:
    """Return what a layer makes of images, or their pixels in 0..1, flat."""
    if layer == INPUT:
        return _pixels(part.images)
    strategy = strategy_for(recipe, task)
    found = activations(load_net(run), layer, parts_of(part.images, strategy).numpy())
    return found.reshape(len(part), math.prod(strategy.grid) * found.shape[1])


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    pixels = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    return np.asarray(pixels, np.float32)


def embedding_layer(run: Run) -> str:
    """Return the layer that the output layer reads: the embedding, as most people mean it."""
    names = layer_names(load_net(run))
    output = [name for name in names if name.split(".")[-1] == "out"][-1]
    beside = output.removesuffix("out")
    before = [
        name
        for name in names
        if name.startswith(beside) and name != output and "dropout" not in name
    ]
    return [name for name in before if "." not in name.removeprefix(beside)][-1]


def _called(pair: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
    return " and ".join("+".join(map(str, side)) for side in pair)


def _members(
    symbols: NDArray[np.int64], pair: tuple[tuple[int, ...], tuple[int, ...]]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rows of either kind, and which of them are of the second."""
    ordered = np.sort(symbols, axis=1)
    first, second = ((ordered == sorted(side)).all(1) for side in pair)
    for side, found in zip(pair, (first, second), strict=True):
        if found.sum() < 2:
            raise UsageError(
                f"{found.sum()} of the {len(symbols)} images show {'+'.join(map(str, side))}, "
                "expected at least 2: take more images, or symbols that the task has"
            )
    rows = np.flatnonzero(first | second)
    return rows, second[rows]

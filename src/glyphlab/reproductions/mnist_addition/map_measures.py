"""The addition report's t-SNE maps in numbers: measures of its fourth section.

As in `glyphlab.reproductions.core.measures`, every public function is a measure that a row may
name. All are of the last hidden layer of 2,000 test images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glyphlab.experiments.embedding import INPUT, RunEmbeddings
from glyphlab.reproductions.core.rows import Measured, from_values
from glyphlab.reproductions.mnist_addition.tsne_maps import CLEAREST, maps_of
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = [
    "clearest_perplexity",
    "embedding_above_input",
    "pair_accuracy",
    "silhouette_above",
]


def embedding_above_input(task: Task, runs: Sequence[Run]) -> Measured:
    """Return how much more often neighbours agree on the layer's map than on that of the input."""
    values = []
    for maps in _maps_of(task, runs):
        at = {
            one.layer == INPUT: one.scores["knn"]
            for one in maps.embeddings
            if one.perplexity == CLEAREST
        }
        values.append(float(at[False] - at[True]))
    return from_values(values)


def clearest_perplexity(task: Task, runs: Sequence[Run]) -> Measured:
    """Return the perplexity whose map has the highest silhouette."""
    found = map(_silhouettes, _maps_of(task, runs))
    return from_values([max(sorted(one), key=one.__getitem__) for one in found])


def silhouette_above(task: Task, runs: Sequence[Run], other: float) -> Measured:
    """Return by how much the silhouette at perplexity 20 is above that at another."""
    found = map(_silhouettes, _maps_of(task, runs))
    return from_values([one[CLEAREST] - one[other] for one in found])


def pair_accuracy(task: Task, runs: Sequence[Run]) -> Measured:
    """Return how often neighbours on the map separate 3 + 5 from 4 + 4; 0.5 is chance."""
    values = []
    for maps in _maps_of(task, runs):
        (apart,) = (
            one.scores["apart"]
            for one in maps.embeddings
            if one.layer != INPUT and one.perplexity == CLEAREST
        )
        values.append(float(np.mean(list(apart.values()))))
    return from_values(values)


def _maps_of(task: Task, runs: Sequence[Run]) -> list[RunEmbeddings]:
    return [maps_of(run.path, task) for run in runs]


def _silhouettes(maps: RunEmbeddings) -> dict[float, float]:
    return {
        one.perplexity: float(one.scores["silhouette"])
        for one in maps.embeddings
        if one.layer != INPUT
    }

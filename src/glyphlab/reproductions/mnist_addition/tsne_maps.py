"""The addition report's t-SNE maps: the last hidden layer at five perplexities, and the images."""

from __future__ import annotations

import functools
from pathlib import Path

import torch

from glyphlab.experiments.embedding import INPUT, RunEmbeddings, embed
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = ["CLEAREST", "maps_of"]

PERPLEXITIES = (5.0, 10.0, 20.0, 50.0, 100.0)
CLEAREST = 20.0
IMAGES = 2_000
PAIR = ((3, 5), (4, 4))


@functools.cache
def maps_of(path: Path, task: Task) -> RunEmbeddings:
    """Make all maps of a run, once for all rows and pictures: one of the images, and the layer's.

    Parameters
    ----------
    path : Path
        Folder of the run.
    task : Task
        Whose test images are mapped.
    """
    run = Run.load(path)
    threads = torch.get_num_threads()
    make = functools.partial(embed, run, images=IMAGES, threads=threads, task=task, quiet=True)
    layers = make(perplexities=[CLEAREST], apart=[PAIR])
    (layer,) = {one.layer for one in layers.embeddings} - {INPUT}
    rest = [one for one in PERPLEXITIES if one != CLEAREST]
    others = make([layer], perplexities=rest)
    layers.embeddings.extend(others.embeddings)
    return layers

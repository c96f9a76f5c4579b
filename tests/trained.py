"""A small run of single digits that is good enough to be asked, trained once a process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import load_task
from glyphlab.tasks.streams.image_shards import write_shards
from glyphlab.training import train

SINGLE = {
    "task": {"name": "single", "generalization_grid": 0},
    "model": {"strategy": "multihead", "channels": 8},
    "training": {"epochs": 5, "precision": "float32", "augment": "none", "batch_size": 32},
}
DIGITS, TRIPLES = "single-digits-s0-0123abcd", "triple-triples-s0-4567cdef"
"""Names of the folders that copies of the two are put in; asking for them trains nothing."""


@functools.cache
def digits_run() -> Run:
    """Return a run that predicts nine of ten embedded digits."""
    root = Path(tempfile.mkdtemp(prefix="glyphlab-trained-"))
    return train(Recipe.from_mapping({**SINGLE, "name": "digits"}), root, quiet=True)


@functools.cache
def triples_run() -> Run:
    """Return a run of three embedded digits, of one epoch."""
    root = Path(tempfile.mkdtemp(prefix="glyphlab-trained-"))
    content = {
        "name": "triples",
        "task": {"name": "triple", "images": 200, "generalization_grid": 0},
        "model": {"strategy": "sliced", "channels": 4},
        "training": {"epochs": 4, "precision": "float32", "augment": "none"},
    }
    return train(Recipe.from_mapping(content), root, quiet=True)


@functools.cache
def shards_run() -> Run:
    """Return a run of one epoch that was trained on a task in shards, 2,560 images for training."""
    root = Path(tempfile.mkdtemp(prefix="glyphlab-trained-"))
    write_shards(load_task("triple", per_label=4, stream=True), root / "data", 3)
    content = {
        "name": "shards",
        "task": {"name": str(root / "data"), "generalization_grid": 0},
        "model": {"strategy": "sliced", "channels": 2},
        "training": {"epochs": 1, "precision": "float32", "augment": "none"},
    }
    return train(Recipe.from_mapping(content), root / "runs", quiet=True)

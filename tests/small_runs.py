"""Smaller runs of single digits, on the test images of `trained.digits_run`, once a process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training import train
from trained import SINGLE

__all__ = ["classical_run", "sums_run", "tiny_run"]


@functools.cache
def _root() -> Path:
    return Path(tempfile.mkdtemp(prefix="glyphlab-small-"))


@functools.cache
def tiny_run(seed: int) -> Run:
    """Return a run of a small net, of two epochs."""
    content = {
        **SINGLE, "name": "tiny", "seed": seed, "model": {"strategy": "multihead", "channels": 4},
        "training": {**SINGLE["training"], "epochs": 2},
    }  # fmt: skip
    return train(Recipe.from_mapping(content), _root(), quiet=True)


@functools.cache
def classical_run() -> Run:
    """Return a run of a model without layers."""
    content = {
        "name": "nearest", "task": SINGLE["task"],
        "model": {"strategy": "multihead", "net": "classical", "classical": {"name": "knn"}},
    }  # fmt: skip
    return train(Recipe.from_mapping(content), _root(), quiet=True)


@functools.cache
def sums_run() -> Run:
    """Return a run whose labels are sums, of one epoch."""
    content = {
        "name": "sums",
        "task": {"name": "addition", "images": 300, "generalization_grid": 0},
        "model": {"strategy": "sum", "channels": 4},
        "training": {"epochs": 1, "precision": "float32", "augment": "none"},
    }
    return train(Recipe.from_mapping(content), _root(), quiet=True)

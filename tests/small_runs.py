"""Smaller runs of single digits, on the test images of `trained.digits_run`, once a process."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training import train
from glyphlab.training.events import Epoch, Event
from trained import SINGLE

__all__ = ["classical_run", "killed_after_an_epoch", "like", "sums_run"]


@functools.cache
def _root() -> Path:
    return Path(tempfile.mkdtemp(prefix="glyphlab-small-"))


def killed_after_an_epoch(recipe: Recipe, root: Path) -> None:
    """Begin a training that dies after its first epoch, whatever is trained there."""

    class Dead(Exception):
        pass

    def hear(event: Event) -> None:
        if isinstance(event, Epoch):
            raise Dead

    with pytest.raises(Dead):
        train(recipe, root, quiet=True, callbacks=[hear])


def like(run: Run, root: Path, name: str, seed: int, wrong: Sequence[int]) -> Run:
    """Return a copy of a run in `root` as one of another model, wrong on other images.

    Nothing is trained: what it predicted for the images `wrong` is the next class.
    """
    recipe = json.loads((run.path / "recipe.json").read_text(encoding="utf-8"))
    recipe |= {"name": name, "seed": seed}
    target = root / f"single-{name}-s{seed}-0000000{seed}"
    shutil.copytree(run.path, target)
    (target / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    arrays = dict(run.load_predictions())
    arrays["pred"] = arrays["true"].copy()
    arrays["pred"][list(wrong)] = (arrays["true"][list(wrong)] + 1) % 10
    copied = Run(target, recipe)
    copied.save_predictions(**arrays)
    return Run.load(target)


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

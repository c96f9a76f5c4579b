"""A tiny generator and its reference classifier, trained once a process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.runs import Run
from glyphlab.training import train

TINY = ["training.images=256", "training.epoch_images=128", "evaluation.samples=60",
        "evaluation.epoch_samples=60", "model.width=8", "training.precision=float32"]  # fmt: skip


@functools.cache
def tiny_generator() -> Run:
    """Return a run that learned next to nothing; its reference classifier lies beside it."""
    root = Path(tempfile.mkdtemp(prefix="glyphlab-trained-"))
    return train(generator_recipe("small", task_recipe("digits"), overrides=TINY), root, quiet=True)

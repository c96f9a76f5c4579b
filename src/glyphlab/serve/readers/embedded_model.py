"""A small classifier of the embedded digits, trained at the first start and kept in the cache."""

from __future__ import annotations

from pathlib import Path

from glyphlab._common.progress import note
from glyphlab.data.downloads import default_root
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training import train
from glyphlab.training.evaluation.picture_reader import PictureReader
from glyphlab.training.identity import identified

__all__ = ["embedded_recipe", "embedded_root", "embedded_run"]

_CONTENT = {
    "name": "embedded",
    "task": {"name": "single", "data": "digits", "generalization_grid": 0},
    "model": {"strategy": "multihead", "channels": 16},
    "training": {
        "epochs": 20, "batch_size": 64, "optimizer": "adamw", "learning_rate": 1e-2,
        "schedule": "onecycle", "weight_decay": 0.02, "label_smoothing": 0.1, "augment": "warp",
        "precision": "float32",
    },
}  # fmt: skip


def embedded_recipe() -> Recipe:
    """Return what the embedded model is trained by."""
    return Recipe.from_mapping(_CONTENT)


def embedded_root() -> Path:
    """Return the folder of its run, in the user's cache."""
    return default_root() / "studio"


def embedded_run(*, quiet: bool = False) -> Run:
    """Return the run of the embedded model, trained now where it is not there yet.

    What it takes to warn of pictures unlike its training images is computed as well, so that the
    first drawing is answered at once.
    """
    recipe, root = embedded_recipe(), embedded_root()
    there = identified(recipe, root).path_in(root)
    if (there / "done").exists():
        run = Run.load(there)
    else:
        if not quiet:
            note(
                "this folder has no finished classifier: training a small one of the embedded "
                "digits first; it takes seconds, and is kept for next time"
            )
        run = train(recipe, root, quiet=quiet)
    PictureReader.load(run, quiet=quiet)
    return run

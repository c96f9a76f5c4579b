"""Eight commands on tiny settings, and the files that they ask for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

__all__ = ["COMMANDS", "prepare"]

RECIPE = """
[task]
name = "single"
data = "symbols"
generalization_grid = 0
[model]
strategy = "sliced"
channels = 4
[training]
epochs = 2
precision = "float32"
"""
STUDY = """
name = "tiny"
seeds = 1
[base.task]
name = "single"
data = "symbols"
generalization_grid = 0
[base.training]
epochs = 1
precision = "float32"
[base.model]
channels = 4
[[stages]]
name = "width"
trials = 2
sampler = "random"
[stages.space]
"model.channels" = [2, 4]
"""


def _symbols(folder: Path) -> None:
    """Write a source of three classes, 8×8 pixels."""
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for label in range(3):
        rows = np.flatnonzero(digits.target == label)
        for split, some in {"train": rows[:12], "test": rows[12:18]}.items():
            place = folder / "symbols" / split / str(label)
            place.mkdir(parents=True)
            for row in some:
                pixels = (digits.images[row] * 15.9).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{row}.png")


COMMANDS: dict[str, list[str]] = {
    "train": ["train", "recipe.toml", "--out", "out"],
    "compare": ["compare", "single", "--data", "symbols", "--models", "sliced", "--seeds", "2",
                "--set", "training.epochs=1", "--set", "model.channels=2",
                "--set", "training.precision=float32", "--out", "out"],
    "vary": ["vary", "recipe.toml", "training.epochs=1,2", "--seeds", "1", "--out", "out"],
    "search": ["search", "study.toml", "--out", "out"],
    "generate": ["generate", "single", "--data", "symbols", "--seeds", "1", "--out", "out",
                 "--set", "training.images=64", "--set", "training.batch_size=32",
                 "--set", "training.epoch_images=32", "--set", "model.width=4",
                 "--set", "training.precision=float32", "--set", "evaluation.samples=30",
                 "--set", "evaluation.epoch_samples=30"],
    "reproduce": ["reproduce", "run", "mnist-networks", "--rows", "1.3.train", "--scale", "smoke",
                  "--seeds", "1", "--out", "out"],
    "build": ["data", "build", "single", "--data", "symbols", "--out", "out/built"],
    "import": ["data", "import", "symbols", "--out", "out/imported"],
}  # fmt: skip


def prepare(folder: Path) -> None:
    """Write the source, the recipe and the study that the commands name."""
    folder.mkdir()
    _symbols(folder)
    (folder / "recipe.toml").write_text(RECIPE)
    (folder / "study.toml").write_text(STUDY)
    for path in folder.rglob("*"):  # of a moment that is over, whose digest is kept at once
        os.utime(path, (1e9, 1e9))

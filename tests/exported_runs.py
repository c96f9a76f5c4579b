"""One small run of each kind of net and strategy, trained once a process, for tests of exports."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

from torch import nn

from glyphlab.models.own.given import given
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training import train
from trained import digits_run, triples_run

__all__ = ["RUNS", "run_of"]

TRIPLE = {"name": "triple", "per_label": 1, "generalization_grid": 0, "train_images": 60}
ADDITION = {"name": "addition", "generalization_grid": 0, "train_images": 60}
SINGLE = {"name": "single", "generalization_grid": 0, "train_images": 60}
EVERY_LAYER = (
    "conv 4 3 same", "norm", "pool 2", "block 6", "block 6", "conv 5 2", "mean", "dropout 0.2",
    "dense 9", "norm",
)  # fmt: skip

_RECIPES: dict[str, dict[str, Any]] = {
    "aligned": {"task": TRIPLE, "model": {"strategy": "aligned", "channels": 4, "test_views": 5}},
    "mirrored": {"task": SINGLE, "model": {"strategy": "multihead", "channels": 4,
                 "test_views": 10}},
    "whole": {"task": TRIPLE, "model": {"strategy": "whole", "channels": 4}},
    "sequential": {"task": ADDITION, "model": {"strategy": "sequential", "channels": 4}},
    "sum": {"task": ADDITION, "model": {"strategy": "sum", "channels": 4}},
    "long-sum": {
        "task": {**ADDITION, "digits": 20, "per_label": None},
        "model": {"strategy": "sum", "channels": 4},
    },
    "product": {
        "task": {**ADDITION, "name": "product"},
        "model": {"strategy": "sequential", "channels": 4},
    },
    "paper": {"task": TRIPLE, "model": {"strategy": "sliced", "net": "triple-mnist-cnn"}},
    "layers": {"task": SINGLE, "model": {"strategy": "multihead", "net": "layers",
               "layers": EVERY_LAYER}},
    "lenet": {
        "task": SINGLE,
        "model": {
            "strategy": "multihead", "net": "layers", "activation": "tanh",
            "layers": ("conv 6 5", "pool 2", "conv 16 3", "pool 2", "dense 20"),
        },
    },
    "plain-layers": {
        "task": SINGLE,
        "model": {
            "strategy": "multihead", "net": "layers",
            "layers": ("conv 6 3", "pool 2", "conv 8 3", "dense 20"),
        },
    },
}  # fmt: skip
RUNS = ("multihead", "sliced", "own", *_RECIPES)


def own_net(image_shape: tuple[int, int], heads: int, classes: int) -> nn.Module:
    """Return a net of one's own, of torch's layers one after the other."""
    height, width = ((side - 3 + 2) // 2 + 1 for side in image_shape)
    return nn.Sequential(
        nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 4, 3, 2, 1), nn.Sigmoid()),
        nn.MaxPool2d(3, 2),
        nn.Dropout2d(0.1),
        nn.Flatten(),
        nn.Linear(4 * ((height - 3) // 2 + 1) * ((width - 3) // 2 + 1), heads * classes),
        nn.Unflatten(1, (heads, classes)),
    )


@functools.cache
def run_of(name: str) -> Run:
    """Return the run of that name."""
    if name == "multihead":
        return digits_run()
    if name == "sliced":
        return triples_run()
    root = Path(tempfile.mkdtemp(prefix="glyphlab-exported-"))
    if name == "own":
        own = {
            "strategy": "multihead",
            "net": "custom",
            "custom": given("own", own_net).model_dump(),
        }
        described: dict[str, Any] = {"task": SINGLE, "model": own}
    else:
        described = _RECIPES[name]
    training = {"epochs": 2, "precision": "float32", "augment": "none", "batch_size": 16}
    recipe = {"name": name, "training": training, **described}
    return train(Recipe.from_mapping(recipe), root, quiet=True)

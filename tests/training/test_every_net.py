"""Every strategy with every net and every kind of layer: it trains, or says in a line why not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.registry.tables import STRATEGIES
from glyphlab.recipes import Recipe
from glyphlab.recipes.architecture import LAYER_FORMS
from glyphlab.tasks import Split, Task, load_task
from glyphlab.training import train

NETS: dict[str, dict[str, Any]] = {
    "fast": {"net": "fast", "channels": 2},
    "triple-mnist-cnn": {"net": "triple-mnist-cnn"},
    "conv": {"net": "layers", "layers": ["conv 2 3"]},
    "conv same": {"net": "layers", "layers": ["conv 2 3 same", "conv 2 5"]},
    "conv and pool in one": {"net": "layers", "layers": ["conv 4 3", "pool 2", "conv 4 3"]},
    "pool": {"net": "layers", "layers": ["pool 4"]},
    "dense": {"net": "layers", "layers": ["dense 6"]},
    "dropout": {"net": "layers", "layers": ["dropout 0.5"]},
    "dropout of maps and units": {
        "net": "layers",
        "layers": ["conv 2 3", "dropout 0.25", "pool 2", "dense 6", "dropout 0.5"],
    },
    "norm": {"net": "layers", "layers": ["norm"]},
    "norm of maps and units": {"net": "layers", "layers": ["conv 2 3", "norm", "dense 6", "norm"]},
    "block": {"net": "layers", "layers": ["block 2", "pool 4", "block 2", "dropout 0.5"]},
    "mean": {"net": "layers", "layers": ["block 2", "mean", "dropout 0.5", "norm"]},
    "units": {"net": "layers", "units": [6, 6]},
    "units, norm": {"net": "layers", "units": [6, 6], "norm": True},
    "units, dropout": {"net": "layers", "units": [6, 6], "dropout": 0.1},
    "units, both": {"net": "layers", "units": [6, 6], "norm": True, "dropout": 0.1},
}
TASKS = {
    "whole": "addition", "sequential": "addition", "sum": "addition",
    "sliced": "triple", "multihead": "triple", "aligned": "triple",
}  # fmt: skip


def small(name: str) -> Task:
    whole = load_task(name, per_label=4)

    def part(split: Split, count: int) -> Split:
        return split.take(np.arange(count))

    fewer = dataclasses.replace(
        whole, train=part(whole.train, 22), val=part(whole.val, 5), test=part(whole.test, 7)
    )
    return fewer.described(whole.recipe)


@pytest.fixture(scope="module")
def tasks() -> dict[str, Task]:
    return {name: small(name) for name in ("addition", "triple")}


def test_every_kind_of_layer_is_here() -> None:
    words = [word.split()[0] for net in NETS.values() for word in net.get("layers", ())]
    assert set(words) == set(LAYER_FORMS)
    assert set(TASKS) == set(STRATEGIES)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("net", NETS)
def test_it_trains_or_says_why_not(
    net: str, strategy: str, tasks: dict[str, Task], tmp_path: Path
) -> None:
    name = TASKS[strategy]
    recipe = Recipe.from_mapping(
        {
            "task": {"name": name, "per_label": 4, "generalization_grid": 0},
            "model": {"strategy": strategy, **NETS[net]},
            "training": {
                "epochs": 1,
                "batch_size": 8,
                "precision": "float32",
                "learning_rate": 1e-3,
            },
        }
    )
    if strategy == "aligned" and NETS[net]["net"] != "fast":
        with pytest.raises(GlyphlabError, match=r"strategy 'aligned' needs net 'fast'$") as caught:
            train(recipe, tmp_path, quiet=True, task=tasks[name])
        assert "\n" not in str(caught.value)
        return
    run = train(recipe, tmp_path, quiet=True, task=tasks[name])
    (row,) = run.metrics()
    assert np.isfinite(row["loss"])
    assert run.load_predictions()["pred"].shape == (7, 3 if name == "triple" else 1)

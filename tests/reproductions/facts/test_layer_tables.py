"""Layers that are counted before any training."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.reproductions.core.facts.layer_tables import layer_measures
from glyphlab.reproductions.core.keras_models import keras_model
from glyphlab.tasks import Task, load_task

NET = keras_model(
    "small", ("conv 4 3", "pool 2", "conv 6 3 same", "pool 2", "dense 5"),
    about="two convolutions", epochs=1, batch_size=8,
)  # fmt: skip
MEASURES = layer_measures((NET,))


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task("single", offline=True)


def count(task: Task, name: str, **arguments: Any) -> float:
    found = MEASURES[name](task, [], model="small", **arguments)
    assert found.seeds == 0
    return float(found.value)


def test_parameters_and_maps_of_every_layer(task: Task) -> None:
    side = task.train.images.shape[1]
    after = ((side - 2) // 2) // 2
    parameters = [count(task, "layer_parameters", layer=place) for place in (1, 2, 3, 4)]
    assert parameters == [40, 222, 5 * 6 * after**2 + 5, 10 * 5 + 10]
    given = [count(task, "layer_takes", layer=place) for place in (1, 2, 3, 4)]
    assert given == [side, (side - 2) // 2, 6 * after**2, 5]
    left = [count(task, "layer_gives", layer=place) for place in (1, 2, 3, 4)]
    assert left == [side - 2, (side - 2) // 2, 5, 10]
    size = sum(parameters) * 4 / 1024
    assert count(task, "net_kilobytes") == pytest.approx(size)
    assert count(task, "net_megabytes") == pytest.approx(size / 1024)


def test_a_layer_that_is_none_is_said(task: Task) -> None:
    with pytest.raises(UsageError, match="layer = 0: small has 4 layers, counted from 1"):
        count(task, "layer_parameters", layer=0)
    with pytest.raises(UsageError, match="layer = 5: small has 4 layers, counted from 1"):
        count(task, "layer_gives", layer=5)

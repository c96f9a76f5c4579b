"""Trainings that begin several times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RecipeError
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.initial_net import make_net
from glyphlab.training.targets import strategy_for
from glyphlab.training.trainers.gradient import restarts as s
from glyphlab.training.trainers.gradient import trainer as gradient
from glyphlab.training.trainers.gradient.trainer import _data
from small_runs import killed_after_an_epoch

pytestmark = pytest.mark.usefixtures("one_thread")
TASK = TaskRecipe(name="addition", per_label=8, generalization_grid=0)
SMALL = ["training.epochs=2", "training.precision=float32", "model.channels=2"]


def recipe(restarts: int) -> Recipe:
    return Recipe.for_model("sum", TASK, overrides=[*SMALL, f"training.restarts={restarts}"])


def test_the_lowest_loss_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, torch.Tensor]] = []
    whole = gradient.fit_net

    def watched(net: torch.nn.Module, *args: object, **named: object) -> object:
        given.append({name: t.clone() for name, t in net.state_dict().items()})
        return whole(net, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(gradient, "fit_net", watched)
    run = train(recipe(3), tmp_path, quiet=True)
    losses = run.summary.restarts
    assert len(losses) == len(set(losses)) == 3
    kept = run.load_tensors(s.FILE)
    assert all(torch.equal(given[0][name], tensor) for name, tensor in kept.items())
    assert run.load_state(s.FILE)["losses"] == list(losses)
    assert run.summary.fit_seconds > run.load_state(s.FILE)["seconds"] > 0
    assert run.summary.epochs_run == 2


def test_taken_up_it_begins_where_it_began(tmp_path: Path) -> None:
    whole = train(recipe(2), tmp_path / "whole", quiet=True)
    killed_after_an_epoch(recipe(2), tmp_path / "killed")
    begun = next((tmp_path / "killed").glob(f"*/{s.FILE}"))
    written = begun.stat().st_mtime_ns
    again = train(recipe(2), tmp_path / "killed", quiet=True)
    assert begun.stat().st_mtime_ns == written
    for file in ("model.safetensors", "predictions.npz"):
        assert (again.path / file).read_bytes() == (whole.path / file).read_bytes()


def test_one_start_is_what_there_was_before(tmp_path: Path) -> None:
    assert recipe(1).hash != recipe(2).hash
    run = train(recipe(1), tmp_path, quiet=True)
    assert run.summary.restarts is None
    assert not (run.path / s.FILE).exists()
    with pytest.raises(RecipeError, match="restarts"):
        recipe(0)


def test_beginnings_differ(tmp_path: Path) -> None:
    from glyphlab.tasks import load_recipe_task
    from glyphlab.training.targets import strategy_for

    one = recipe(2)
    strategy = strategy_for(one, load_recipe_task(TASK))
    nets = [make_net(one, strategy, 56, 28, start) for start in (0, 1, 0)]
    first, second, again = (
        np.concatenate([p.detach().numpy().ravel() for p in net.parameters()]) for net in nets
    )
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, again)


def test_an_epoch_of_several_passes() -> None:
    task = load_task("single")
    recipe = Recipe.from_mapping(
        {"task": {"name": "single"}, "training": {"repeats": 3}, "model": {"strategy": "multihead"}}
    )
    pictures, _ = _data(recipe, task, strategy_for(recipe, task), "cpu")
    images, labels = pictures(0)
    assert len(images) == len(labels) == 3 * len(task.train)
    np.testing.assert_array_equal(images[: len(task.train)], images[-len(task.train) :])
    np.testing.assert_array_equal(labels[: len(task.train)], labels[-len(task.train) :])

"""A training that is asked to stop from outside, and what goes with a run."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from glyphlab._common.process import own_process
from glyphlab.recipes import Recipe
from glyphlab.runs import Run, list_runs, remove_run
from glyphlab.runs.followed.wishes import (
    ask_to_stop,
    forget_earlier_stop,
    hide,
    is_asked_to_stop,
    is_hidden,
)
from glyphlab.runs.run_folders import STOP, beside
from glyphlab.training import train
from glyphlab.training.events import Epoch, Event

RECIPE = Recipe.from_mapping(
    {
        "task": {"name": "single", "generalization_grid": 0, "train_images": 64},
        "model": {"strategy": "multihead", "channels": 2},
        "training": {"epochs": 4, "batch_size": 32, "precision": "float32", "augment": "none"},
    }
)


def test_a_training_stops_after_its_epoch_and_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Epoch) and len(event.run.metrics()) == 2:
            ask_to_stop(event.run.path)

    with pytest.raises(KeyboardInterrupt):
        train(RECIPE, tmp_path / "stopped", quiet=True, callbacks=[stop])
    (info,) = list_runs(tmp_path / "stopped")
    assert (info.state, info.epochs) == ("interrupted", 2)
    resumed = train(RECIPE, tmp_path / "stopped", quiet=True)
    assert not is_asked_to_stop(resumed.path)
    straight = train(RECIPE, tmp_path / "straight", quiet=True)
    for file in ("model.safetensors", "predictions.npz"):
        assert (resumed.path / file).read_bytes() == (straight.path / file).read_bytes()


def test_wishes_lie_beside_a_run_and_go_with_it(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "one", {"seed": 1})
    before = sorted(run.path.iterdir())
    hide(run.path, hidden=True)
    ask_to_stop(run.path)
    assert is_hidden(run.path)
    assert is_asked_to_stop(run.path)
    assert sorted(run.path.iterdir()) == before
    remove_run(run.path)
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_gets_ready_hears_what_was_wished_since(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ask_to_stop(folder)
    forget_earlier_stop(folder)  # in a notebook, whoever trains again means it
    assert not is_asked_to_stop(folder)
    ask_to_stop(folder)
    long_ago = time.time() - 60
    os.utime(beside(folder, STOP), (long_ago, long_ago))
    with own_process():
        forget_earlier_stop(folder)
        assert not is_asked_to_stop(folder)
        time.sleep(0.05)
        ask_to_stop(folder)
        forget_earlier_stop(folder)
        assert is_asked_to_stop(folder)

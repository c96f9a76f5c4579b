"""Trainings in processes of their own: started, stopped, resumed, one after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UnknownName
from glyphlab.recipes import Recipe
from glyphlab.runs import Run, RunInfo
from glyphlab.runs.followed.watched import WatchedRuns
from glyphlab.runs.followed.wishes import is_asked_to_stop
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.jobs.followed_runs import FollowedFolder, FollowedRun
from glyphlab.serve.jobs.run_rows import row_of, seconds_left
from glyphlab.serve.jobs.trainings import Trainings

LONG = {
    "task": {"name": "single", "generalization_grid": 0},
    "model": {"strategy": "multihead", "channels": 8},
    "training": {"epochs": 500, "precision": "float32", "augment": "none"},
}
SHORT = {**LONG, "training": {**LONG["training"], "epochs": 1}}


@pytest.fixture
def trainings(tmp_path: Path) -> Iterator[Trainings]:
    made = Trainings(tmp_path, None, 1)
    yield made
    made.close()


def recipe(content: dict[str, Any], seed: int = 0) -> Recipe:
    return Recipe.from_mapping({**content, "seed": seed})


def wait(until: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_training_is_stopped_after_an_epoch_and_resumed(
    trainings: Trainings, tmp_path: Path
) -> None:
    runs = WatchedRuns(tmp_path)
    name = trainings.start(recipe(LONG))
    followed = FollowedRun(runs, trainings, name, 0)
    events: list[Any] = []

    def heard(what: str) -> bool:
        events.extend(followed.more())
        return any(event.name == what for event in events)

    with pytest.raises(Refused, match="trained already"):
        trainings.resume(name)
    wait(lambda: heard("epoch"))
    trainings.stop(name)
    assert trainings.state_of(name) in ("stopping", None)
    wait(lambda: trainings.state_of(name) is None)
    rows = Run(tmp_path / name, {}).metrics()
    assert 1 <= len(rows) < 500
    assert (tmp_path / name / "checkpoint.safetensors").exists()
    assert trainings.failure_of(name) == ""
    assert "was asked to stop" in trainings.words_of(name)
    assert runs.one(name)[0].state == "interrupted"

    with pytest.raises(Refused, match="not being trained"):
        trainings.stop(name)
    trainings.resume(name)
    wait(lambda: len(Run(tmp_path / name, {}).metrics()) > len(rows))
    assert not is_asked_to_stop(tmp_path / name)
    trainings.stop(name, at_once=True)
    wait(lambda: trainings.state_of(name) is None)
    assert Run(tmp_path / name, {}).metrics()[: len(rows)] == rows
    epochs = [event.number for event in [*events, *followed.more()] if event.name == "epoch"]
    assert epochs == list(range(1, len(epochs) + 1))


@pytest.mark.long
def test_others_wait_for_their_turn_and_what_waits_is_taken_back(
    trainings: Trainings, tmp_path: Path
) -> None:
    first, second, third = (trainings.start(recipe(SHORT, seed)) for seed in range(3))
    assert [trainings.state_of(name) for name in (first, second, third)] == [
        "running", "waiting", "waiting",
    ]  # fmt: skip
    assert trainings.counts() == (1, 2)
    trainings.stop(third)
    wait(lambda: (tmp_path / second / "done").exists())
    wait(lambda: trainings.counts() == (0, 0))
    assert not (tmp_path / third / "done").exists()
    with pytest.raises(Refused, match="finished already"):
        trainings.start(recipe(SHORT, 0))
    with pytest.raises(Refused, match="nothing to resume"):
        trainings.resume(first)
    with pytest.raises(Refused, match="nothing to stop"):
        trainings.stop(first)


def test_what_failed_says_why(trainings: Trainings, tmp_path: Path) -> None:
    wild = {**SHORT, "training": {**SHORT["training"], "learning_rate": 1e30, "optimizer": "sgd"}}
    name = trainings.start(recipe(wild))
    wait(lambda: trainings.state_of(name) is None)
    assert "finite" in trainings.failure_of(name) or "loss" in trainings.failure_of(name)
    ((event,)) = FollowedFolder(WatchedRuns(tmp_path), trainings).more()
    (row,) = event.data["changed"]
    assert (row["state"], row["problem"]) == ("failed", trainings.failure_of(name))
    # resumed in a terminal, and interrupted there
    later = time.time() + 5
    os.utime(tmp_path / name / "recipe.json", (later, later))
    assert trainings.failure_of(name) == ""
    assert row_of(*WatchedRuns(tmp_path).one(name), trainings)["state"] == "interrupted"


def test_a_folder_is_followed_by_what_changes(trainings: Trainings, tmp_path: Path) -> None:
    runs = WatchedRuns(tmp_path)
    followed = FollowedFolder(runs, trainings)
    ((first,)) = followed.more()
    assert first.data == {"changed": [], "removed": []}
    name = trainings.start(recipe(SHORT))
    runs.changed()
    ((event,)) = followed.more()
    assert [row["name"] for row in event.data["changed"]] == [name]
    wait(lambda: (tmp_path / name / "done").exists())
    runs.changed()
    ((event,)) = followed.more()
    assert [row["state"] for row in event.data["changed"]] == ["done"]
    runs.changed()
    assert followed.more() == []


def test_a_run_that_is_removed_while_it_is_followed(trainings: Trainings, tmp_path: Path) -> None:
    followed = FollowedRun(WatchedRuns(tmp_path), trainings, "single-gone-s0-00000000", 3)
    ((event,)) = followed.more()
    assert (event.data["state"], followed.ended) == ("removed", True)
    with pytest.raises(UnknownName):
        WatchedRuns(tmp_path).find("single-gone-s0-00000000")


def test_what_seems_damaged_may_only_be_gone(
    trainings: Trainings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = RunInfo("single-a-s0-00000000", tmp_path / "gone", "damaged", problem="no recipe.json")
    monkeypatch.setattr(WatchedRuns, "one", lambda *_: (info, False))
    ((event,)) = FollowedRun(WatchedRuns(tmp_path), trainings, info.name, 0).more()
    assert event.data["state"] == "removed"


def test_time_left_is_that_of_the_last_epochs() -> None:
    rows = [{"seconds": 100.0}, *({"seconds": 2.0} for _ in range(5))]
    assert seconds_left(rows, 10) == pytest.approx(8.0)
    assert seconds_left(rows, 6) == 0
    assert seconds_left(rows, None) is None
    assert seconds_left([], 3) is None

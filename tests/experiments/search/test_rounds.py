"""Any number of workers tries the same trials, with the same values."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import StudyError
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.search import Study, StudyDefinition
from glyphlab.experiments.search.journal import open_journal
from glyphlab.experiments.search.stages import Engine
from glyphlab.experiments.search.study_folder import fixed_study
from glyphlab.training.events import Epoch, Event
from glyphlab.training.executors import dispatch
from in_threads import InThreads

from .conftest import Trainer
from .test_engine import NoTasks

pytestmark = pytest.mark.usefixtures("one_thread")
CONTENT: dict[str, Any] = {
    "name": "rounds",
    "seed": 3,
    "seeds": 1,
    "base": {
        "task": {"name": "single", "train_images": 60, "generalization_grid": 0},
        "model": {"strategy": "whole", "net": "layers", "layers": ["dense 8", "norm"]},
        "training": {"epochs": 4, "precision": "float32", "optimizer": "sgd", "augment": "none"},
    },
    "stages": [
        {
            "name": "rate",
            "trials": 8,
            "startup": 2,
            "pruner": "median",
            "round_size": 4,
            "space": {"training.learning_rate": {"low": 1e-4, "high": 1.0, "log": True}},
        },
        {
            "name": "batch",
            "trials": 4,
            "startup": 2,
            "round_size": 2,
            "space": {"training.batch_size": {"low": 8, "high": 32}},
        },
    ],
}


def tried(root: Path, workers: int | None) -> list[Any]:
    """Return what a study tried, and what came of it."""
    study = Study.from_mapping(CONTENT)
    if workers is None:
        result = study.run(root, quiet=True)
    else:
        with InThreads(workers):
            result = study.run(root, quiet=True)
    assert result.test.runs
    return [
        [stage.name, one.number, one.params, one.value, one.state, one.reason, one.runs, one.epochs]
        for stage in result.stages
        for one in stage.trials
    ]


def test_any_number_of_workers_proposes_the_same(trainer: Trainer, tmp_path: Path) -> None:
    def stages(folder: str, workers: int | None) -> Any:
        study = StudyDefinition.from_mapping(CONTENT)
        (tmp_path / folder).mkdir()
        with (
            InThreads(workers) if workers else contextlib.nullcontext(),
            open_journal(tmp_path / folder / "journal.log") as journal,
        ):
            countdown = Countdown(study.trainings, quiet=True)
            engine = Engine(study, tmp_path / folder, NoTasks(), command="c", countdown=countdown)
            return engine.run(journal)

    alone = stages("alone", None)
    assert "pruned" in {one.state for one in alone[0].trials}
    for workers in (1, 2, 4, 8):
        assert stages(str(workers), workers) == alone
    assert len(trainer.begun) == 5 * 12, "a trial was trained twice"


@pytest.mark.long
def test_any_number_of_workers_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.01)
    alone = tried(tmp_path / "alone", None)
    states = [one[4] for one in alone]
    assert states.count("pruned") > 1
    assert states.count("complete") > 5
    for workers in (1, 2, 4, 8):
        assert tried(tmp_path / str(workers), workers) == alone


@pytest.mark.long
def test_a_study_that_is_interrupted_goes_on_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "EVERY", 0.01)
    alone = tried(tmp_path / "alone", None)
    heard: list[Event] = []

    def give_up(flight: dispatch.Flight, root: Path, say: Any) -> None:
        def counted(event: Event) -> None:
            say(event)
            heard.append(event)
            if isinstance(event, Epoch) and len(heard) in (9, 30):
                raise KeyboardInterrupt

        follow(flight, root, counted)

    follow = dispatch._follow
    monkeypatch.setattr(dispatch, "_follow", give_up)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            tried(tmp_path / "killed", 3)
    assert tried(tmp_path / "killed", 3) == alone


def test_the_size_of_a_round_is_of_the_study(tmp_path: Path) -> None:
    study = StudyDefinition.from_mapping(CONTENT)
    fixed_study(study, tmp_path)
    stages = [{**CONTENT["stages"][0], "round_size": 2}, CONTENT["stages"][1]]
    other = StudyDefinition.from_mapping({**CONTENT, "stages": stages})
    with pytest.raises(StudyError, match=r"rate\.round_size is 4 there and 2 in this file"):
        fixed_study(other, tmp_path)


def test_what_looks_at_nothing_has_no_rounds() -> None:
    stage = {**CONTENT["stages"][1], "sampler": "random"}
    with pytest.raises(StudyError, match="round_size is for TPE and pruners, and sampler 'random'"):
        StudyDefinition.from_mapping({**CONTENT, "stages": [stage]})

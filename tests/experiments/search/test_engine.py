"""The stages of a study on a stand-in for training, killed at every instant."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.storages.journal import JournalFileBackend

from glyphlab._common.errors import StudyError
from glyphlab.backends import reason_against
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.search import StudyDefinition
from glyphlab.experiments.search import stages as engine_module
from glyphlab.experiments.search.journal import open_journal
from glyphlab.experiments.search.proposals import importances, propose
from glyphlab.experiments.search.stages import Engine
from glyphlab.experiments.search.study_folder import fixed_study
from glyphlab.experiments.search.study_result import StageResult
from glyphlab.experiments.search.trials import trial_recipe
from glyphlab.recipes import Recipe
from glyphlab.reporting.pages.study_page import _drawn
from glyphlab.runs import Run
from glyphlab.tasks import Task, load_task
from glyphlab.training.events import Event
from glyphlab.training.identity import LoadedTasks
from glyphlab.training.train_many import Failed

from .conftest import FakeRun, Trainer, value_of

CONTENT: dict[str, Any] = {
    "name": "fake",
    "seed": 5,
    "base": {"training": {"epochs": 4, "precision": "float32", "device": "cpu"}},
    "stages": [
        {
            "name": "rate",
            "trials": 9,
            "startup": 3,
            "pruner": "median",
            "space": {
                "training.learning_rate": {"low": 1e-5, "high": 0.5, "log": True},
                "training.optimizer": ["adam", "sgd"],
            },
        },
        {
            "name": "width",
            "method": "grid",
            "seeds": 2,
            "space": {"model.channels": [4, 8], "training.batch_size": [32, 64]},
        },
        {
            "name": "fine",
            "sampler": "random",
            "trials": 4,
            "space": {"training.learning_rate": {"low": 1e-3, "high": 0.1, "log": True}},
        },
    ],
}


class NoTasks(LoadedTasks):
    def __call__(self, recipe: Recipe) -> Task:
        return load_task("single").described(recipe.task)


def run(folder: Path, content: dict[str, Any] = CONTENT) -> list[StageResult]:
    study = StudyDefinition.from_mapping(content)
    folder.mkdir(exist_ok=True)
    countdown = Countdown(study.trainings, quiet=True)
    with open_journal(folder / "journal.log") as journal:
        return Engine(study, folder, NoTasks(), command="c", countdown=countdown).run(journal)


def changed(stage: int = 0, **changes: Any) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    content["stages"][stage] |= changes
    return content


def test_what_an_undisturbed_study_finds(trainer: Trainer, tmp_path: Path) -> None:
    rate, width, fine = run(tmp_path)
    assert [trial.number for trial in rate.trials] == list(range(9))
    stopped = [trial for trial in rate.trials if trial.state == "pruned"]
    assert stopped
    assert all(trial.reason.startswith("stopped after epoch") for trial in stopped)
    assert all(trial.epochs < 4 for trial in stopped)
    finished = [trial for trial in rate.trials if trial.state == "complete"]
    best = max(finished, key=lambda trial: trial.value or 0)
    assert rate.best == best.number
    assert rate.gain is None
    assert rate.gain_interval is None

    assert width.frozen == best.params
    assert [tuple(trial.params.values()) for trial in width.trials] == [
        (4, 32), (4, 64), (8, 32), (8, 64),
    ]  # fmt: skip
    assert width.gain == pytest.approx(width.value - rate.value)
    assert width.gain_interval is None  # the runs of these trials are stand-ins
    study = StudyDefinition.from_mapping(CONTENT)
    for trial in width.trials:
        values = {**width.frozen, **trial.params}
        recipes = [
            trial_recipe(study, "width", trial.number, values, training=nth) for nth in range(2)
        ]
        assert len({recipe.seed for recipe in recipes}) == 2
        assert trial.value == np.mean([value_of(recipe, 4) for recipe in recipes])
        assert len(trial.runs) == 2
        assert (trial.seconds, trial.epochs) == (2.0, 8)
    # rate is searched again, and so not kept
    assert set(fine.frozen) == {"training.optimizer", "model.channels", "training.batch_size"}
    assert len(trainer.finished) == len(finished) + 8 + 4


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    ("pruner", "before"), [("median", False), ("halving", True)], ids=["after a line", "before one"]
)
def test_killed_at_every_line_of_the_journal(
    before: bool,
    pruner: str,
    trainer: Trainer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever line is the last, the study ends as if undisturbed, and trains nothing twice."""
    content = changed(pruner=pruner)
    content["stages"] = content["stages"][:2]
    content["stages"][0] |= {"trials": 5, "startup": 2}
    content["stages"][1] |= {"space": {"model.channels": [4, 8]}}
    monkeypatch.setattr("os.fsync", lambda _handle: None)  # no machine goes down here
    expected = run(tmp_path / "whole", content)
    finished = sorted(trainer.finished)
    real = JournalFileBackend.append_logs
    root, deaths = tmp_path / "killed", 0
    trainer.finished.clear()

    def append(self: Any, logs: list[dict[str, Any]]) -> None:
        if before:
            raise Killed
        real(self, logs)
        raise Killed

    while True:
        # one line further each time: every line of the journal is once the last
        lines = 0

        def counted(self: Any, logs: list[dict[str, Any]]) -> None:
            nonlocal lines
            lines += 1
            if lines > before:
                append(self, logs)
            else:
                real(self, logs)

        monkeypatch.setattr(JournalFileBackend, "append_logs", counted)
        try:
            results = run(root, content)
        except Killed:
            deaths += 1
            assert deaths < 200, "a line that is written again and again"
            continue
        break
    assert deaths > 40
    assert results == expected
    assert sorted(trainer.finished) == finished


def test_killed_between_any_two_epochs(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(tmp_path / "whole")
    root, real, deaths = tmp_path / "killed", Trainer.__call__, 0
    for after in range(200):
        epochs = 0

        def dying(
            self: Trainer, recipe: Recipe, root: Path, after: int = after, **words: Any
        ) -> FakeRun:
            nonlocal epochs
            hear = words.pop("callbacks", ())

            def counted(_event: Event) -> None:
                nonlocal epochs
                epochs += 1
                if epochs > after % 7:
                    raise Killed

            return real(self, recipe, root, callbacks=[*hear, counted], **words)

        monkeypatch.setattr(Trainer, "__call__", dying)
        try:
            results = run(root)
        except Killed:
            deaths += 1
            continue
        break
    assert deaths > 10
    assert results == expected


def test_a_torn_line_and_a_forgotten_lock_are_mended(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = run(tmp_path)
    journal = tmp_path / "journal.log"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-40])
    (tmp_path / "journal.log.lock").touch()
    monkeypatch.setattr("glyphlab.experiments.search.journal.time.time", lambda: 2e9 + 1e9)
    begun = len(trainer.begun)
    assert run(tmp_path) == expected
    assert len(trainer.begun) == begun
    assert not (tmp_path / "journal.log.lock").exists()


def test_a_finished_study_trains_nothing(trainer: Trainer, tmp_path: Path) -> None:
    expected = run(tmp_path)
    begun = len(trainer.begun)
    assert run(tmp_path) == expected
    assert len(trainer.begun) == begun


def test_more_trials_go_on_where_it_stopped(trainer: Trainer, tmp_path: Path) -> None:
    few = run(tmp_path / "a", changed(trials=5))
    more = run(tmp_path / "a", changed(trials=9))
    assert more[0] == run(tmp_path / "b")[0]
    assert more[0].trials[:5] == few[0].trials
    assert run(tmp_path / "a", changed(trials=5))[0] == few[0]


def test_diverged_and_impossible_trials_are_named_and_not_fatal(
    trainer: Trainer, tmp_path: Path
) -> None:
    content = changed(
        method="grid", trials=None, pruner="none", space={"training.learning_rate": [0.01, 5.0]}
    )
    content["stages"][1] |= {"space": {"task.redraw": [True, False], "task.affine": [True, False]}}
    first, second, _ = run(tmp_path, content)
    assert [trial.state for trial in first.trials] == ["complete", "pruned"]
    assert first.trials[1].reason == "diverged: the loss became nan"
    assert first.trials[1].value is None
    (impossible,) = [trial for trial in second.trials if trial.state == "pruned"]
    assert impossible.params == {"task.redraw": False, "task.affine": True}
    assert "set task.redraw = true" in impossible.reason


def test_diverging_under_a_pruner(trainer: Trainer, tmp_path: Path) -> None:
    content = changed(method="grid", trials=None, space={"training.learning_rate": [5.0, 0.01]})
    first = run(tmp_path, content)[0]
    assert [trial.state for trial in first.trials] == ["pruned", "complete"]
    assert first.best == 1


def test_a_stage_of_which_nothing_is_left(trainer: Trainer, tmp_path: Path) -> None:
    content = changed(method="grid", trials=None, space={"training.learning_rate": [2.0, 5.0]})
    with pytest.raises(StudyError, match=r"no trial of stage 'rate' came to its end.*diverged"):
        run(tmp_path, content)


def test_trials_that_wait_for_none_are_asked_for_at_once(
    trainer: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(recipes: Sequence[Recipe], root: Path, *how: Any, **words: Any) -> Any:
        asked.append(len(recipes))
        assert len(words["names"]) == len(recipes)
        return list[Run | Failed](trainer.outcomes(recipes, root, *how, **words))

    content = changed(pruner="none")
    monkeypatch.setattr(engine_module, "outcomes", counted)
    results = run(tmp_path / "a", content)
    assert asked == [1] * 9 + [8, 4]
    assert results == run(tmp_path / "b", content)


def test_what_a_trial_tries_depends_on_its_name_alone() -> None:
    study = StudyDefinition.from_mapping(CONTENT)
    fine = study.stages[2]
    several = [propose(fine, fine.dimensions, 5, number, []).params for number in range(4)]
    assert propose(fine, fine.dimensions, 5, 2, []).params == several[2]
    assert len({tuple(params.values()) for params in several}) == 4
    assert propose(fine, fine.dimensions, 6, 2, []).params != several[2]


def test_tpe_comes_to_look_where_the_values_are_good(trainer: Trainer, tmp_path: Path) -> None:
    stage = run(tmp_path, changed(trials=24, pruner="none"))[0]
    off = [abs(np.log10(trial.params["training.learning_rate"]) + 2) for trial in stage.trials]
    assert np.median(off[12:]) < np.median(off[:6])
    assert stage.importance is not None
    assert stage.importance["training.learning_rate"] > stage.importance["training.optimizer"]
    assert sum(stage.importance.values()) == pytest.approx(1)


def test_importance_of_too_little_is_none() -> None:
    flat = optuna.create_study(direction="maximize")
    for number in range(12):
        flat.add_trial(
            optuna.create_trial(
                params={"a": number / 12, "b": number % 2 / 2},
                distributions={
                    name: optuna.distributions.FloatDistribution(0, 1) for name in ("a", "b")
                },
                value=0.5,
            )
        )
    assert importances(flat.trials) is None
    assert importances(flat.trials[:3]) is None


def test_another_study_of_the_name_is_refused(tmp_path: Path) -> None:
    study = StudyDefinition.from_mapping(CONTENT)
    assert fixed_study(study, tmp_path) == fixed_study(study, tmp_path)
    fixed_study(StudyDefinition.from_mapping(changed(trials=99)), tmp_path)  # the same study
    other = changed(space={"training.learning_rate": {"low": 1e-4, "high": 0.5, "log": True}})
    with pytest.raises(StudyError) as caught:
        fixed_study(StudyDefinition.from_mapping(other), tmp_path)
    said = str(caught.value)
    assert (
        "stages.rate.space.training.learning_rate.low is 1e-05 there and 0.0001 in this file"
        in said
    )
    assert "stages.rate.space.training.optimizer is there and not in this file" in said
    assert "give this one another name" in said


@pytest.mark.usefixtures("notes")
def test_what_the_machine_would_choose_is_settled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = {**CONTENT, "base": {}}
    study = StudyDefinition.from_mapping(content)
    monkeypatch.setattr(
        "glyphlab.experiments.search.study_folder.resolve_precision", lambda *_: "bfloat16"
    )
    first = fixed_study(study, tmp_path)
    assert "training.precision is bfloat16 in all trials" in capsys.readouterr().err
    monkeypatch.setattr(
        "glyphlab.experiments.search.study_folder.resolve_precision", lambda *_: "float32"
    )
    assert fixed_study(study, tmp_path) == first
    assert first.base["training"]["precision"] == "bfloat16"


def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(Exception, match="cannot be read") as caught:
        fixed_study(StudyDefinition.from_mapping(CONTENT), tmp_path)
    assert caught.value.exit_code == 1  # type: ignore[attr-defined]
    (tmp_path / "journal.log").write_text('{"op_code": 99}\n')
    with pytest.raises(Exception, match="is no journal"), open_journal(tmp_path / "journal.log"):
        pass


@pytest.mark.skipif(bool(reason_against()), reason=reason_against())
def test_perceptrons_of_a_stage_train_in_a_stack(tmp_path: Path) -> None:
    study = StudyDefinition.from_mapping(
        {
            "name": "stacked",
            "base": {
                "task": {"name": "single", "generalization_grid": 0},
                "model": {"strategy": "sliced", "net": "layers", "layers": ["dense 4"]},
                "training": {"epochs": 1, "augment": "none", "precision": "float32"},
            },
            "stages": [
                {
                    "name": "rate",
                    "method": "grid",
                    "seeds": 2,
                    "space": {"training.learning_rate": [0.001, 0.01, 0.1]},
                }
            ],
        }
    )
    with open_journal(tmp_path / "journal.log") as journal:
        countdown = Countdown(study.trainings, quiet=True)
        engine = Engine(study, tmp_path, LoadedTasks(keep=None), command="c", countdown=countdown)
        (stage,) = engine.run(journal)
    runs = [Run.load(path.parent) for path in tmp_path.rglob("done")]
    assert [run.summary.stacked for run in runs] == [6] * 6
    assert len(stage.trials) == 3


def test_rows_of_numbers_are_tried_frozen_and_drawn(trainer: Trainer, tmp_path: Path) -> None:
    row = {"low": 4, "high": 9, "least": 1, "most": 3}
    content = {
        "name": "rows",
        "base": {
            "model": {"net": "layers", "strategy": "whole", "units": [5]},
            "training": {"epochs": 2, "precision": "float32", "device": "cpu"},
        },
        "stages": [
            {"name": "units", "trials": 12, "space": {"model.units": row}},
            {"name": "rate", "method": "grid", "space": {"training.learning_rate": [0.1, 0.01]}},
        ],
    }
    units, rate = run(tmp_path, content)
    tried = [trial.params["model.units"] for trial in units.trials]
    assert {len(one) for one in tried} == {1, 2, 3}
    assert all(4 <= number <= 9 for one in tried for number in one)
    assert rate.frozen == {"model.units": units.winner.params["model.units"]}
    study = StudyDefinition.from_mapping(content)
    recipe = trial_recipe(study, "rate", 0, {**rate.frozen, "training.learning_rate": 0.1})
    assert recipe.model.words == tuple(f"dense {n}" for n in rate.frozen["model.units"])
    drawn, axes = _drawn([asdict(trial) for trial in units.trials], units.space)
    assert set(axes) == {"model.units.count", "model.units.total"}
    assert [one["params"]["model.units.total"] for one in drawn] == [sum(one) for one in tried]
    with pytest.raises(StudyError, match="a grid cannot take every row of numbers"):
        StudyDefinition.from_mapping(
            {**content, "stages": [{"name": "a", "method": "grid", "space": {"model.units": row}}]}
        )

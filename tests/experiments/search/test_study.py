"""Real studies of the smallest size: to their result, killed, and one trial again."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import RunLocked, StudyError, UnknownName
from glyphlab.experiments.search import Study, StudyResult
from glyphlab.experiments.search.final import pictures_of_trials
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.runs.locks.lock import hold_lock
from glyphlab.training.identity import LoadedTasks

pytestmark = pytest.mark.usefixtures("one_thread")

FILE = """
name = "tiny"
seeds = 2
[base]
task.per_label = 1
task.generalization_grid = 5
model.channels = 4
training.epochs = 2
training.batch_size = 16
training.augment = "none"
training.schedule = "onecycle"
training.label_smoothing = 0.1
training.weight_decay = 0.02
training.precision = "float32"
training.device = "cpu"
[[stages]]
name = "rate"
trials = 3
startup = 2
pruner = "median"
[stages.space]
training.learning_rate = { low = 3e-3, high = 0.1, log = true }
training.optimizer = ["adam", "sgd"]
[[stages]]
name = "width"
method = "grid"
seeds = 2
[stages.space]
model.channels = [2, 4]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studies")


@pytest.fixture(scope="module")
def file(root: Path) -> Path:
    path = root / "tiny.toml"
    path.write_text(FILE)
    return path


@pytest.fixture(scope="module")
def result(root: Path, file: Path) -> StudyResult:
    """The undisturbed study, in a ledger of its own: tests of this process may share another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLYPHLAB_LEDGER", str(root / "ledger.jsonl"))
        return Study.from_toml(file).run(root / "whole", quiet=True)


def untimed(document: dict[str, Any]) -> dict[str, Any]:
    text = json.loads(json.dumps(document))
    for stage in text["stages"]:
        for trial in stage["trials"]:
            del trial["seconds"]
    return {key: text[key] for key in ("stages", "winner", "test", "protocol")}


def test_a_result_says_what_it_is(result: StudyResult, root: Path) -> None:
    document = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert document["engines"] == ["cpu in float32, 1 thread, torch"]
    assert len(document["commits"]) == 1
    assert document["schema"] == 2
    assert [len(stage["trials"]) for stage in document["stages"]] == [3, 2]
    winner = max(result.stages, key=lambda stage: stage.value)
    assert (result.stage, result.trial) == (winner.name, winner.best)
    assert document["winner"]["value"] == winner.value == result.value
    runs = [Run.load(root / "whole" / name) for name in result.test.runs]
    arrays = [run.load_predictions() for run in runs]
    assert len({run.summary.seed for run in runs}) == 2
    assert result.test.mean == np.mean([(a["pred"] == a["true"]).all(1).mean() for a in arrays])
    assert result.test.low <= result.test.mean <= result.test.high
    assert "withheld" not in document["protocol"]
    folder = root / "whole" / "tiny"
    assert json.loads((folder / "result.json").read_text()) == document
    assert Recipe.from_toml(folder / "winner.toml") == result.recipe
    said = str(result)
    for part in (f"winner: trial {result.stage}:{result.trial}", "on test, 2 trainings", "stopped"):
        assert part in said


def test_a_gain_has_an_interval(result: StudyResult) -> None:
    first, second = result.stages
    assert first.gain_interval is None
    assert second.gain is not None
    assert second.gain_interval is not None
    low, high = second.gain_interval
    assert low < second.gain < high
    assert (low + high) / 2 == pytest.approx(second.gain, abs=1e-6)


def test_another_look_at_the_test_set_is_named(
    result: StudyResult, root: Path, tmp_path: Path
) -> None:
    shutil.copytree(root / "whole", tmp_path / "again")
    file = tmp_path / "tiny.toml"
    file.write_text(FILE.replace("[[stages]]", "[final]\ntraining.epochs = 3\n[[stages]]", 1))
    assert result.earlier == []
    longer = Study.from_toml(file).run(tmp_path / "again", quiet=True)
    (look,) = longer.earlier
    assert (look["mean"], look["final"], look["seeds"]) == (result.test.mean, {}, 2)
    assert longer.recipe.training.epochs == 3
    assert [stage.trials for stage in longer.stages] == [stage.trials for stage in result.stages]
    assert "evaluated before" in str(longer)
    number = max(2, longer.test.evaluation or 2)
    assert f"this is evaluation {number} of it" in longer.report(tmp_path / "page.html").read_text()
    again = Study.from_toml(file).run(tmp_path / "again", quiet=True)
    assert again.earlier == longer.earlier


def test_trials_are_run_folders_that_never_saw_the_test_set(
    result: StudyResult, root: Path
) -> None:
    for stage in result.stages:
        for trial in stage.trials:
            if trial.state == "pruned":
                continue
            runs = [Run.load(root / "whole" / "tiny" / "trials" / name) for name in trial.runs]
            scores = [run.summary.val.exact_match for run in runs]
            assert trial.value == np.mean(scores)
            assert trial.each == scores
            assert trial.low is not None
            assert trial.high is not None
            assert trial.low <= trial.value <= trial.high
            assert all(run.summary.metrics == run.summary.val for run in runs)
            assert all("test set withheld" in run.summary.protocol.data for run in runs)


def test_augmentations_that_were_tried_are_shown(result: StudyResult, tmp_path: Path) -> None:
    assert result.figures == []  # it tried none
    stages = [
        replace(result.stages[0], space={"training.augment": kinds, "training.batch_size": [8, 16]})
        for kinds in (["none", "columns"], ["columns", "warp"])
    ]
    ((caption, figure),) = pictures_of_trials(stages, result.recipe, LoadedTasks(keep=None))
    assert "dashed" in caption
    assert figure.count("<image") == 4 * 3
    page = replace(result, figures=[(caption, figure)]).report(tmp_path / "page.html")
    assert "What was tried, in pictures" in page.read_text(encoding="utf-8")


def test_a_trial_by_itself_comes_to_the_same_value(
    result: StudyResult, root: Path, file: Path
) -> None:
    study, before = Study.from_toml(file), sorted((root / "whole" / "tiny").iterdir())
    stopped = next((one for one in result.stages[0].trials if one.state == "pruned"), None)
    for stage, number in {("rate", stopped.number if stopped else 0), ("rate", 0), ("width", 1)}:
        again = study.repeat(stage, number, root / "whole")
        assert again.then
        assert again.same
    assert sorted((root / "whole" / "tiny").iterdir()) == before


def test_what_cannot_be_repeated_is_said(result: StudyResult, root: Path, file: Path) -> None:
    study = Study.from_toml(file)
    with pytest.raises(UnknownName, match="did you mean 'rate'"):
        study.repeat("raet", 0, root / "whole")
    with pytest.raises(StudyError, match="has not finished trial 9: it has finished 3"):
        study.repeat("rate", 9, root / "whole")
    with pytest.raises(StudyError, match="run it first"):
        study.repeat("rate", 0, root / "nowhere")


def test_the_command_names_the_folder(
    result: StudyResult, root: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, typed = Study.from_toml(file), f"glyphlab search {file}"
    assert result.command == study.command_in() == study.command_in(tmp_path) == typed
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "whole", "my exps")
    for folder, said in (("my exps", "go on"), ("none", "run it first")):
        with pytest.raises(StudyError) as caught:
            study.repeat("rate", 9, folder)
        assert str(caught.value).endswith(f"{said} with: {typed} --out {shlex.quote(folder)}")
    again = study.run("my exps", quiet=True)
    assert again.command == f"{typed} --out 'my exps'"
    assert json.loads(Path("my exps/tiny/result.json").read_text())["command"] == again.command


def test_two_at_once(root: Path, file: Path) -> None:
    folder = root / "held" / "tiny"
    folder.mkdir(parents=True)
    with hold_lock(folder), pytest.raises(RunLocked, match="tiny is in use"):
        Study.from_toml(file).run(root / "held", quiet=True)


CHILD = (
    "import sys, torch; torch.set_num_threads(1); from glyphlab.experiments.search import Study; "
    "Study.from_toml(sys.argv[1]).run(sys.argv[2], quiet=True)"
)


@pytest.mark.slow
@pytest.mark.long
def test_killed_at_random_moments(result: StudyResult, root: Path, file: Path) -> None:
    """Two SIGKILLs; then no finished trial was lost or trained twice, and all is the same."""
    killed, moments, models = root / "killed", random.Random(1), "tiny/trials/*/model.safetensors"
    length = sum(trial.seconds for stage in result.stages for trial in stage.trials)
    written: dict[Path, int] = {}
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(file), str(killed)],
            env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            while process.poll() is None and not any(killed.glob("tiny/trials/.*.lock")):
                time.sleep(0.005)
            time.sleep(moments.uniform(0, length))
        finally:
            process.send_signal(signal.SIGKILL)
        process.wait(30)
        done = [path.with_name("done") for path in killed.glob(models)]
        written |= {path: path.stat().st_mtime_ns for path in done if path.exists()}
    found = Study.from_toml(file).run(killed, quiet=True)
    assert untimed(found.to_json()) == untimed(result.to_json())
    assert {path: path.stat().st_mtime_ns for path in written} == written

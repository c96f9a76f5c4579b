"""`glyphlab search` at the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glyphlab.experiments.search import Study
from glyphlab.experiments.search.study import Repeated
from glyphlab.recipes import Recipe
from glyphlab.tasks.streams.drawn_images import are_streamed
from glyphlab.training.executors.base import Serial, executor_in_force

from .conftest import Cli, fails

pytestmark = pytest.mark.usefixtures("one_thread")

STUDY = """
[base]
task.per_label = 1
task.generalization_grid = 0
model.channels = 2
training.epochs = 1
training.augment = "none"
training.precision = "float32"
training.device = "cpu"
[[stages]]
name = "rate"
method = "grid"
[stages.space]
training.learning_rate = { low = 0.001, high = 0.1, log = true, points = 2 }
"""


@pytest.fixture
def glyphlab(glyphlab: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "tiny.toml").write_text("seeds = 1\n" + STUDY)
    return glyphlab


def test_a_study_then_one_of_its_trials(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("search", "tiny.toml", "--json", "--report", "page.html")
    assert code == 0, err
    document = json.loads(out)
    assert document["schema"] == 2
    assert document["command"] == "glyphlab search tiny.toml"
    assert "note: run 1 of 3: trial rate:0\n" in err
    assert "note: run 2 of 3: trial rate:1" in err
    assert "note: run 3 of 3: the winner for the test set" in err
    assert "wrote the page page.html" in err
    assert "tiny" in (tmp_path / "page.html").read_text()
    assert str(tmp_path) not in (tmp_path / "runs" / "tiny" / "result.json").read_text()

    code, out, err = glyphlab("search", "tiny.toml", "--trial", "rate:1", "--json")
    again = json.loads(out)
    assert again["same"]
    assert again["now"] == document["stages"][0]["trials"][1]["value"]
    code, out, _ = glyphlab("search", "tiny.toml", "--trial", "rate:1")
    assert out.startswith("trial rate:1: ")
    assert "the same" in out
    fails(glyphlab("search", "tiny.toml", "--trial", "rate:2"), 2, "has not finished trial 2")
    fails(glyphlab("search", "tiny.toml", "--trial", "raet:0"), 2, "did you mean 'rate'")
    fails(glyphlab("search", "tiny.toml", "--trial", "7"), 2, "--trial rate:7")

    (tmp_path / "tiny.toml").write_text(STUDY.replace("0.001", "0.002"))
    fails(glyphlab("search", "tiny.toml"), 2, "0.001 there and 0.002 in this file", "another name")


def test_a_trial_again_trains_where_the_options_say(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def repeat(_study: Study, stage: str, number: int, _root: Path, **words: Any) -> Repeated:
        executor = executor_in_force()
        assert isinstance(executor, Serial)
        seen.extend([stage, number, executor.threads, are_streamed(), words["quiet"]])
        return Repeated(stage, number, Recipe(), 0.5, 0.5)

    monkeypatch.setattr(Study, "repeat", repeat)
    words = ("--trial", "rate:1", "--threads", "1", "--stream", "--quiet")
    code, out, err = glyphlab("search", "tiny.toml", *words)
    assert (code, err) == (0, "")
    assert out.startswith("trial rate:1: 50.00%")
    assert seen == ["rate", 1, 1, True, True]


def test_dry_run_trains_nothing(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("search", "tiny.toml", "--dry-run")
    assert (code, err) == (0, "")
    assert "3 trainings in all" in out
    assert "training.learning_rate 0.001 … 0.1 points 2 log" in out
    plan = json.loads(glyphlab("search", "tiny.toml", "--dry-run", "--json")[1])
    assert plan["base"]["model"]["channels"] == 2
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("words", [("--dry-run",), ("--trial", "rate:0")])
def test_no_page_is_promised_where_there_is_none(glyphlab: Cli, words: tuple[str, ...]) -> None:
    result = glyphlab("search", "tiny.toml", *words, "--report", "page.html")
    fails(result, 2, "--report", "leave them out")


def test_files_that_are_wrong(glyphlab: Cli, tmp_path: Path) -> None:
    fails(glyphlab("search", "none.toml"), 2, "cannot read the study none.toml")
    (tmp_path / "bad.toml").write_text(STUDY.replace("method", "metod"))
    fails(glyphlab("search", "bad.toml"), 2, "did you mean 'method'?")

"""`glyphlab study` at the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from glyphlab import cli

Cli = Callable[..., tuple[int, str, str]]

STUDY = """
[base]
task.per_label = 1
task.square = 0
model.channels = 2
training.epochs = 1
training.augment = "none"
training.precision = "float32"
training.device = "cpu"
[[stages]]
name = "rate"
method = "grid"
[stages.space]
training.rate = { low = 0.001, high = 0.1, log = true, points = 2 }
"""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def glyphlab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Cli:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text("seeds = 1\n" + STUDY)

    def run(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["glyphlab", *map(str, words)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        return int(caught.value.code or 0), out, err

    return run


def fails(result: tuple[int, str, str], code: int, *parts: str) -> None:
    found, out, err = result
    assert found == code, err
    assert out == ""
    assert err.startswith("glyphlab: ")
    assert err.count("\n") == 1
    for part in parts:
        assert part in err


def test_a_study_then_one_of_its_trials(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("study", "tiny.toml", "--json", "--report", "page.html")
    assert code == 0, err
    document = json.loads(out)
    assert document["schema"] == 1
    assert document["command"] == "glyphlab study tiny.toml"
    assert "tiny, stage rate: trial 1/2 best" in err
    assert "left" in err
    assert "report written to page.html" in err
    assert "tiny" in (tmp_path / "page.html").read_text()
    assert str(tmp_path) not in (tmp_path / "runs" / "tiny" / "result.json").read_text()

    code, out, err = glyphlab("study", "tiny.toml", "--trial", "rate:1", "--json")
    again = json.loads(out)
    assert again["same"]
    assert again["now"] == document["stages"][0]["trials"][1]["value"]
    code, out, _ = glyphlab("study", "tiny.toml", "--trial", "rate:1")
    assert out.startswith("trial rate:1: ")
    assert "the same" in out
    fails(glyphlab("study", "tiny.toml", "--trial", "rate:2"), 2, "has not finished trial 2")
    fails(glyphlab("study", "tiny.toml", "--trial", "raet:0"), 2, "did you mean 'rate'")
    fails(glyphlab("study", "tiny.toml", "--trial", "7"), 2, "--trial rate:7")

    (tmp_path / "tiny.toml").write_text(STUDY.replace("0.001", "0.002"))
    fails(glyphlab("study", "tiny.toml"), 2, "0.001 there and 0.002 in this file", "another name")


def test_dry_run_trains_nothing(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, err = glyphlab("study", "tiny.toml", "--dry-run")
    assert (code, err) == (0, "")
    assert "3 trainings in all" in out
    assert "training.rate 0.001 … 0.1 points 2 log" in out
    plan = json.loads(glyphlab("study", "tiny.toml", "--dry-run", "--json")[1])
    assert plan["base"]["model"]["channels"] == 2
    assert not (tmp_path / "runs").exists()


def test_files_that_are_wrong(glyphlab: Cli, tmp_path: Path) -> None:
    fails(glyphlab("study", "none.toml"), 2, "cannot read the study none.toml")
    (tmp_path / "bad.toml").write_text(STUDY.replace("method", "metod"))
    fails(glyphlab("study", "bad.toml"), 2, "did you mean 'method'?")

"""Options that say where trainings run, and how data are held: one line where they are wrong."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from glyphlab.training.executors import base
from in_threads import InThreads

from .conftest import Cli, fails

FEW = ("--seeds", "1", "--set", "task.train_images=60", "--set", "task.generalization_grid=0", "-q")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--workers", "3"],
            "3 workers with 1 thread each want 3, and this process may use 2 cores",
        ),
        (["--workers", "2", "--threads", "2"], "2 workers with 2 threads each want 4"),
        (["--threads", "4"], "1 worker with 4 threads each want 4"),
        (["--gpu-share", "0.5"], "add --workers N or --cluster auto"),
        (["--workers", "1", "--gpu-share", "0.5"], "this machine has none: leave --gpu-share out"),
    ],
)
def test_what_wants_more_than_there_is(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    monkeypatch.setattr(base, "usable_cores", lambda: 2)
    fails(glyphlab("compare", "single", "--models", "knn", *FEW, *words), 2, said)


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
@pytest.mark.parametrize(
    ("address", "code", "said"),
    [("nowhere", 2, "expected auto, or HOST:PORT"), ("127.0.0.1:1", 1, "no cluster answers at")],
)
def test_a_cluster_that_is_none(glyphlab: Cli, address: str, code: int, said: str) -> None:
    words = ("compare", "single", "--models", "knn", *FEW, "--cluster", address)
    fails(glyphlab(*words), code, said)


@pytest.mark.usefixtures("one_thread")
def test_a_comparison_trains_on_what_is_asked_for(
    glyphlab: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[InThreads] = []

    def workers(count: int, *, threads: int | None, gpu_share: float | None) -> InThreads:
        assert (threads, gpu_share) == (1, None)
        made.append(InThreads(count))
        return made[-1]

    monkeypatch.setattr("glyphlab.training.executors.processes.Processes", workers)
    words = ("compare", "single", "--models", "knn", *FEW, "--workers", "2", "--threads", "1")
    code, _, err = glyphlab(*words, "--out", str(tmp_path / "runs"))
    assert code == 0, err
    assert [name for name, _ in made[0].given] == ["knn-0"]


def test_shards_are_built_and_read(glyphlab: Cli, tmp_path: Path) -> None:
    built, other = tmp_path / "built", tmp_path / "other"
    few = ("data", "build", "triple", "--images", "60")
    code, out, err = glyphlab(*few, "--format", "shards", "--shards", "2", "--out", built)
    assert code == 0, err
    assert "38 train, 10 val, 12 test images" in out
    assert (built / "train" / "images-00001.npy").exists()
    fails(glyphlab(*few, "--format", "shards", "--out", built), 2, "is there already")
    more = glyphlab(*few, "--format", "shards", "--shards", "11", "--out", other)
    fails(more, 2, "11 shards for the 10 images of split 'val'")
    fails(glyphlab(*few, "--shards", "2", "--out", other), 2, "add --format shards")
    assert not other.exists()
    code, out, err = glyphlab("audit", built)
    assert code == 0, err
    assert "38" in out

"""A run folder survives kills, full disks, newer versions and a second process."""

from __future__ import annotations

import errno
import getpass
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab._common import files
from glyphlab._common.errors import GlyphlabError, RunError, RunLocked, UnknownName, UsageError
from glyphlab.runs import SCHEMA, Run, environment, find_run, list_runs, recipe_hash, remove_run
from glyphlab.runs.jsonl import append_line, keep_lines, whole_lines
from glyphlab.runs.locks.lock import lock_of
from summaries import classifier_summary, scores

RECIPE = {"task": {"name": "triple"}, "model": "aligned", "seed": 0, "learning_rate": 0.02}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.open(tmp_path, "triple-aligned", RECIPE)


def one_line(caught: pytest.ExceptionInfo[GlyphlabError]) -> str:
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- opening -------------------------------------------------------------------------------------


def test_open_writes_recipe_and_environment_once(tmp_path: Path, run: Run) -> None:
    assert run.path == tmp_path / f"triple-aligned-{recipe_hash(RECIPE)}"
    first = {file.name: file.stat().st_mtime_ns for file in run.path.iterdir()}
    assert set(first) == {"recipe.json", "env.json"}
    again = Run.open(tmp_path, "triple-aligned", dict(reversed(RECIPE.items())))
    assert again.path == run.path
    assert again.recipe == RECIPE
    assert {file.name: file.stat().st_mtime_ns for file in run.path.iterdir()} == first
    assert json.loads((run.path / "recipe.json").read_text())["schema"] == SCHEMA == 2


def test_every_change_of_a_recipe_is_another_run(tmp_path: Path, run: Run) -> None:
    assert Run.open(tmp_path, "triple-aligned", {**RECIPE, "seed": 1}).path != run.path


def test_recipe_hash_is_stable() -> None:
    assert recipe_hash({"b": [1, 2.5], "a": None}) == recipe_hash({"a": None, "b": [1, 2.5]})
    assert recipe_hash({"b": [1, 2.5], "a": None}) == "e57f5d37"


def test_open_refuses_a_folder_with_another_recipe(tmp_path: Path, run: Run) -> None:
    (run.path / "recipe.json").write_text(json.dumps({"schema": 2, **RECIPE, "seed": 7}))
    with pytest.raises(RunError) as caught:
        Run.open(tmp_path, "triple-aligned", RECIPE)
    assert "seed" in one_line(caught)
    assert "runs rm" in str(caught.value)


def test_newer_schema_is_refused_with_what_to_do(tmp_path: Path, run: Run) -> None:
    (run.path / "recipe.json").write_text(json.dumps({"schema": 3, **RECIPE}))
    for use in (
        lambda: Run.open(tmp_path, "triple-aligned", RECIPE),
        lambda: Run.load(run.path),
    ):
        with pytest.raises(RunError) as caught:
            use()
        assert "schema 3" in one_line(caught)
        assert "upgrade" in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"seed": 1}', '{"schema": "1"}'])
def test_damaged_recipe_is_refused(tmp_path: Path, run: Run, text: str) -> None:
    (run.path / "recipe.json").write_text(text)
    with pytest.raises(RunError) as caught:
        Run.open(tmp_path, "triple-aligned", RECIPE)
    one_line(caught)


def test_load_wants_a_finished_run(tmp_path: Path, run: Run) -> None:
    with pytest.raises(RunError, match="not finished"):
        Run.load(run.path)
    with pytest.raises(RunError, match="not a run folder"):
        Run.load(tmp_path)
    run.finish(classifier_summary())
    assert Run.load(run.path).summary == classifier_summary()


# --- metrics -------------------------------------------------------------------------------------


def test_metrics_round_trip(run: Run) -> None:
    assert run.metrics() == []
    lines = [{"epoch": epoch, "loss": 1 / (epoch + 1)} for epoch in range(5)]
    for line in lines:
        run.append(line)
    assert run.metrics() == lines
    run.truncate_metrics(3)
    assert run.metrics() == lines[:3]
    run.truncate_metrics(0)
    assert run.metrics() == []


def test_torn_last_line_is_ignored_and_then_replaced(run: Run) -> None:
    run.append({"epoch": 0})
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"epoch": 1, "lo')
    assert run.metrics() == [{"epoch": 0}]
    run.append({"epoch": 1})
    assert run.metrics() == [{"epoch": 0}, {"epoch": 1}]


def test_checkpoint_ahead_of_metrics_is_an_error(run: Run) -> None:
    run.append({"epoch": 0})
    with pytest.raises(RunError, match="1 whole lines and the checkpoint knows of 2"):
        run.truncate_metrics(2)
    assert run.metrics() == [{"epoch": 0}]


def test_damage_before_the_last_line_is_an_error(run: Run) -> None:
    (run.path / "metrics.jsonl").write_text('{"epoch": 0\n{"epoch": 1}\n')
    with pytest.raises(RunError) as caught:
        run.metrics()
    assert "metrics.jsonl" in one_line(caught)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_metrics_that_are_no_json_are_refused(run: Run, value: object) -> None:
    with pytest.raises(RunError):
        run.append({"loss": value})
    assert run.metrics() == []


@settings(max_examples=60, deadline=None)
@given(
    kept=st.lists(st.binary(max_size=12).filter(lambda line: b"\n" not in line), max_size=5),
    torn=st.binary(max_size=12).filter(lambda line: b"\n" not in line),
    count=st.integers(0, 6),
)
def test_lines_against_a_plain_list(
    tmp_path_factory: pytest.TempPathFactory, kept: list[bytes], torn: bytes, count: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "lines"
    path.write_bytes(b"".join(line + b"\n" for line in kept) + torn)
    append_line(path, b"new")
    assert whole_lines(path) == [line + b"\n" for line in [*kept, b"new"]]
    keep_lines(path, count)
    assert path.read_bytes() == b"".join(line + b"\n" for line in [*kept, b"new"][:count])


# --- tensors and predictions ---------------------------------------------------------------------


def test_tensors_keep_every_bit(run: Run) -> None:
    shared = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    tensors = {
        "float": torch.tensor([0.1, -0.0, float("inf")]),
        "half": torch.tensor([0.1, 3.0], dtype=torch.bfloat16),
        "state": torch.arange(7, dtype=torch.uint8),
        "turned": shared.t(),
        "tied": shared,
        "last": torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last),
    }
    run.save_tensors("checkpoint.safetensors", tensors, {"epoch": 3, "best": 0.25})
    loaded = run.load_tensors("checkpoint.safetensors")
    assert set(loaded) == set(tensors)
    for name, value in tensors.items():
        assert loaded[name].dtype == value.dtype
        assert torch.equal(loaded[name], value), name
    assert run.load_state("checkpoint.safetensors") == {"epoch": 3, "best": 0.25}
    run.save_tensors("model.safetensors", tensors)
    assert run.load_state("model.safetensors") == {}


def test_same_tensors_make_the_same_bytes(run: Run) -> None:
    weights = {"a": torch.ones(3), "b": torch.zeros(2)}
    run.save_tensors("one.safetensors", weights, {"x": 1, "y": [2]})
    run.save_tensors("two.safetensors", weights, {"x": 1, "y": [2]})
    assert (run.path / "one.safetensors").read_bytes() == (
        run.path / "two.safetensors"
    ).read_bytes()


def test_predictions_round_trip(run: Run) -> None:
    true = np.arange(6).reshape(2, 3)
    run.save_predictions(true=true, confidence=np.float32([0.5, 1.0]))
    loaded = run.load_predictions()
    np.testing.assert_array_equal(loaded["true"], true)
    assert loaded["confidence"].dtype == np.float32


def test_long_labels_are_kept_without_a_pickle(run: Run) -> None:
    long = np.array([[10**400], [-(10**20)], [7]], dtype=object)
    run.save_predictions(true=long, none=long[:0])
    loaded = run.load_predictions()  # which allows no pickle
    assert loaded["true"].dtype.kind == loaded["none"].dtype.kind == "U"
    assert loaded["true"].tolist() == [[str(10**400)], [f"-1{'0' * 20}"], ["7"]]
    assert loaded["none"].shape == (0, 1)


@pytest.mark.parametrize("strange", [{"not": "a number"}, 1.5, None, True])
def test_what_only_a_pickle_could_hold_is_refused(run: Run, strange: object) -> None:
    with pytest.raises(UsageError, match=f"holds {type(strange).__name__} objects"):
        run.save_predictions(true=np.array([1, strange], dtype=object))
    assert not (run.path / "predictions.npz").exists()


@pytest.mark.parametrize("content", [None, b"", b"not what it should be", b"PK\x03\x04broken"])
def test_damaged_files_are_run_errors(run: Run, content: bytes | None) -> None:
    if content is not None:
        (run.path / "model.safetensors").write_bytes(content)
        (run.path / "predictions.npz").write_bytes(content)
    for read in (
        lambda: run.load_tensors("model.safetensors"),
        lambda: run.load_state("model.safetensors"),
        run.load_predictions,
    ):
        with pytest.raises(RunError) as caught:
            read()
        one_line(caught)


def test_predictions_with_a_pickle_inside_are_refused(run: Run) -> None:
    np.savez(run.path / "predictions.npz", true=np.array([{"not": "numbers"}], dtype=object))
    with pytest.raises(RunError):
        run.load_predictions()


# --- the end of a run ----------------------------------------------------------------------------


def test_finish_removes_the_checkpoint_and_marks_the_run_last(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.save_tensors("checkpoint.safetensors", {"w": torch.ones(1)})
    assert not run.is_done
    with monkeypatch.context() as patch:
        patch.setattr("glyphlab.runs.run.write_text", raise_full_disk)
        with pytest.raises(OSError, match="No space"):
            run.finish(classifier_summary())
    assert not run.is_done
    assert (run.path / "checkpoint.safetensors").exists()
    run.finish(classifier_summary())
    assert run.is_done
    assert not (run.path / "checkpoint.safetensors").exists()


# --- full disk -----------------------------------------------------------------------------------


def raise_full_disk(*args: object, **kwargs: object) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_full_disk_leaves_no_half_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save_tensors("model.safetensors", {"w": torch.ones(2)})
    before = {file.name: file.read_bytes() for file in run.path.iterdir()}
    monkeypatch.setattr(files.os, "fsync", raise_full_disk)
    for write in (
        lambda: run.save_tensors("model.safetensors", {"w": torch.zeros(2)}),
        lambda: run.save_predictions(true=np.ones(3)),
        lambda: run.finish(classifier_summary()),
        lambda: run.append({"epoch": 0}),
    ):
        with pytest.raises(GlyphlabError, match="disk is full") as caught:
            write()
        one_line(caught)
    after = {file.name: file.read_bytes() for file in run.path.iterdir()}
    assert after.pop("metrics.jsonl", b"") == b""
    assert after == before


def test_full_disk_at_the_very_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.os, "fsync", raise_full_disk)
    with pytest.raises(GlyphlabError, match="disk is full"):
        Run.open(tmp_path, "triple-aligned", RECIPE)
    assert list_runs(tmp_path) == []


def test_line_that_fits_only_in_part_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lines"
    append_line(path, b"first")
    write = os.write

    class Half:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Half:
            return self

        def __exit__(self, *args: object) -> None:
            self.file.close()

        def fileno(self) -> int:
            return int(self.file.fileno())

        def write(self, data: bytes) -> int:
            return write(self.fileno(), data[:3])

    real = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode, **kw: Half(real(self, mode, **kw)) if mode == "ab" else real(self, mode),
    )
    with pytest.raises(GlyphlabError, match="disk is full"):
        append_line(path, b"second")
    assert path.read_bytes() == b"first\n"


# --- the lock ------------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from glyphlab.runs.locks.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold_elsewhere(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_two_processes_cannot_hold_one_run_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "r", {})
    other = hold_elsewhere(run.path)
    try:
        assert run.is_locked
        assert list_runs(tmp_path)[0].state == "running"
        with pytest.raises(RunLocked) as caught, run.lock():
            pass
        message = one_line(caught)
        assert f"process {other.pid} on {socket.gethostname()}" in message
        assert "wait" in message
        with pytest.raises(RunLocked):
            remove_run(run.path)
        assert (run.path / "recipe.json").exists()
    finally:
        other.send_signal(signal.SIGKILL)
        other.communicate()
    assert lock_of(run.path).exists()  # nobody was left to remove it
    assert not run.is_locked
    leftover = run.path / ".model.safetensors.abc.safetensors.tmp"
    leftover.touch()
    with run.lock():
        assert run.is_locked
        assert not leftover.exists()
    assert not lock_of(run.path).exists()


def test_lock_is_released_by_an_error_and_bars_this_process_too(run: Run) -> None:
    def fail_while_holding() -> None:
        with run.lock():
            with pytest.raises(RunLocked, match=str(os.getpid())), run.lock():
                pass
            raise KeyError

    with pytest.raises(KeyError):
        fail_while_holding()
    with run.lock():
        pass


@pytest.mark.usefixtures("notes")
def test_without_file_locks_it_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_locks(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with run.lock():
        assert not run.is_locked
    assert "no file locks" in capsys.readouterr().err


# --- the catalogue -------------------------------------------------------------------------------


def test_list_find_and_remove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list_runs(tmp_path / "nowhere") == []
    done = Run.open(tmp_path, "triple-aligned", {"seed": 0})
    done.finish(classifier_summary(metrics=scores(0.99)))
    begun = Run.open(tmp_path, "triple-whole", {"seed": 0})
    begun.append({"epoch": 0})
    newer = Run.open(tmp_path, "addition-sum", {"seed": 0})
    (newer.path / "recipe.json").write_text('{"schema": 99}')
    (tmp_path / "something-else").mkdir()
    infos = {info.name: info for info in list_runs(tmp_path)}
    assert list(infos) == sorted([done.name, begun.name, newer.name])
    assert infos[done.name].exact_match == 0.99
    assert infos[done.name].state == "done"
    assert (infos[begun.name].state, infos[begun.name].epochs) == ("interrupted", 1)
    assert infos[newer.name].state == "other schema"
    assert "upgrade" in infos[newer.name].problem
    assert all(json.dumps(info.to_json()) for info in infos.values())

    assert find_run(tmp_path, done.name) == done.path
    assert find_run(tmp_path, "triple-a") == done.path
    assert find_run(tmp_path, str(begun.path)) == begun.path
    monkeypatch.chdir(begun.path)
    assert find_run(tmp_path, ".").name == find_run(tmp_path, f"../{begun.name}").name == begun.name
    with pytest.raises(UsageError, match="type more"):
        find_run(tmp_path, "triple")
    with pytest.raises(UnknownName, match=f"did you mean '{done.name}'"):
        find_run(tmp_path, done.name.replace("aligned", "aligmed"))
    with pytest.raises(UnknownName, match="did you mean 'triple'"):
        find_run(tmp_path, "tripel")
    with pytest.raises(UnknownName, match=f"did you mean '{done.name}'"):
        find_run(tmp_path, "triple-algined")
    with pytest.raises(UsageError, match="no such folder of runs"):
        find_run(tmp_path / "nowhere", "x")

    remove_run(done.path)
    assert not done.path.exists()
    with pytest.raises(RunError, match="nothing was removed"):
        remove_run(tmp_path / "something-else")
    assert (tmp_path / "something-else").exists()


# --- the environment -----------------------------------------------------------------------------


def test_environment_says_what_matters_and_names_nobody() -> None:
    env = environment()
    assert set(env) == {
        "commit", "cores", "dirty", "glyphlab", "gpu", "numba", "numpy", "platform", "processor",
        "python", "sklearn", "threads", "torch",
    }  # fmt: skip
    assert env["torch"] == torch.__version__
    assert env["threads"] == torch.get_num_threads()
    assert env["processor"]
    text = json.dumps(env)
    assert str(Path.home()) not in text
    for secret in (socket.gethostname(), getpass.getuser()):
        assert secret not in {str(value) for value in env.values()}
    assert "/" not in text.replace(str(env["processor"]), "")


def test_environment_outside_a_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from glyphlab.runs import env as module

    monkeypatch.setattr(module, "_PACKAGE", tmp_path)
    module._commit.cache_clear()
    try:
        assert environment()["commit"] is None
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        (tmp_path / "errors.py").touch()  # there, but not one that this repository tracks
        module._commit.cache_clear()
        assert environment()["commit"] is None
    finally:
        module._commit.cache_clear()

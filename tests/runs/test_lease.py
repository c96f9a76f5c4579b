"""Leases, where a lock of the system does not reach the other machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from glyphlab._common.errors import RunLocked
from glyphlab.runs import Run
from glyphlab.runs.engine import Engine
from glyphlab.runs.locks import lease, lock
from glyphlab.runs.locks.lock import hold_lock, is_locked, lock_of
from glyphlab.training.checkpoint import Position, save_checkpoint

ENGINE = Engine("cpu", "float32", 1, "torch")
RECIPE = {"task": {"name": "triple"}, "seed": 0}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(lock, "is_shared", lambda _: True)
    monkeypatch.setattr(lease, "SETTLED", 0.0)
    return Run.open(tmp_path, "whole", RECIPE)


def signed(run: Run, host: str, age: float, pid: int = 1) -> Path:
    """Leave what a process of another machine signed some seconds ago."""
    path = lock_of(run.path)
    path.write_text(" " + json.dumps({"pid": pid, "host": host, "lease": "0" * 16}))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_a_lease_that_is_renewed_on_another_machine_is_waited_for(run: Run) -> None:
    path = signed(run, "node-b", 20)
    content = path.read_bytes()
    with (
        pytest.raises(RunLocked, match=r"process 1 on node-b, whose lease was renewed 20 s ago"),
        run.lock(),
    ):
        pass
    assert is_locked(run.path)
    assert path.read_bytes() == content, "the other's signature is left alone"


@pytest.mark.usefixtures("notes")
def test_a_lease_that_ran_out_is_taken_over(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    path = signed(run, "node-b", lease.LASTS + 5)
    with run.lock():
        assert json.loads(path.read_bytes())["pid"] == os.getpid()
        assert time.time() - path.stat().st_mtime < lease.LASTS
    assert "the lease of process 1 on node-b" in capsys.readouterr().err
    assert not path.exists()
    signed(run, "node-b", lease.LASTS + 5)
    assert not is_locked(run.path)


def test_a_process_of_this_machine_that_died_bars_nobody(run: Run) -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    signed(run, lease.socket.gethostname(), 1, pid=child)
    with run.lock():
        pass


def test_a_holder_whose_lease_ran_out_writes_nothing_more(run: Run) -> None:
    held = hold_lock(run.path)
    held.__enter__()
    run.append({"epoch": 1, "loss": 1.0})
    before = {file: file.read_bytes() for file in run.path.iterdir()}
    signed(run, "node-b", 0)  # this one slept, and another one came
    lease._HELD[lock_of(run.path)].renewed -= 2 * lease.RENEWED
    for write in (
        lambda: run.append({"epoch": 2, "loss": 1.0}),
        lambda: save_checkpoint(run.path / "checkpoint.safetensors", Position(engine=ENGINE), {}),
        lambda: run.finish(None),  # type: ignore[arg-type]
    ):
        with pytest.raises(RunLocked, match=r"ran out, and process 1 on node-b took it over"):
            write()
    held.__exit__(None, None, None)
    assert {file: file.read_bytes() for file in run.path.iterdir()} == before
    assert lock_of(run.path).exists(), "the other's lock is left alone"


def test_a_lease_is_renewed_for_as_long_as_it_is_held(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEWED", 0.02)
    path = lock_of(run.path)
    with run.lock():
        os.utime(path, (0, 0))
        until = time.monotonic() + 60
        while path.stat().st_mtime == 0:
            assert time.monotonic() < until, "nobody renews it"
            time.sleep(0.01)
        run.append({"epoch": 1, "loss": 1.0})


def test_of_two_that_sign_at_once_one_has_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(_seconds: float) -> None:
        signed(run, "node-b", 0)

    monkeypatch.setattr(lease.time, "sleep", meanwhile)
    with (
        pytest.raises(RunLocked, match="was taken by process 1 on node-b at the same time"),
        run.lock(),
    ):
        pass


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "mounts"
    monkeypatch.setattr(lease, "_MOUNTS", found)
    return found


def test_a_file_system_says_whether_other_machines_see_it(mounts: Path, tmp_path: Path) -> None:
    inner = tmp_path / "home of all"
    inner.mkdir()
    assert not lease.is_shared(inner)
    escaped = str(inner).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {escaped} nfs4 rw 0 0\n")
    assert lease.is_shared(inner)
    assert lease.is_shared(inner / "runs")
    assert not lease.is_shared(tmp_path)
    mounts.write_text(f"server:/ / lustre rw 0 0\n/dev/sda {tmp_path} xfs rw 0 0\n")
    assert not lease.is_shared(inner)
    assert lease.is_shared(Path("/"))

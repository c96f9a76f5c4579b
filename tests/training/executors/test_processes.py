"""Processes of this machine: killed, and shared out within what this one may use."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glyphlab._common import machine
from glyphlab._common.errors import UsageError
from glyphlab.runs.locks.lock import lock_of
from glyphlab.training.events import Epoch, Event
from glyphlab.training.executors import base, processes
from glyphlab.training.executors.base import Serial, shared_threads
from glyphlab.training.executors.processes import Processes
from glyphlab.training.train_many import train_many
from in_threads import net, same_bytes

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.long
def test_the_runs_are_those_of_one_process(tmp_path: Path) -> None:
    recipes = [net(0), net(1)]
    [*train_many(recipes, tmp_path / "alone", quiet=True)]
    with Processes(1, threads=1) as workers:
        runs = [*train_many(recipes, tmp_path / "workers", quiet=True)]
        (process,) = (worker.process for worker in workers._workers.values())
    assert process.poll() is not None, "a worker outlives the block"
    same_bytes(tmp_path / "alone", tmp_path / "workers")
    assert {run.summary.engine.threads for run in runs} == {1}


@pytest.mark.long
@pytest.mark.usefixtures("notes")
def test_a_worker_that_is_killed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipes = [net(seed, epochs=30) for seed in range(3)]
    [*train_many(recipes, tmp_path / "alone", quiet=True)]
    killed: list[int] = []

    def kill(event: Event) -> None:
        if isinstance(event, Epoch) and event.row["epoch"] == 3 and len(killed) < 2:
            killed.append(json.loads(lock_of(event.run.path).read_bytes())["pid"])
            os.kill(killed[-1], signal.SIGKILL)

    with Processes(1, threads=1):
        found = train_many(
            recipes, tmp_path / "workers", quiet=True, callbacks=[kill], checkpoint_seconds=0
        )
        assert len([*found]) == 3
    assert len(set(killed)) == 2
    same_bytes(tmp_path / "alone", tmp_path / "workers")
    assert "ended by SIGKILL, as a machine without memory left does" in capsys.readouterr().err


SCRIPT = """
import sys
from pathlib import Path
from in_threads import net
from glyphlab._common.process import own_process
from glyphlab.training.executors.processes import Processes
from glyphlab.training.train_many import train_many

with Processes(1, threads=1) as workers:
    print("started", flush=True)
    recipes = [net(seed, epochs=80) for seed in range(3)]
    for run in train_many(recipes, Path(sys.argv[1]), quiet=True, checkpoint_seconds=0):
        print(run.name, flush=True)
"""


def ended(pid: int, seconds: float) -> bool:
    """Whether a process ends within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{pid}/stat")
        if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True  # dead, and nobody's child to be waited for here
        time.sleep(0.05)
    return False


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_is_killed_and_started_again(number: signal.Signals, tmp_path: Path) -> None:
    recipes = [net(seed, epochs=80) for seed in range(3)]
    [*train_many(recipes, tmp_path / "alone", quiet=True)]
    root = tmp_path / "workers"
    path = os.pathsep.join(one for one in sys.path if one)
    driver = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(root)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert driver.stdout is not None
    assert driver.stdout.readline() == "started\n"
    first = driver.stdout.readline().strip()
    assert first.startswith("single-mlp-s0")
    second = next(run for run in tmp_path.glob("alone/*-s1-*"))
    lock = lock_of(root / second.name)
    until = time.monotonic() + 60
    while not (root / second.name / "checkpoint.safetensors").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    worker = json.loads(lock.read_bytes())["pid"]
    driver.send_signal(number)
    driver.communicate(timeout=60)
    assert ended(worker, 30), "the worker outlives its driver"
    stamp = (root / first / "done").stat().st_mtime_ns
    with Processes(1, threads=1):
        runs = [*train_many(recipes, root, quiet=True)]
    assert (root / first / "done").stat().st_mtime_ns == stamp, "trained twice"
    assert len(runs) == 3
    same_bytes(tmp_path / "alone", root)
    assert not [
        one for one in root.iterdir() if one.name.startswith(".") and "driver" not in one.name
    ]


def test_threads_are_divided_and_never_more_than_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(base, "usable_cores", lambda: 8)
    assert [shared_threads(workers, None) for workers in (1, 2, 3, 8)] == [8, 4, 2, 1]
    assert shared_threads(4, 2) == 2
    for workers, threads, want in ((9, None, 9), (4, 3, 12), (1, 9, 9)):
        with pytest.raises(UsageError, match=f"want {want}, and this process may use 8 cores"):
            shared_threads(workers, threads)
    with pytest.raises(UsageError, match="want 9"):
        Serial(9)
    with pytest.raises(UsageError, match="want 16"):
        Processes(8, threads=2)


def test_threads_of_a_serial_block_are_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(base, "usable_cores", lambda: 8)
    before = torch.get_num_threads()
    with Serial(2):
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == before


def test_gpus_are_divided_and_never_more_than_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(base, "usable_cores", lambda: 8)
    with pytest.raises(UsageError, match="this machine has none: leave --gpu-share out"):
        Processes(2, gpu_share=0.5)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    assert processes._gpus_of(4, None) == ["4", "4", "6", "6"]
    assert processes._gpus_of(5, 0.25) == ["4", "4", "4", "4", "6"]
    assert processes._gpus_of(1, None) == ["4"]
    with pytest.raises(UsageError, match=r"5 workers with 0.5 of a GPU each want more than the 2"):
        processes._gpus_of(5, 0.5)
    with pytest.raises(UsageError, match="expected above 0 and at most 1"):
        processes._gpus_of(5, 1.5)


def test_a_control_group_says_how_many_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(6)), raising=False)
    own = tmp_path / "cgroup"
    monkeypatch.setattr(machine, "_OWN_GROUPS", own)
    monkeypatch.setattr(machine, "_CONTROL_GROUPS", tmp_path)
    assert machine.usable_cores() == 6
    own.write_text("0::/slurm/job_7\n")
    job = tmp_path / "slurm" / "job_7"
    job.mkdir(parents=True)
    (job / "cpu.max").write_text("max 100000\n")
    assert machine.usable_cores() == 6
    (job.parent / "cpu.max").write_text("350000 100000\n")
    assert machine.usable_cores() == 3
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert machine.usable_cores() == 1
    (tmp_path / "cpu.max").unlink()
    own.write_text("4:cpu,cpuacct:/\n3:memory:/x\n")
    (tmp_path / "cpu,cpuacct").mkdir()
    (tmp_path / "cpu,cpuacct" / "cpu.cfs_quota_us").write_text("200000")
    (tmp_path / "cpu,cpuacct" / "cpu.cfs_period_us").write_text("100000")
    assert machine.usable_cores() == 2

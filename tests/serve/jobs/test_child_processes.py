"""Processes that wait for their turn, run, are stopped, and end with a code that is kept."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from glyphlab._common.errors import RunError
from glyphlab.serve.jobs.child_processes import ChildProcesses, failure_in

SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def begun() -> list[str]:
    return []


@pytest.fixture
def processes(begun: list[str]) -> Iterator[ChildProcesses]:
    """One at a time; a name is a program, after its number."""

    def begin(name: str) -> subprocess.Popen[bytes]:
        begun.append(name)
        if name.endswith("removed"):
            raise RunError("it was removed while it waited")
        return subprocess.Popen([sys.executable, "-c", name.partition(":")[2]])

    made = ChildProcesses(1, begin)
    yield made
    made.close()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_one_after_the_other_and_what_cannot_begin_is_passed_over(
    processes: ChildProcesses, begun: list[str]
) -> None:
    names = ["1:raise SystemExit(3)", "2:removed", "3:pass"]
    for name in names:
        processes.add(name)
    until(lambda: processes.counts() == (0, 0))
    assert begun == names
    assert [processes.code_of(name) for name in names] == [3, None, 0]
    assert not processes.was_stopped(names[0])
    processes.forget(names[0])
    assert processes.code_of(names[0]) is None


def test_what_waits_is_taken_back_and_what_runs_is_told(processes: ChildProcesses) -> None:
    running, waiting = f"1:{SLEEP}", f"2:{SLEEP}"
    processes.add(running)
    processes.add(waiting)
    assert [processes.state_of(one) for one in (running, waiting)] == ["running", "waiting"]
    assert processes.counts() == (1, 1)
    assert processes.stop(waiting, signalled=True)
    assert processes.state_of(waiting) is None
    assert not processes.stop(waiting, signalled=True)
    assert processes.stop(running, signalled=False)
    assert processes.state_of(running) == "stopping"
    assert processes.stop(running, signalled=True)
    until(lambda: processes.state_of(running) is None)
    assert processes.code_of(running) not in (None, 0)
    assert processes.was_stopped(running)


def test_begun_again_it_has_not_ended(processes: ChildProcesses) -> None:
    name = "1:raise SystemExit(3)"
    processes.add(name)
    until(lambda: processes.state_of(name) is None)
    processes.add(f"2:{SLEEP}")
    processes.add(name)  # waits, and how it ended before counts no more
    assert processes.state_of(name) == "waiting"
    assert processes.code_of(name) is None


def test_nothing_starts_after_the_end(processes: ChildProcesses, begun: list[str]) -> None:
    processes.add(f"1:{SLEEP}")
    processes.add("2:pass")
    processes.close()
    processes.add("3:pass")
    assert [name[0] for name in begun] == ["1"]
    assert processes.was_stopped(f"1:{SLEEP}")


def test_a_failure_is_its_last_line() -> None:
    assert failure_in("begins\nglyphlab: it broke", 1) == "it broke"
    assert failure_in("", 7) == "it ended with code 7"

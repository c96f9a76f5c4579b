"""Several processes begin, hold and remove one run at once: one line each, and never half a run."""

from __future__ import annotations

import collections
import contextlib
import errno
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glyphlab._common.errors import GlyphlabError, RunError, RunLocked
from glyphlab._common.files import write_json
from glyphlab.runs import Run, find_run, list_runs, remove_run, run_folders
from glyphlab.runs.env import environment
from glyphlab.runs.locks.lock import hold_lock, is_locked, lock_of

RECIPE = {"task": {"name": "triple"}, "seed": 0}
SECONDS = 2.0


@pytest.fixture(autouse=True, scope="module")
def _git_is_asked_once() -> None:
    environment()


def at_once(*works: Callable[[], str]) -> list[str]:
    """Return what each of these says, every one in a process of its own."""
    readers = []
    for work in works:
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                said = work()
            except GlyphlabError as error:
                said = type(error).__name__ if "\n" not in str(error) else repr(error)
            except BaseException as error:
                said = repr(error)
            os.write(write, said.encode())
            os._exit(0)
        os.close(write)
        readers.append((pid, read))
    found = []
    for pid, read in readers:
        with os.fdopen(read, "rb") as pipe:
            found.append(pipe.read().decode())
        os.waitpid(pid, 0)
    return found


def rounds(root: Path) -> Iterator[Path]:
    """Yield new folders for as long as there is time."""
    until, number = time.monotonic() + SECONDS, 0
    while time.monotonic() < until or number < 10:
        yield root / str(number)
        shutil.rmtree(root / str(number))
        number += 1


def hidden(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name.startswith("."))


def test_four_processes_begin_one_run(tmp_path: Path) -> None:
    def work() -> str:
        with Run.open(root, "a", RECIPE).lock():
            run.append({"epoch": 1})
        return "ok"

    run = Run(tmp_path, {})
    ends: collections.Counter[str] = collections.Counter()
    for root in rounds(tmp_path):
        path = Run.path_of(root, "a", RECIPE)
        if len(ends) % 2:  # as an older version left it where it was killed
            path.mkdir(parents=True)
            (path / ".env.json.abcdefgh.json.tmp").touch()
        run.path = path
        ends.update(at_once(work, work, work, work))
        assert {file.name for file in path.iterdir()} == {
            "env.json", "metrics.jsonl", "recipe.json",
        }  # fmt: skip
        assert hidden(root) == []
    assert set(ends) <= {"ok", "RunLocked"}
    assert ends["ok"] > 10


def test_a_run_is_removed_while_others_begin_it(tmp_path: Path) -> None:
    def begin() -> str:
        for _ in range(5):
            with Run.open(root, "a", RECIPE).lock():
                assert (path / "recipe.json").exists()
                assert (path / "env.json").exists()
        return "ok"

    def remove() -> str:
        for _ in range(5):
            remove_run(path)
        return "ok"

    def look() -> str:
        for _ in range(20):
            assert all(info.state != "damaged" for info in list_runs(root))
        return "ok"

    ends: collections.Counter[str] = collections.Counter()
    for root in rounds(tmp_path):
        path = Run.path_of(root, "a", RECIPE)
        Run.open(root, "a", RECIPE)
        ends.update(at_once(begin, remove, begin, remove, look))
        assert hidden(root) == []
    assert set(ends) <= {"ok", "RunError", "RunLocked"}


def test_what_a_killed_start_left_is_swept_and_what_is_of_another_run_is_not(
    tmp_path: Path,
) -> None:
    path = Run.path_of(tmp_path, "a", RECIPE)
    left = tmp_path / f".{path.name}.0123.tmp"
    other = tmp_path / ".another-run-12345678.0123.tmp"
    for folder in (left, other):
        folder.mkdir()
        (folder / "recipe.json").write_text("{}")
    lock_of(path).write_text("what a killed process left")
    run = Run.open(tmp_path, "a", RECIPE)
    assert hidden(tmp_path) == [other.name]
    assert [info.name for info in list_runs(tmp_path)] == [run.name]
    left.mkdir()
    with run.lock():
        assert hidden(tmp_path) == sorted([other.name, lock_of(path).name])
    assert hidden(tmp_path) == [other.name]


def test_a_start_waits_for_the_one_that_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begin() -> str:
        monkeypatch.setattr("glyphlab.runs.run_folders.write_json", slow)
        return Run.open(tmp_path, "a", RECIPE).name

    def slow(path: Path, document: object) -> None:
        time.sleep(0.2)  # longer than a lock is asked for
        write_json(path, document)

    name = Run.path_of(tmp_path, "a", RECIPE).name
    assert at_once(begin, begin, begin) == [name] * 3
    assert hidden(tmp_path) == []


def test_a_start_that_is_killed_leaves_nothing_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die() -> str:
        monkeypatch.setattr("glyphlab.runs.run_folders.write_json", lambda *_: os._exit(0))
        return Run.open(tmp_path, "a", RECIPE).name

    assert at_once(die, die) == ["", ""]
    assert len(hidden(tmp_path)) == 2  # a lock and a folder: the second swept what the first left
    assert list_runs(tmp_path) == []
    run = Run.open(tmp_path, "a", RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == [run.name]


@pytest.mark.parametrize("content", [(), ("env.json", "old.txt"), ("checkpoint.safetensors",)])
def test_a_folder_without_its_recipe_is_taken_up(tmp_path: Path, content: tuple[str, ...]) -> None:
    path = Run.path_of(tmp_path, "a", RECIPE)
    path.mkdir(parents=True)
    for name in content:
        (path / name).write_text("old")
    run = Run.open(tmp_path, "a", RECIPE)
    assert json.loads((path / "recipe.json").read_text())["seed"] == 0
    assert run.env["python"]
    assert hidden(tmp_path) == []
    assert (path / "checkpoint.safetensors").exists() == ("checkpoint.safetensors" in content)


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process waits a moment for another that begins its run, instead of ten seconds."""
    monkeypatch.setattr(run_folders, "_WAIT", 0.3)


@pytest.mark.usefixtures("short_wait")
def test_a_folder_without_its_recipe_that_somebody_holds_is_in_use(tmp_path: Path) -> None:
    path = Run.path_of(tmp_path, "a", RECIPE)
    path.mkdir(parents=True)
    with hold_lock(path), pytest.raises(RunLocked, match="in use by"):
        Run.open(tmp_path, "a", RECIPE)
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_folder_is_said(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = Run.path_of(tmp_path, "a", RECIPE)
    make(path)
    with pytest.raises(RunError, match="no folder"):
        Run.open(tmp_path, "a", RECIPE)
    assert hidden(tmp_path) == []


def test_a_long_name_leaves_room_for_the_hidden_one(tmp_path: Path) -> None:
    assert Run.open(tmp_path, "a" * 240, RECIPE).path.is_dir()


def test_the_lock_removes_only_what_it_protects(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    kept = run.path / ".report.html.abcdefgh.html.tmp"
    gone = run.path / ".summary.json.abcdefgh.json.tmp"
    for file in (kept, gone):
        file.touch()
    with run.lock():
        assert kept.exists()
        assert not gone.exists()


def test_a_removed_run_cannot_be_locked(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match="removed just now"), run.lock():
        pass
    assert hidden(tmp_path) == []


@pytest.mark.usefixtures("short_wait")
def test_a_run_that_is_moved_away_while_it_is_held_keeps_its_name(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    with run.lock():
        run.path.rename(tmp_path / "elsewhere")
        with pytest.raises(RunLocked, match="in use by"):  # its holder would write into that one
            Run.open(tmp_path, "a", RECIPE)
    assert Run.open(tmp_path, "a", RECIPE).path == run.path


def test_a_lock_whose_file_was_removed_leaves_the_next_one_alone(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    with contextlib.ExitStack() as held:
        held.enter_context(run.lock())
        lock_of(run.path).unlink()
        with run.lock():
            held.close()
            assert is_locked(run.path)
    assert hidden(tmp_path) == []


def test_a_lock_is_removed_at_a_second_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    unlink, tried = Path.unlink, []

    def fails_once(path: Path, missing_ok: bool = False) -> None:
        tried.append(path)
        if len(tried) == 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        unlink(path, missing_ok=missing_ok)

    with run.lock():
        monkeypatch.setattr(Path, "unlink", fails_once)
    assert tried == [lock_of(run.path)] * 2
    assert hidden(tmp_path) == []


def test_a_child_leaves_the_lock_of_its_parent_alone(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    held = contextlib.ExitStack()

    def leave() -> str:
        held.close()
        return "ok"

    with held:
        held.enter_context(run.lock())
        assert at_once(leave) == ["ok"]
        assert is_locked(run.path)


def test_a_child_that_lives_on_holds_nothing_of_a_killed_parent(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    read, write = os.pipe()
    parent = os.fork()
    if parent == 0:
        with hold_lock(run.path):
            child = os.fork()
            if child == 0:
                time.sleep(60)
            os.write(write, str(child).encode())
            os._exit(0)
    child = int(os.read(read, 99))
    os.close(read), os.close(write)
    os.waitpid(parent, 0)
    try:
        with run.lock():
            pass
    finally:
        os.kill(child, signal.SIGKILL)


def test_the_name_of_a_link_is_that_of_its_run(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "a", RECIPE)
    (tmp_path / "link").symlink_to(run.path)
    with run.lock(), pytest.raises(RunLocked), hold_lock(tmp_path / "link"):
        pass


def test_a_look_at_the_lock_stops_nobody(tmp_path: Path) -> None:
    def look() -> str:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            is_locked(run.path)
        return "ok"

    def hold() -> str:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            with run.lock():
                pass
        return "ok"

    run = Run.open(tmp_path, "a", RECIPE)
    lock_of(run.path).touch()
    assert at_once(look, hold) == ["ok", "ok"]


def test_a_linked_run_is_removed_as_a_link(tmp_path: Path) -> None:
    run = Run.open(tmp_path / "there", "a", RECIPE)
    (tmp_path / "here").mkdir()
    link = tmp_path / "here" / run.name
    link.symlink_to(run.path)
    remove_run(find_run(tmp_path / "here", run.name))
    assert not os.path.lexists(link)
    assert (run.path / "recipe.json").exists()

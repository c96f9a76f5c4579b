"""Temporary files and folders: held while their process lives, swept by a later command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from glyphlab._common.errors import UsageError
from glyphlab._common.files import atomic_folder, atomic_path, write_text
from glyphlab._common.temporaries import ENDING, held, sweep, temporary_folder

WRITER = """
import sys, time
from pathlib import Path
from glyphlab._common.files import atomic_folder, atomic_path
with globals()[sys.argv[1]](Path(sys.argv[2])) as there:
    (there / "half" if there.is_dir() else there).write_text("half")
    print("written", flush=True)
    time.sleep(60)
"""
BOTH = pytest.mark.parametrize("make", ["atomic_path", "atomic_folder"])


def writer(make: str, target: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, make, str(target)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    return process


def hidden(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".")]


def aged(path: Path, seconds: float = 1_000) -> None:
    """Let the last change of a file, a link or a folder be long ago."""
    os.utime(path, (time.time() - seconds,) * 2, follow_symlinks=False)


@BOTH
def test_what_a_killed_process_leaves_goes_with_a_later_command(make: str, tmp_path: Path) -> None:
    process = writer(make, tmp_path / "result")
    (left,) = hidden(tmp_path)
    within = [*left.iterdir()] if left.is_dir() else []
    for path in (*within, left):
        aged(path)
    write_text(tmp_path / "other", "whole")
    assert hidden(tmp_path) == [left]  # it lives, and its file is left alone
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for path in (*within, left):
        os.utime(path)
        write_text(tmp_path / "other", "whole")
        assert hidden(tmp_path) == [left]  # somebody on another machine may be writing it
        aged(path)
    write_text(tmp_path / "other", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


@BOTH
def test_what_another_machine_is_writing_stays(
    make: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = writer(make, tmp_path / "result")
    monkeypatch.setattr(  # as where locks hold on one machine alone
        "glyphlab._common.temporaries.fcntl.flock", lambda *_given: None
    )
    write_text(tmp_path / "other", "whole")
    assert len(hidden(tmp_path)) == 1
    process.kill()
    process.communicate()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".editor.abcdefgh.tmp").touch()
    (folder / f"shown{ENDING}").touch()
    (folder / f".link{ENDING}").symlink_to(outside)
    os.mkfifo(folder / f".pipe{ENDING}")
    for path in folder.iterdir():
        aged(path)
    sweep(folder)
    left = {path.name for path in folder.iterdir()}
    assert {".editor.abcdefgh.tmp", f"shown{ENDING}", f".link{ENDING}"} <= left
    assert (outside / "precious").exists()
    sweep(tmp_path / "nowhere")


def test_a_name_of_any_length_has_room(tmp_path: Path) -> None:
    for name in ("x" * 250, "ü" * 120, "\U0001f600" * 60):
        write_text(tmp_path / name, "whole")
        with atomic_folder(tmp_path / f"{name[:-5]}.dir"):
            pass
    assert hidden(tmp_path) == []


def test_the_first_of_two_gets_the_name(tmp_path: Path) -> None:
    def both() -> None:
        with atomic_folder(tmp_path / "a") as late:
            (late / "late").touch()
            with atomic_folder(tmp_path / "a") as first:
                (first / "first").touch()

    with pytest.raises(UsageError, match="is there already"):
        both()
    assert [path.name for path in tmp_path.rglob("*")] == ["a", "first"]
    (tmp_path / "empty").mkdir()
    with atomic_folder(tmp_path / "empty") as one:
        (one / "file").touch()
    assert (tmp_path / "empty" / "file").exists()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is there already"), atomic_folder(tmp_path / "link"):
        pass


def test_a_file_that_was_taken_away_is_no_loss(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a") as temporary:
        temporary.write_text("whole")
        aged(temporary)
        sweep(tmp_path)
        assert temporary.exists()
    assert (tmp_path / "a").read_text() == "whole"
    with temporary_folder(tmp_path, "b") as folder:
        aged(folder)
        sweep(tmp_path)
        assert folder.exists()
    assert hidden(tmp_path) == []


def test_a_folder_is_held_under_its_next_name(tmp_path: Path) -> None:
    folder, left = tmp_path / "a", tmp_path / f".a{ENDING}"
    folder.mkdir()
    with held(folder) as there:
        assert there
        folder.rename(left)
        aged(left)
        sweep(tmp_path)
        assert left.exists()
    sweep(tmp_path)
    assert not left.exists()
    with held(folder) as there:
        assert not there


def test_without_locks_only_what_is_old_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("glyphlab._common.temporaries.fcntl", None)
    young, old = tmp_path / f".young{ENDING}", tmp_path / f".old{ENDING}"
    young.touch()
    old.mkdir()
    aged(old, 90_000)
    with atomic_path(tmp_path / "a") as temporary:
        temporary.write_text("whole")
    with atomic_folder(tmp_path / "b"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b", young.name}

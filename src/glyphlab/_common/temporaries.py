"""Temporary files and folders: what a killed process leaves is removed by a later command.

Each is locked for as long as its process lives, whichever way that ends, so that any later command
that writes beside it sees that it is nobody's, and removes it. Nothing is removed that was written
to within some minutes: on a file system of several machines a lock may hold on one of them alone,
and the others would take what is half written. Where the system has no such locks, nothing is
removed before it is a day old.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["ENDING", "held", "sweep", "temporary_file", "temporary_folder"]

ENDING = ".glyphlab.tmp"
"""How every name ends, so that a sweep takes nothing of another program."""
_LONGEST = 120
"""Bytes of the final name that a temporary one has in it: file systems allow 255 in all."""
_SETTLED = 900.0
"""Seconds since anybody wrote to it after which what nobody here locks is nobody's elsewhere.

A process writes to its file or folder more often, and clocks of two machines differ by less.
"""
_OLD = 86_400.0
"""The same where nothing can be locked."""


@contextlib.contextmanager
def temporary_file(folder: Path, name: str) -> Iterator[Path]:
    """Yield a new hidden file in `folder` for what will be called `name`; it is gone afterwards."""
    sweep(folder)
    while True:
        handle, made = tempfile.mkstemp(prefix=_prefix(name), suffix=ENDING, dir=folder)
        path = Path(made)
        if _locked(handle, path):
            break
        os.close(handle)
    if fcntl is None:  # Windows renames no file that is open
        os.close(handle)
    try:
        yield path
    finally:
        try:
            path.unlink(missing_ok=True)
        finally:
            if fcntl is not None:
                os.close(handle)


@contextlib.contextmanager
def temporary_folder(folder: Path, name: str) -> Iterator[Path]:
    """Yield a new hidden folder in `folder` for what will be called `name`; it is gone afterwards.

    Unless it was renamed.
    """
    sweep(folder)
    while True:
        path = Path(tempfile.mkdtemp(prefix=_prefix(name), suffix=ENDING, dir=folder))
        with held(path) as there:
            if not there:
                continue
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)
            return


@contextlib.contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Let no sweep take a folder, whatever it is renamed to in the block; yield if it is there."""
    if fcntl is None:
        yield True
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield False
        return
    except OSError:  # a link, or a folder that only others may read
        yield True
        return
    try:
        yield _locked(handle, folder)
    finally:
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what killed processes left in a folder; what cannot be removed is left."""
    with contextlib.suppress(OSError):
        with os.scandir(folder) as entries:
            found = [Path(entry.path) for entry in entries if _is_ours(entry.name)]
        for path in found:
            with contextlib.suppress(OSError):
                _remove_where_nobodys(path)


def _remove_where_nobodys(path: Path) -> None:
    before = time.time() - (_OLD if fcntl is None else _SETTLED)
    if path.lstat().st_mtime > before:
        return
    if fcntl is None:
        if _written(path) <= before:
            _remove(path)
        return
    # neither a link nor a pipe that somebody put there is followed or waited for
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _written(path) <= before:
            _remove(path)
    finally:
        os.close(handle)


def _written(path: Path) -> float:
    """Return when a file was last written to, or anything in a folder."""
    found = path.lstat()
    newest = found.st_mtime
    if stat.S_ISDIR(found.st_mode):
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                newest = max(newest, Path(folder, name).lstat().st_mtime)
    return newest


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _locked(handle: int, path: Path) -> bool:
    """Lock what was just made; whether it still has its name, which a sweep may have taken."""
    if fcntl is None:
        return True
    with contextlib.suppress(OSError):  # a file system without locks, where no sweep gets one
        fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _prefix(name: str) -> str:
    short = os.fsencode(name)[-_LONGEST:].decode("utf-8", "ignore")
    return f".{short}."


def _is_ours(name: str) -> bool:
    return name.startswith(".") and name.endswith(ENDING)

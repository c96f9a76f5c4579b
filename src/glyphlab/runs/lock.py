"""One process to a run folder."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from glyphlab._common.errors import RunError, RunLocked
from glyphlab._common.progress import note

__all__ = ["claim", "has_locks", "hold_lock", "is_locked"]

LOOKS, APART = 5, 0.01
"""Times that a lock is asked for, and seconds between: `is_locked` holds it for an instant."""


@contextlib.contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder for as long as the block runs.

    The lock is advisory and the kernel's own (``flock`` on the file ``lock``): it is released when
    the process ends in whatever way, so a file left by a killed process bars nobody.

    Parameters
    ----------
    folder : Path
        The run folder; it exists.

    Raises
    ------
    RunLocked
        Where another process, or another block of this one, holds it.
    RunError
        Where the folder is not there, or no longer.
    """
    if not has_locks():
        note(f"this system has no file locks: start no second process on {folder.name}")
        yield
        return
    path = folder / "lock"
    handle = _hold(path)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
        yield
    finally:
        if _same_file(handle, path):  # or the folder was removed, and another is in its place
            path.unlink(missing_ok=True)  # while still held, so that nobody holds a file of no name
        os.close(handle)


def _hold(path: Path) -> int:
    """Return a handle that holds the lock in this file."""
    import fcntl

    looks = 0
    while True:
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except (FileNotFoundError, NotADirectoryError):
            raise RunError(
                f"{path.parent} is not there, or was removed just now: run the same command again"
            ) from None
        except IsADirectoryError:
            raise RunError(f"{path} is a folder, a file expected: remove it") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(handle)
            os.close(handle)
            looks += 1
            if looks < LOOKS:
                time.sleep(APART)
                continue
            raise RunLocked(
                f"{path.parent.name} is in use by {holder}: wait until it ends or stop it, "
                "then run the same command again"
            ) from None
        if _same_file(handle, path):
            return handle
        os.close(handle)  # the last holder removed the file between our open and our lock


def has_locks() -> bool:
    """Whether this system has file locks; POSIX systems do."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True


def is_locked(folder: Path) -> bool:
    """Whether some process is writing this run folder now."""
    if not has_locks():
        return False
    import fcntl

    try:
        handle = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def claim(folder: Path) -> int | None:
    """Return a handle that claims a folder for this process until it is closed.

    None where another process has it, or it is gone. The system has file locks.
    """
    import fcntl

    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if _same_file(handle, folder):
        return handle
    os.close(handle)
    return None


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def _holder(handle: int) -> str:
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
        return f"process {int(holder['pid'])} on {holder['host']}"
    except (
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
    ):  # it holds the lock but has not yet signed
        return "another process"

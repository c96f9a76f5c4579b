"""One process to a run folder."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from glyphlab.errors import RunLocked
from glyphlab.progress import note

__all__ = ["hold_lock", "is_locked"]


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
    """
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        note(f"this system has no file locks: start no second process on {folder.name}")
        yield
        return
    path = folder / "lock"
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(handle)
            os.close(handle)
            raise RunLocked(
                f"{folder.name} is in use by {holder}: wait until it ends or stop it, "
                "then run the same command again"
            ) from None
        if _same_file(handle, path):
            break
        os.close(handle)  # the last holder removed the file between our open and our lock
    try:
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
        yield
    finally:
        path.unlink(missing_ok=True)  # while still held, so that nobody holds a file of no name
        os.close(handle)


def is_locked(folder: Path) -> bool:
    """Whether some process is writing this run folder now."""
    try:
        import fcntl

        handle = os.open(folder / "lock", os.O_RDWR)
    except (ImportError, OSError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    try:
        holder = json.loads(os.pread(handle, 4096, 0))
        return f"process {int(holder['pid'])} on {holder['host']}"
    except (ValueError, KeyError, TypeError):  # it holds the lock but has not yet signed
        return "another process"

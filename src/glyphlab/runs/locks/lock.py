"""One process to a run folder."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from glyphlab._common.errors import RunError, RunLocked
from glyphlab._common.progress import note
from glyphlab.runs.locks.lease import foreign_holder, holder_of, is_shared, sign, taken

__all__ = ["hold_lock", "hold_name", "is_locked", "lock_of"]

WAIT, APART = 0.05, 0.01
"""Seconds that a lock is asked for, and seconds between: `is_locked` holds it for an instant."""
_LONGEST = 200
"""Characters of a run's name that its lock has in its own: file systems allow 255."""
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


def lock_of(folder: Path) -> Path:
    """Return the file that locks a run folder: a hidden one beside it.

    Beside it and not in it, since Windows renames no folder in which a file is open, and so that
    the lock of a folder can be held before the folder is there. A link and its folder have one.
    """
    real = Path(os.path.realpath(folder))  # which is content with a link that leads nowhere
    return real.with_name(f".{real.name[-_LONGEST:]}.lock")


@contextlib.contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a run folder for as long as the block runs.

    The lock is the system's own and advisory: it is released when the process ends in whatever
    way, so a file left by a killed process bars nobody.

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
    _require(folder)
    with hold_name(folder):
        _require(folder)
        yield


@contextlib.contextmanager
def hold_name(
    folder: Path, *, seconds: float = WAIT, until: Callable[[], bool] | None = None
) -> Iterator[None]:
    """Hold the lock of a run folder that need not be there; the folder around it is.

    Parameters
    ----------
    folder : Path
        The run folder, or where it will be.
    seconds : float
        How long to wait for another holder.
    until : callable, optional
        Ends the waiting as soon as it is true.

    Raises
    ------
    RunLocked
        Where another process, or another block of this one, still holds it.
    RunError
        Where the file of the lock cannot be opened.
    """
    path, lock, held = _file_lock(folder)
    try:
        lock.acquire(timeout=seconds, poll_interval=APART, cancel_check=until)
    except Timeout:
        raise _in_use(folder, holder_of(path)) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise _no_lock(path, error) from error
        note(f"this system has no file locks: a lease holds {folder.name}")
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with _leased(folder, path, handle):
                yield
        finally:
            os.close(handle)
        return
    try:
        if is_shared(path.parent):
            with _leased(folder, path, held[0]):
                yield
            return
        with contextlib.suppress(OSError):  # held all the same, by somebody without a name
            sign(held[0])
        yield
    finally:
        _release(lock, held[0])


@contextlib.contextmanager
def _leased(folder: Path, path: Path, handle: int) -> Iterator[None]:
    """Hold the lease too, where the system's lock may hold on this machine alone."""
    if holder := foreign_holder(path):
        raise _in_use(folder, holder)
    try:
        lease = taken(path, handle)
    except OSError as error:
        raise _no_lock(path, error) from error
    try:
        yield
    finally:
        lease.end()
        if lease.is_signed():
            _remove(path)


def _in_use(folder: Path, holder: str) -> RunLocked:
    return RunLocked(
        f"{folder.name} is in use by {holder}: wait until it ends or stop it, then run the same "
        "command again"
    )


def is_locked(folder: Path) -> bool:
    """Whether some process is writing this run folder now."""
    path, lock, held = _file_lock(folder)
    if not path.exists():
        return False
    try:
        lock.acquire(timeout=2 * APART, poll_interval=APART)  # or another looks at this instant
    except Timeout:
        return True
    except OSError as error:
        return error.errno in _NO_LOCKS and bool(foreign_holder(path))
    shared = is_shared(path.parent) and bool(foreign_holder(path))
    _release(lock, held[0])
    return shared


def _file_lock(folder: Path) -> tuple[Path, FileLock, list[int]]:
    """Return the lock's file, the lock, and the list that its handle comes into once it is held."""
    path, held = lock_of(folder), list[int]()
    # Any thread may leave the block. A lock by mere existence would outlive its process.
    lock = FileLock(path, thread_local=False, fallback_to_soft=False, on_acquired=held.append)
    return path, lock, held


def _require(folder: Path) -> None:
    if not folder.is_dir():
        raise RunError(
            f"{folder} is not there, or was removed just now: run the same command again"
        )


def _release(lock: FileLock, handle: int) -> None:
    """Let go, and leave no file; a child that was forked in the block leaves its parent's alone."""
    if not lock.is_locked:
        return
    path = Path(lock.lock_file)
    if os.name == "posix" and _same_file(handle, path) and not foreign_holder(path):
        # While still held, so that nobody holds a file of no name. On Windows the library does it.
        _remove(path)
    lock.release()


def _remove(path: Path) -> None:
    """Remove a file, at a second try where the system fails once; one that is left bars nobody."""
    for _ in range(2):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            return


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _no_lock(path: Path, error: OSError) -> RunError:
    if path.is_dir():
        return RunError(f"{path} is a folder, a file expected: remove it")
    return RunError(f"cannot write {path} ({error.strerror}): name another folder of runs")

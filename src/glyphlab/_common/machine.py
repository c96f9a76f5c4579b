"""What the machine refuses, in words, and what it has room for."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from glyphlab._common.errors import UsageError

__all__ = [
    "is_of_memory",
    "memory_limit",
    "of_the_machine",
    "require_memory",
    "usable_cores",
]

_ADVICE = {
    errno.ENOSPC: "the disk is full{where}: free some space and run the same command again",
    errno.EDQUOT: "the disk quota is used up{where}: free some space and run the same command "
    "again",
    errno.EROFS: "the file system is read-only{where}: name a folder that can be written to",
    errno.EFBIG: "a file would grow beyond the limit of this system or shell{where}: raise it "
    "(ulimit -f) or use another disk, and run the same command again",
    errno.ENAMETOOLONG: "the name is too long for the file system{where}: choose a shorter one",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n 256) and run the same "
    "command again",
    errno.ENFILE: "too many files are open on this machine: close some programs and run the same "
    "command again",
    errno.ENOMEM: "there is not enough memory: use fewer or smaller images, or a machine with "
    "more, and run the same command again",
    errno.EIO: "the disk reports an error{where}: check it, and run the same command again",
    errno.EINTR: "a system call was interrupted{where}: run the same command again",
}
_NO_MEMORY = (
    "can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory",
    "bad_alloc", "failed to map segment", "can't start new thread", "memory allocation of",
    "error return without exception set",
)  # fmt: skip
"""What libraries and the loader of libraries say, in small letters."""
_CONTAINER = Path("/sys/fs/cgroup/memory.max")
"""Where Linux says what the processes of a container may use together."""
_CONTROL_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
"""Where Linux says what share of the processor a container, or a job of a queue, may use."""
_OUT_OF_BOUNDS = 64 << 30
"""Bytes that nothing here needs, where the machine does not say what it has."""


def of_the_machine(error: BaseException) -> str | None:
    """Return a sentence for what the machine refused; None where the fault is ours.

    Parameters
    ----------
    error : BaseException
        Of the operating system, of Python's memory, or of a library that had none left.
    """
    if is_of_memory(error):
        return _ADVICE[errno.ENOMEM]
    if not isinstance(error, OSError):
        return None
    shown = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    where = f" ({_short(shown)})" if shown else ""
    if error.errno in _ADVICE:
        return _ADVICE[error.errno].format(where=where)
    if not error.strerror:
        return None
    return f"{error.strerror}{where}: name another place, or check this one"


def is_of_memory(error: BaseException) -> bool:
    """Return whether an error says that there was no memory left, whoever noticed it."""
    return isinstance(error, MemoryError) or any(said in str(error).lower() for said in _NO_MEMORY)


def require_memory(size: int, what: str, advice: str) -> None:
    """Refuse what cannot fit before any room is made for it.

    Parameters
    ----------
    size : int
        Bytes that will be held at once.
    what, advice : str
        What would take them, and what to ask for instead.

    Raises
    ------
    UsageError
        Where `size` is more than `memory_limit`.
    """
    limit = memory_limit()
    if size > limit:
        raise UsageError(
            f"{what} would take {size / 1e9:,.1f} GB of memory, and this machine has "
            f"{limit / 1e9:,.1f} GB: {advice}"
        )


def memory_limit() -> int:
    """Return the bytes that this process may use: of the machine, its container or its shell."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # a system that does not say
        physical = _OUT_OF_BOUNDS
    with contextlib.suppress(OSError, ValueError):  # ValueError: "max"
        physical = min(physical, int(_CONTAINER.read_text()))
    try:
        import resource
    except ImportError:  # no such limits on this system
        return physical
    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min([physical, *(limit for limit in limits if limit != resource.RLIM_INFINITY)])


def usable_cores() -> int:
    """Return the cores that this process may use: its affinity, within its control group's share.

    A share of 1.5 cores counts as one; there is always one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min([cores or 1, *(int(share) for share in _processor_shares())]))


def _processor_shares() -> Iterator[float]:
    """Yield the cores that each control group around this process allows, of both layouts."""
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:  # no Linux
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        mounts = [_CONTROL_GROUPS] if not controllers else [
            _CONTROL_GROUPS / controllers, _CONTROL_GROUPS / "cpu"
        ]  # fmt: skip
        # in a container the group is named as the host sees it, and lies at the root
        inner = Path(group.strip("/"))
        for mount in mounts:
            for folder in {mount, *(mount / one for one in (inner, *inner.parents))}:
                with contextlib.suppress(OSError, ValueError):
                    if controllers:
                        quota = int((folder / "cpu.cfs_quota_us").read_text())
                        period = int((folder / "cpu.cfs_period_us").read_text())
                    else:  # ValueError: "max"
                        quota, period = map(int, (folder / "cpu.max").read_text().split())
                    if quota > 0 and period > 0:
                        yield quota / period


def _short(name: str) -> str:
    plain = name.encode("utf-8", "backslashreplace").decode()
    return plain if len(plain) <= 100 else f"{plain[:60]}…{plain[-20:]}"

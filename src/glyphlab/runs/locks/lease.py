"""Leases: what keeps a lock where the system's own does not reach other machines.

On a file system that several machines share, a lock of the system may hold on one of them alone.
There the file of the lock says as well who holds it, and its time is renewed for as long as the
holder lives. Whoever finds it renewed of late waits; one that ran out is taken over, and its
holder, which may only have been asleep, finds that out before it writes again.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glyphlab._common.errors import RunLocked
from glyphlab._common.progress import note
from glyphlab._common.untrusted import Unreadable, parse_json

__all__ = [
    "LASTS",
    "Lease",
    "foreign_holder",
    "holder_of",
    "is_shared",
    "local_holder",
    "require_lease",
    "sign",
    "taken",
]

LASTS, RENEWED, SETTLED = 45.0, 10.0, 0.5
"""Seconds that a lease lasts, between two renewals, and until it is
clear which of two that were signed at once holds."""
_MOUNTS = Path("/proc/self/mounts")
_SHARED = (
    "9p", "acfs", "afs", "beegfs", "ceph", "cifs", "fuse", "fuse.", "gfs", "glusterfs", "gpfs",
    "lustre", "ncp", "nfs", "ocfs", "orangefs", "panfs", "pvfs2", "smb", "virtiofs", "wekafs",
)  # fmt: skip
"""How the names of file systems begin that other machines may write to."""
_PAD = " "
"""Windows lets nobody else read the first byte of a file that is locked."""


@dataclass
class Lease:
    """One lease that this process holds.

    Attributes
    ----------
    path : Path
        The file of the lock.
    handle : int
        Open on it.
    token : str
        Tells it from every other.
    """

    path: Path
    handle: int
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    renewed: float = field(default_factory=time.monotonic)
    lost: str = ""

    def is_signed(self) -> bool:
        """Whether the file still says so."""
        return _read(self.path).get("lease") == self.token

    def renew(self) -> None:
        """Set the time of the file anew, or find out that another one holds it."""
        holder = _read(self.path)
        if holder.get("lease") != self.token:
            self.lost = self.lost or _named(holder)
            return
        with contextlib.suppress(OSError):
            os.utime(self.handle if os.utime in os.supports_fd else self.path)
            self.renewed = time.monotonic()

    def end(self) -> None:
        """Renew it no more."""
        with _LOCK:
            _HELD.pop(self.path, None)


_HELD: dict[Path, Lease] = {}
_LOCK = threading.Lock()
_WOKEN = threading.Event()
_renewing: threading.Thread | None = None


def is_shared(folder: Path) -> bool:
    """Return whether other machines may write to the file system of a folder."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no Linux: a disk of its own is meant
        return False
    real, kind, longest = os.path.realpath(folder), "", -1
    for line in lines:
        _, place, found, *_ = [*line.split(" "), "", ""]
        place = place.replace("\\040", " ")
        inside = real == place or real.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= longest:
            kind, longest = found, len(place)
    return kind.startswith(_SHARED)


def holder_of(path: Path) -> str:
    """Return who signed the file of a lock, in words."""
    return _named(_read(path))


def local_holder(path: Path) -> int | None:
    """Return the process of this machine that signed the file of a lock; None where none did."""
    holder = _read(path)
    pid, here = holder.get("pid"), holder.get("host") == socket.gethostname()
    return pid if here and isinstance(pid, int) else None


def foreign_holder(path: Path) -> str:
    """Return who holds the lease of a lock's file, in words; empty where nobody else does."""
    holder = _read(path)
    token, host, pid = holder.get("lease"), holder.get("host"), holder.get("pid")
    own = _HELD.get(path)
    if not isinstance(token, str) or (own is not None and own.token == token):
        return ""
    if host == socket.gethostname() and not _lives(pid):
        return ""
    age = _age(path)
    if age is None or age > LASTS:
        return ""
    return f"{_named(holder)}, whose lease was renewed {max(0, round(age))} s ago"


def sign(handle: int, **more: str) -> None:
    """Write into the file of a lock who holds it."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    who = {"pid": os.getpid(), "host": socket.gethostname(), **more}
    os.write(handle, (_PAD + json.dumps(who)).encode())


def taken(path: Path, handle: int) -> Lease:
    """Sign the file of a lock that nobody else holds, and renew it from now on.

    Raises
    ------
    RunLocked
        Where another one signed it at the same time.
    """
    before = _read(path)
    if before.get("lease"):
        note(f"the lease of {_named(before)} on {path.name} ran out: it is taken over")
    lease = Lease(path, handle)
    sign(handle, lease=lease.token)
    os.fsync(handle)
    time.sleep(SETTLED)
    if not lease.is_signed():
        raise RunLocked(f"{path.name} was taken by {_named(_read(path))} at the same time")
    with _LOCK:
        _HELD[path] = lease
        _renew_from_now_on()
    return lease


def require_lease(lock: Path) -> None:
    """Insist that the lease on a lock's file, if this process holds one, is still its own.

    Raises
    ------
    RunLocked
        Where it ran out and another process took it over.
    """
    lease = _HELD.get(lock)
    if lease is None:
        return
    if time.monotonic() - lease.renewed > RENEWED:  # asleep, or the file server was
        lease.renew()
    if lease.lost:
        raise RunLocked(
            f"{lock.name}: the lease of this process ran out, and {lease.lost} took it over: "
            "nothing more is written here; run the same command again once that one ends"
        )


def _renew_from_now_on() -> None:
    global _renewing
    _WOKEN.set()
    if _renewing is None or not _renewing.is_alive():
        _renewing = threading.Thread(target=_renew, name="leases", daemon=True)
        _renewing.start()


def _renew() -> None:
    global _renewing
    while True:
        _WOKEN.wait(RENEWED)
        with _LOCK:
            _WOKEN.clear()
            held = list(_HELD.values())
            if not held:
                _renewing = None
                return
        for lease in held:
            lease.renew()


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            file.seek(len(_PAD))
            found = parse_json(file.read(4096), path)
    except (OSError, Unreadable):
        return {}
    return found if isinstance(found, dict) else {}


def _named(holder: dict[str, Any]) -> str:
    pid, host = holder.get("pid"), holder.get("host")
    if not isinstance(pid, int) or not isinstance(host, str):
        return "another process"  # which has not signed yet, or let go since
    return f"process {pid} on {host}"


def _lives(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _age(path: Path) -> float | None:
    """Return the seconds since a file was renewed, by the clock of the machine that keeps it."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".now.", suffix=".tmp") as now:
            return Path(now.name).stat().st_mtime - path.stat().st_mtime
    except OSError:
        return None

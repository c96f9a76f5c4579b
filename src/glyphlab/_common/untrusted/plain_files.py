"""Plain files, opened so that nothing else can be in their place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from glyphlab._common.errors import DataError
from glyphlab._common.untrusted.limits import FILE_BYTES, in_words

__all__ = ["Absent", "Unreadable", "read_plain_file", "require_plain_file", "require_utf8"]

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class Unreadable(DataError):
    """Something from outside that cannot be read.

    Parameters
    ----------
    where : str or Path
        The file, or what else a message calls it.
    reason : str
        What was found and what was expected; ``it`` is what `where` names.
    advice : str
        What to do.
    """

    def __init__(self, where: str | Path, reason: object, advice: str = "replace it") -> None:
        self.where, self.advice = str(where), advice
        self.reason = " ".join(str(reason).split()) or "it is damaged"
        super().__init__(f"{self.where}: {self.reason}; {advice}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.where, self.reason, self.advice)


class Absent(Unreadable):
    """A file that is not there."""


def read_plain_file(path: Path, limit: int = FILE_BYTES) -> bytes:
    """Return what is in a file.

    Parameters
    ----------
    path : Path
    limit : int
        Bytes that the file may have.

    Raises
    ------
    Absent
        Where there is no such file.
    Unreadable
        Where it is a folder, a pipe or a device, larger than `limit`, or cannot be read.
    """
    try:
        # a pipe without a writer would otherwise be waited for, for ever
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            _require(path, os.fstat(handle), limit)
            with os.fdopen(handle, "rb", closefd=False) as file:
                content = file.read(limit + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:  # ValueError: a name that no file system takes
        raise _of_the_system(path, error) from error
    if len(content) > limit:
        raise Unreadable(path, f"it grew beyond {in_words(limit)} while it was read")
    return content


def require_plain_file(path: Path, limit: int = FILE_BYTES) -> int:
    """Return the size of a file in bytes, where it is a plain one within `limit`.

    Raises
    ------
    Absent, Unreadable
        As `read_plain_file`.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _of_the_system(path, error) from error
    _require(path, status, limit)
    return status.st_size


def require_utf8(path: Path) -> None:
    """Refuse a name that no page, document or terminal could show.

    Raises
    ------
    Unreadable
        Where the name is not UTF-8.
    """
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise Unreadable(_shown(path), "its name is not UTF-8", "rename it") from error


def _require(path: Path, status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "no plain file")
        raise Unreadable(path, f"it is {kind}, expected a file", "name another one")
    if status.st_size > limit:
        raise Unreadable(
            path,
            f"it has {in_words(status.st_size)}, expected at most {in_words(limit)}",
            "name a smaller file",
        )


def _of_the_system(path: Path, error: OSError | ValueError) -> Unreadable:
    shown = _shown(path)
    if isinstance(error, FileNotFoundError):
        return Absent(shown, "there is no such file", "name a file that is there")
    reason = getattr(error, "strerror", None) or error
    return Unreadable(shown, f"it cannot be read ({reason})", "name another one")


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()

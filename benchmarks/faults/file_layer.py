"""A thin layer over the file operations of a process, which fails at the one it is told.

Every opening for writing, write, fsync, rename, unlink, mkdir, rmdir and truncation below one
folder is counted, whoever asks for it: this project, Optuna, Pillow, NumPy. At the k-th one the
process is killed, the operation fails with an error of the system, or half of it happens and the
process is killed. Only for processes that are made for it: nothing is put back.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["ERRORS", "MODES", "FileLayer"]

ERRORS = ("ENOSPC", "EIO", "EROFS", "EINTR", "EMFILE")
MODES = ("kill", "tear", *ERRORS)
_PLAIN_WRITE = os.write
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class FileLayer:
    """Counts file operations below a folder, and lets one of them fail.

    Parameters
    ----------
    folder : Path
        Operations elsewhere are not counted.
    mode : str
        One of `MODES`, or ``"count"``.
    at : int
        Which operation, from 1.
    log : int, optional
        A handle that takes the name of every operation, a line each; of the one that fails where
        one is to fail.
    """

    def __init__(
        self, folder: Path, mode: str = "count", at: int = 0, log: int | None = None
    ) -> None:
        self.folder, self.mode, self.at, self.log = str(folder.resolve()) + os.sep, mode, at, log
        self.operations = 0

    def install(self) -> None:
        """Put the layer below everything that this process does from now on."""
        plain_open = io.open
        for name in ("rename", "replace", "unlink", "remove", "rmdir", "mkdir", "truncate"):
            setattr(os, name, self._over(name, getattr(os, name)))
        for name in ("write", "pwrite", "fsync", "ftruncate"):
            setattr(os, name, self._over_handle(name, getattr(os, name)))
        os.open = self._over_open(os.open)

        def opened(
            file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any
        ) -> Any:
            where = self._path(file)
            if where is None or not set(mode) & set("wax+"):
                return plain_open(file, mode, buffering, *rest, **named)
            if not isinstance(file, int):
                self._reach("open", where, lambda: None)
            return _wrapped(self, where, file, mode, buffering, *rest, **named)

        builtins.open = opened
        io.open = opened

    def _path(self, file: Any) -> str | None:
        """Return the path behind a name or handle, where it is below the folder."""
        try:
            if isinstance(file, int):
                path = str(Path(f"/proc/self/fd/{file}").readlink()).removesuffix(" (deleted)")
            else:
                path = os.path.abspath(os.fsdecode(file))  # noqa: PTH100  # no Path: it opens nothing
        except (OSError, TypeError):
            return None
        return path if path.startswith(self.folder) else None

    def _reach(self, name: str, path: str, half: Callable[[], object]) -> None:
        """Count one operation; where it is the one, let it fail as asked."""
        self.operations += 1
        chosen = self.operations == self.at
        if self.log is not None and (chosen or self.mode == "count"):
            _PLAIN_WRITE(self.log, f"{name} {path.removeprefix(self.folder)}\n".encode())
        if self.mode == "count" or not chosen:
            return
        if self.mode in ERRORS:
            number = getattr(errno, self.mode)
            raise OSError(number, os.strerror(number), path)
        if self.mode == "tear":
            half()
        os.kill(os.getpid(), signal.SIGKILL)

    def _over(self, name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, **named: Any) -> Any:
            where = self._below(path, named)
            if where is not None:
                self._reach(name, where, lambda: None)
            return plain(path, *rest, **named)

        return call

    def _below(self, path: Any, named: dict[str, Any]) -> str | None:
        handle = named.get("dir_fd") or named.get("src_dir_fd")
        if handle is None:
            return self._path(path)
        folder = self._path(handle)
        return None if folder is None else os.path.join(folder, os.fsdecode(path))  # noqa: PTH118

    def _over_handle(self, name: str, plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(handle: int, *rest: Any) -> Any:
            where = self._path(handle)
            if where is not None:
                half = (
                    (lambda: plain(handle, bytes(rest[0])[: len(rest[0]) // 2], *rest[1:]))
                    if name in ("write", "pwrite")
                    else (lambda: None)
                )
                self._reach(name, where, half)
            return plain(handle, *rest)

        return call

    def _over_open(self, plain: Callable[..., int]) -> Callable[..., int]:
        def call(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            where = self._below(path, named) if flags & _WRITING else None
            if where is not None:
                self._reach("open", where, lambda: None)
            return plain(path, flags, *rest, **named)

        return call


class _Raw(io.FileIO):
    """A file whose writes are counted."""

    layer: FileLayer
    where: str

    def write(self, content: Any) -> int:
        plain = super().write
        self.layer._reach(
            "write", self.where, lambda: plain(memoryview(content).cast("B")[: len(content) // 2])
        )
        return plain(content) or 0

    def truncate(self, size: int | None = None) -> int:
        self.layer._reach("truncate", self.where, lambda: None)
        return super().truncate(size)


def _wrapped(
    layer: FileLayer, where: str, file: Any, mode: str, buffering: int,
    encoding: str | None = None, errors: str | None = None, newline: str | None = None,
    closefd: bool = True, opener: Any = None,
) -> Any:  # fmt: skip
    """Return what ``open`` does, over a `_Raw`."""
    raw = _Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
    raw.layer, raw.where = layer, where
    if buffering == 0:
        return raw
    size = io.DEFAULT_BUFFER_SIZE if buffering < 2 else buffering
    if "+" in mode:
        buffered: Any = io.BufferedRandom(raw, size)
    else:
        buffered = io.BufferedWriter(raw, size)
    if "b" in mode:
        return buffered
    return io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering=buffering == 1)

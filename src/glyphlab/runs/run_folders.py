"""Run folders that appear whole, and go as a whole."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from glyphlab._common.errors import RunError
from glyphlab._common.files import write_json
from glyphlab.runs.documents import exists
from glyphlab.runs.lock import claim, has_locks, hold_lock

__all__ = ["begin", "discard", "sweep"]

_THERE = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_LONGEST = 200
"""Characters of a run's name that its hidden folders have in theirs: file systems allow 255."""


def begin(path: Path, documents: Mapping[str, Any]) -> None:
    """Make a run folder that holds these documents, or leave the one that is there.

    The documents are written into a hidden folder beside it, which then gets its name: of several
    processes that begin one run one is first, and what the others wrote is thrown away. A folder
    without its last document, as an older version left where it was killed, is filled under its
    lock.

    Parameters
    ----------
    path : Path
        The run folder.
    documents : mapping of str to what JSON can hold
        By file name; a folder with the last of them is a run.

    Raises
    ------
    RunError
        Where something else than a folder has the name.
    RunLocked
        Where another process fills the same folder.
    GlyphlabError
        Where the disk is full.
    """
    last = list(documents)[-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    with _hidden(path) as made:
        for name, document in documents.items():
            write_json(made / name, document)
        while not exists(path / last):
            try:
                made.rename(path)
            except OSError as error:
                if error.errno not in _THERE:
                    raise
            else:
                return
            if path.is_dir():
                with hold_lock(path):
                    if not exists(path / last):
                        for name in documents:
                            (made / name).replace(path / name)
            elif os.path.lexists(path):
                raise RunError(f"{path} is no folder, and a run's folder has that name: move it")


def discard(path: Path) -> None:
    """Remove a run folder whose lock the caller holds; nobody sees half of it."""
    left = _hidden_name(path)
    path.rename(left)
    if left.is_symlink():
        left.unlink()
    while left.is_dir():
        with contextlib.suppress(FileNotFoundError):  # where another process sweeps it as well
            shutil.rmtree(left)


def sweep(path: Path) -> None:
    """Remove the hidden folders that killed processes left beside a run folder."""
    if not has_locks():
        return
    for left in path.parent.glob(f".{glob.escape(path.name[:_LONGEST])}.*.tmp"):
        handle = claim(left)
        if handle is not None:  # otherwise a living process is writing it
            shutil.rmtree(left, ignore_errors=True)
            os.close(handle)


@contextlib.contextmanager
def _hidden(path: Path) -> Iterator[Path]:
    """Yield a new folder beside `path`, claimed by this process; it goes with the block."""
    handle = None
    while True:
        made = _hidden_name(path)
        made.mkdir()
        if not has_locks() or (handle := claim(made)) is not None:
            break  # otherwise another process swept it before it was claimed
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def _hidden_name(path: Path) -> Path:
    return path.with_name(f".{path.name[:_LONGEST]}.{secrets.token_hex(6)}.tmp")

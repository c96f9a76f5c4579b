"""Run folders that appear whole, and go as a whole."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glyphlab._common.errors import RunError, RunLocked
from glyphlab._common.files import write_json
from glyphlab._common.temporaries import ENDING, held, temporary_folder
from glyphlab.runs.documents import exists
from glyphlab.runs.locks.lock import hold_name

__all__ = [
    "FAMILIARITY",
    "HIDDEN",
    "SAID",
    "STOP",
    "begin",
    "beside",
    "discard",
    "hidden_name",
    "remove_beside",
    "require_own_files",
    "sweep",
]

FAMILIARITY = "familiarity.npz"
"""What a model's training images are like (`glyphlab.training.evaluation.novelty`)."""
STOP, HIDDEN, SAID = "stop", "hidden", "said.txt"
"""That its training is to stop, that lists leave it out, and what its process said of it."""
_KEPT = (FAMILIARITY, STOP, HIDDEN, SAID)
"""What is kept beside a run, and goes with it."""
_THERE = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_WAIT = 10.0
"""Seconds that a process waits while another begins the same run; that takes milliseconds."""
_LONGEST = 200
"""Characters of a run's name that its hidden folders have in theirs: file systems allow 255."""


def begin(path: Path, documents: Mapping[str, Any]) -> None:
    """Make a run folder that holds these documents, or leave the one that is there.

    The documents are written into a hidden folder beside it, which then gets its name. Of several
    processes that begin one run the first holds its lock, and the others wait for it. A folder
    without its last document, as an older version left where it was killed, is filled.

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
        Where another process holds the folder and does not make a run of it.
    GlyphlabError
        Where the disk is full.
    """
    last = path / list(documents)[-1]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with hold_name(path, seconds=_WAIT, until=lambda: exists(last)):
            sweep(path)
            if not exists(last):
                _fill(path, documents)
    except RunLocked:
        if not exists(last):  # otherwise it is begun, which is all that was asked for
            raise


def _fill(path: Path, documents: Mapping[str, Any]) -> None:
    with temporary_folder(path.parent, path.name) as made:
        made.chmod(0o755)
        for name, document in documents.items():
            write_json(made / name, document)
        try:
            made.rename(path)
        except OSError as error:
            if error.errno not in _THERE:
                raise
            if not path.is_dir():
                raise RunError(
                    f"{path} is no folder, and a run's folder has that name: move it"
                ) from None
            for name in documents:
                (made / name).replace(path / name)


def require_own_files(path: Path) -> None:
    """Insist that nothing in a folder is a link, before anything in it is written to.

    Raises
    ------
    RunError
        Naming the first link: what is written through one lands elsewhere.
    """
    for folder, folders, files in os.walk(path):
        for name in sorted((*folders, *files)):
            if (found := Path(folder, name)).is_symlink():
                raise RunError(
                    f"{found} is a link, expected a file or folder of its own where a training "
                    f"writes: put a copy in its place, or remove {path}"
                )


def discard(path: Path) -> None:
    """Remove a run folder whose lock the caller holds; nobody sees half of it."""
    left = path.with_name(f".{path.name[-_LONGEST:]}.{secrets.token_hex(6)}{ENDING}")
    with held(path):
        path.rename(left)
        if left.is_symlink():
            left.unlink()
        else:
            shutil.rmtree(left)


def sweep(path: Path) -> None:
    """Remove the hidden folders that killed processes left of a run whose lock the caller holds."""
    for left in path.parent.glob(f".{glob.escape(path.name[-_LONGEST:])}.*.tmp"):
        if left.is_symlink():
            left.unlink(missing_ok=True)
        shutil.rmtree(left, ignore_errors=True)


def beside(folder: Path, name: str) -> Path:
    """Return the hidden file beside a run folder that keeps what was computed from the run.

    It is no part of the run, whose bytes stay as they are.

    Parameters
    ----------
    folder : Path
        The run folder. A link and its folder have one such file.
    name : str
        What is kept, with its ending.
    """
    real = Path(os.path.realpath(folder))
    return real.with_name(hidden_name(real.name, name))


def hidden_name(run: str, name: str) -> str:
    """Return what the hidden file that `beside` returns is called, of a run by its name."""
    return f".{run[-_LONGEST:]}.{name}"


def remove_beside(folder: Path) -> None:
    """Remove what was computed from a run and kept beside it, as far as that can be removed."""
    for name in _KEPT:
        with contextlib.suppress(OSError):
            beside(folder, name).unlink(missing_ok=True)

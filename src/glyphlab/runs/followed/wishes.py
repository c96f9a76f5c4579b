"""What people wish for a run while others hold it: small files beside its folder.

A training looks for the wish to stop after every epoch, in whatever process it runs.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from glyphlab._common.process import owned_since
from glyphlab.runs.run_folders import HIDDEN, STOP, beside

__all__ = [
    "ask_to_stop",
    "forget_earlier_stop",
    "forget_stop",
    "hide",
    "is_asked_to_stop",
    "is_hidden",
]


def ask_to_stop(folder: Path) -> None:
    """Let the training of a run stop after this epoch, with its checkpoint."""
    beside(folder, STOP).touch()


def is_asked_to_stop(folder: Path) -> bool:
    """Whether the training of a run is to stop after this epoch."""
    return beside(folder, STOP).exists()


def forget_stop(folder: Path) -> None:
    """Take the wish back, as whoever resumes the run does."""
    beside(folder, STOP).unlink(missing_ok=True)


def forget_earlier_stop(folder: Path) -> None:
    """Take the wish back as a training begins, unless a command is asked to stop that gets ready.

    A command of its own process may load data for long; what was wished since it began is about it.
    """
    path, began = beside(folder, STOP), owned_since()
    with contextlib.suppress(FileNotFoundError):
        if began is None or path.stat().st_mtime < began:
            path.unlink()


def hide(folder: Path, *, hidden: bool) -> None:
    """Let lists leave a run out, or show it again; the run itself stays as it is."""
    if hidden:
        beside(folder, HIDDEN).touch()
    else:
        beside(folder, HIDDEN).unlink(missing_ok=True)


def is_hidden(folder: Path) -> bool:
    """Whether lists leave a run out."""
    return beside(folder, HIDDEN).exists()

"""What people wish for a run while others hold it: small files beside its folder.

A training looks for the wish to stop after every epoch, in whatever process it runs.
"""

from __future__ import annotations

from pathlib import Path

from glyphlab.runs.run_folders import HIDDEN, STOP, beside

__all__ = ["ask_to_stop", "forget_stop", "hide", "is_asked_to_stop", "is_hidden"]


def ask_to_stop(folder: Path) -> None:
    """Let the training of a run stop after this epoch, with its checkpoint."""
    beside(folder, STOP).touch()


def is_asked_to_stop(folder: Path) -> bool:
    """Whether the training of a run is to stop after this epoch."""
    return beside(folder, STOP).exists()


def forget_stop(folder: Path) -> None:
    """Take the wish back, as whoever resumes the run does."""
    beside(folder, STOP).unlink(missing_ok=True)


def hide(folder: Path, *, hidden: bool) -> None:
    """Let lists leave a run out, or show it again; the run itself stays as it is."""
    if hidden:
        beside(folder, HIDDEN).touch()
    else:
        beside(folder, HIDDEN).unlink(missing_ok=True)


def is_hidden(folder: Path) -> bool:
    """Whether lists leave a run out."""
    return beside(folder, HIDDEN).exists()

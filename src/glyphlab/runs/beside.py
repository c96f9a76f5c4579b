"""Files beside a run folder that are computed from it, and are no part of it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["FAMILIARITY", "beside", "remove_beside"]

FAMILIARITY = "familiarity.npz"
"""What a model's training images are like (`glyphlab.training.evaluation.novelty`)."""
KEPT = (FAMILIARITY,)
_LONGEST = 200
"""Characters of a run's name in that of a file beside it: file systems allow 255."""


def beside(folder: Path, name: str) -> Path:
    """Return the hidden file beside a run folder that keeps what was computed from the run.

    Parameters
    ----------
    folder : Path
        The run folder. A link and its folder have one such file.
    name : str
        What is kept, with its ending.
    """
    real = Path(os.path.realpath(folder))
    return real.with_name(f".{real.name[-_LONGEST:]}.{name}")


def remove_beside(folder: Path) -> None:
    """Remove what was computed from a run and kept beside it, as far as that can be removed."""
    for name in KEPT:
        with contextlib.suppress(OSError):
            beside(folder, name).unlink(missing_ok=True)

"""What a killed command leaves behind, and how old it looks to the next one."""

from __future__ import annotations

import os
import time
from pathlib import Path

from glyphlab._common.temporaries import ENDING

__all__ = ["let_time_pass"]

LATER = 3_600
"""Seconds after a kill that the command is given again: younger files may be somebody's."""


def let_time_pass(folder: Path) -> None:
    """Make what a killed command left old enough for the next one to remove it."""
    then = time.time() - LATER
    for left in folder.rglob(f".*{ENDING}"):
        for path in (*left.rglob("*"), left):
            os.utime(path, (then, then), follow_symlinks=False)

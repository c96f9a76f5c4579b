"""A file of lines to which a process may be adding when it is killed.

A line counts once its end is there. A torn last line is read as if it were not there, and is cut
off before the next one is added.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from glyphlab._common.errors import GlyphlabError
from glyphlab._common.untrusted import read_plain_file

__all__ = ["append_line", "keep_lines", "whole_lines"]


def append_line(path: Path, line: bytes) -> None:
    """Add one line; when this returns it is on the disk.

    Raises
    ------
    GlyphlabError
        Where the disk is full; the whole lines that were there are unchanged.
    """
    whole = sum(map(len, whole_lines(path)))
    with path.open("ab", buffering=0) as file:
        os.ftruncate(file.fileno(), whole)
        try:
            # one write of one buffer: what fits of it is seen at once, and cut off if not all does
            if file.write(line + b"\n") != len(line) + 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError as error:
            os.ftruncate(file.fileno(), whole)
            if error.errno == errno.ENOSPC:
                raise GlyphlabError(
                    f"the disk is full: no line was added to {path}; "
                    "free some space and run the same command again"
                ) from error
            raise


def keep_lines(path: Path, count: int) -> None:
    """Keep the first `count` lines and cut the rest off; a file that is not there stays so."""
    kept = sum(map(len, whole_lines(path)[:count]))
    if path.exists():
        with path.open("rb+") as file:
            file.truncate(kept)
            os.fsync(file.fileno())


def whole_lines(path: Path) -> list[bytes]:
    """Return the lines that have their end, end included; none where there is no file."""
    if not path.exists():
        return []
    lines = read_plain_file(path).split(b"\n")
    return [line + b"\n" for line in lines[:-1]]

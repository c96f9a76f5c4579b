"""What another process said last, before it ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["last_line", "last_words"]

_MOST = 4_000
"""Bytes of it that are looked at."""


def last_words(said: Path | IO[bytes]) -> str:
    """Return what a process said last; empty where nothing is known.

    Parameters
    ----------
    said : Path or binary file
        What took its stderr: a file by its path, or one that is open here and can be sought in.
    """
    if isinstance(said, Path):
        try:
            content = read_plain_file(said)
        except Unreadable:
            return ""
    else:
        said.seek(0, os.SEEK_END)
        said.seek(max(0, said.tell() - _MOST))
        content = said.read()
    return content[-_MOST:].decode("utf-8", "replace").strip()


def last_line(words: str) -> str:
    """Return the last line of what was said, without what a command of Glyphlab puts before it."""
    lines = words.splitlines()
    return lines[-1].strip().removeprefix("glyphlab: ") if lines else ""

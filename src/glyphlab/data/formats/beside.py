"""The test file beside a training file: ``train.csv`` and ``test.csv``, and others like them."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["test_file_beside", "training_file_in"]

_TRAIN = re.compile(r"(?<![a-z])train(?![a-z])", re.IGNORECASE)


def test_file_beside(path: Path) -> Path | None:
    """Return the file called as a training file is, with ``test`` for ``train``; None of none."""
    found = list(_TRAIN.finditer(path.name))
    if not found:
        return None
    last = found[-1]
    word = "test" if last[0].islower() else "TEST" if last[0].isupper() else "Test"
    other = path.with_name(path.name[: last.start()] + word + path.name[last.end() :])
    return other if other.is_file() else None


def training_file_in(folder: Path, endings: tuple[str, ...]) -> Path | None:
    """Return the one training file of a folder, by its name; None where there is none, or several.

    A file that is alone may be called anything.
    """
    files = [path for path in sorted(folder.iterdir())
             if path.name.lower().endswith(endings) and not path.name.startswith(".")
             and path.is_file()]  # fmt: skip
    named = [path for path in files if _TRAIN.search(path.name)] or (
        files if len(files) == 1 else []
    )
    return named[0] if len(named) == 1 else None

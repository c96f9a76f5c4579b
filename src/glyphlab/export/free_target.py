"""Files that an export writes."""

from __future__ import annotations

from pathlib import Path

from glyphlab._common.errors import UsageError

__all__ = ["require_free"]


def require_free(target: Path) -> None:
    """Refuse a target that is there already, before anything is loaded.

    Raises
    ------
    UsageError
    """
    if target.is_symlink() or target.exists():
        raise UsageError(
            f"{target} is there already, and an export replaces nothing: name another file, or "
            "remove that one"
        )

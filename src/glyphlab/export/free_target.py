"""Files that an export writes."""

from __future__ import annotations

from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab._common.files import require_ending

__all__ = ["require_free"]


def require_free(target: Path, *endings: str) -> None:
    """Refuse a target that is there already, or has another ending, before anything is loaded.

    Parameters
    ----------
    target : Path
    *endings : str
        That its name may have, without dots.

    Raises
    ------
    UsageError
    """
    require_ending(target, endings)
    if target.is_symlink() or target.exists():
        raise UsageError(
            f"{target} is there already, and an export replaces nothing: name another file, or "
            "remove that one"
        )

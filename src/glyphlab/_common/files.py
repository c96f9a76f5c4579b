"""Files that get their name only when they are whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glyphlab._common.errors import GlyphlabError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["atomic_path", "storable", "write_json", "write_text"]


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` if the block ends well.

    Raises
    ------
    GlyphlabError
        Where the disk is full; the temporary file is removed and `target` is left as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{target.name}.", suffix=target.suffix + ".tmp", dir=target.parent
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise GlyphlabError(
                f"the disk is full: {target} was not written (what stood there is unchanged); "
                "free some space and run the same command again"
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def storable(array: ArrayLike) -> NDArray[Any]:
    """Return an array as ``.npz`` holds it without a pickle: Python integers in decimal notation.

    Raises
    ------
    UsageError
        For an array of any other objects.
    """
    import numpy as np  # here, so that `--help` does not pay for it

    found = np.asarray(array)
    if found.dtype != object:
        return found
    strange = sorted({type(one).__name__ for one in found.flat if type(one) is not int})
    if strange:
        raise UsageError(
            f"an array holds {strange[0]} objects, which only a pickle can write: expected "
            "numbers, text or Python integers"
        )
    return np.array([str(one) for one in found.flat], dtype=np.str_).reshape(found.shape)


def write_text(target: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with atomic_path(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(target: Path, value: Any) -> None:
    """Write a JSON document whole or not at all; keys keep their order."""
    write_text(target, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")

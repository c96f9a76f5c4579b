"""Files that get their name only when they are whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glyphlab._common.errors import GlyphlabError, UsageError
from glyphlab._common.temporaries import sweep, temporary_file, temporary_folder

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "atomic_folder",
    "atomic_path",
    "file_words",
    "require_ending",
    "require_new_folder",
    "storable",
    "write_json",
    "write_text",
]

_THERE = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


@contextlib.contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`; rename it to `target` if the block ends well.

    What killed processes left beside `target` is removed.

    Raises
    ------
    GlyphlabError
        Where the disk is full; the temporary file is removed and `target` is left as it was.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _room_for(target), temporary_file(target.parent, target.name) as temporary:
        yield temporary
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)


@contextlib.contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `target`; rename it to `target` if the block ends well.

    Of several processes that make one folder the first gets the name. What killed processes left
    beside `target` is removed.

    Raises
    ------
    UsageError
        Where `target` is there and is not an empty folder, before the block or after it.
    GlyphlabError
        Where the disk is full; the temporary folder is removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent)
    require_new_folder(target)
    with _room_for(target), temporary_folder(target.parent, target.name) as temporary:
        yield temporary
        temporary.chmod(0o755)
        try:
            with contextlib.suppress(FileNotFoundError):
                target.rmdir()  # empty; not every system renames onto a folder
            temporary.rename(target)
        except OSError as error:
            if error.errno in _THERE:
                raise _there(target) from error
            raise


def require_ending(path: Path, endings: Sequence[str], option: str = "") -> str:
    """Return the ending of a file's name, in small letters and without the dot.

    Parameters
    ----------
    path : Path
    endings : sequence of str
        Those that there are, without dots.
    option : str, optional
        What took the path, as the message begins.

    Raises
    ------
    UsageError
        For another one.
    """
    found = path.suffix.lower().removeprefix(".")
    if found not in endings:
        *first, last = (f".{one}" for one in endings)
        named = f"{', '.join(first)} or {last}" if first else last
        raise UsageError(
            f"{option} {path}: expected the name of a file that ends with {named}".lstrip()
        )
    return found


def require_new_folder(target: Path) -> None:
    """Refuse a folder to be written that is there already; nothing is made.

    Raises
    ------
    UsageError
        Where `target` is there and is not an empty folder.
    """
    if target.is_symlink() or (target.exists() and not _is_empty_folder(target)):
        raise _there(target)


def _there(target: Path) -> UsageError:
    return UsageError(
        f"{target}: is there already, expected a new or empty folder; name another one"
    )


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


@contextlib.contextmanager
def _room_for(target: Path) -> Iterator[None]:
    """Say in our words that the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise GlyphlabError(
                f"the disk is full: {target} was not written (what stood there is unchanged); "
                "free some space and run the same command again"
            ) from error
        raise


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


def file_words(names: Iterable[str]) -> list[str]:
    """Return names as words of file names, of letters, digits and dashes.

    Names that come to the same word, in capitals or not, are numbered.
    """
    found: dict[str, str] = {}
    for name in names:
        plain = "".join(letter if letter.isalnum() else "-" for letter in name)
        word, number = plain, 1
        while word.casefold() in found:
            number += 1
            word = f"{plain}-{number}"
        found[word.casefold()] = word
    return list(found.values())

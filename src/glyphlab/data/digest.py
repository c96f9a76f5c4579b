"""What a dataset holds, as one short digest: other content is other data, under whatever name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from glyphlab._common.errors import DataError, NoSuchPath
from glyphlab._common.files import write_json
from glyphlab._common.registry import SOURCES
from glyphlab._common.untrusted import Unreadable, read_json
from glyphlab.data.digits import digest_of_digits
from glyphlab.data.formats.by_path import files_of
from glyphlab.data.plugins import plugin_digest
from glyphlab.data.published_sets import registry

__all__ = ["LENGTH", "combined", "file_digest", "folder_digest", "source_digest", "walked"]

LENGTH = 16
"""Hexadecimal digits of a digest: 64 bits distinguish any two datasets."""
CACHE = ".glyphlab-digest.json"
"""File in a dataset's folder that keeps its digest, and what sizes and times it was found for."""
SETTLED = 2.0
"""Seconds after its last change from which a folder's times tell any later change."""


def source_digest(name: str) -> str | None:
    """Return the digest of a source by name; None where it is a path that is not there.

    Parameters
    ----------
    name : str
        As `glyphlab.data.load_symbols` takes it. Known sources have fixed content, checked when it
        is read, so that their digest needs no file.
    """
    if name == "digits":
        return digest_of_digits()
    if name in registry():
        return combined(file.sha256 for file in registry()[name].files)
    if Path(name).is_dir():
        return folder_digest(Path(name))
    if name not in SOURCES and Path(name).is_file():
        return combined(
            part for path in files_of(Path(name)) for part in (path.name, _readable_digest(path))
        )
    return combined([plugin_digest(name)]) if name in SOURCES else None


def folder_digest(folder: Path) -> str:
    """Return the digest of all files below a folder, by relative path and content.

    It is computed once and kept in the folder, with the size and time of every file; hidden files
    do not count, and those in linked folders do.

    Raises
    ------
    NoSuchPath
        Where the folder is not there.
    DataError
        Where a file in it cannot be read.
    """
    try:
        listing, latest = _listing(folder)
        before = _kept(folder)
        if before.get("listing") == listing and isinstance(before.get("digest"), str):
            return str(before["digest"])
        digest = combined(
            part
            for path in _files(folder)
            for part in (path.relative_to(folder).as_posix(), file_digest(path))
        )
    except OSError as error:
        raise DataError(
            f"{error.filename or folder}: cannot be read ({error.strerror}): check the folder"
        ) from error
    if time.time() - latest > SETTLED:  # a change within the same tick of the clock is not seen
        with contextlib.suppress(OSError):  # a folder that cannot be written is hashed every time
            write_json(folder / CACHE, {"listing": listing, "digest": digest})
    return digest


def file_digest(path: Path) -> str:
    """Return the digest of one file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:LENGTH]


def _readable_digest(path: Path) -> str:
    try:
        return file_digest(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): check the file") from error


def combined(parts: Iterable[str]) -> str:
    """Return one digest of several, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return whole.hexdigest()[:LENGTH]


def walked(
    folder: Path,
    is_left_out: Callable[[str], bool],
    on_error: Callable[[OSError], None] | None = None,
) -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder and every folder below it, each with the names of its files in order.

    A linked folder is walked as others are, as readers read it; where it leads back to a folder on
    the way to it, it is left out.

    Parameters
    ----------
    folder : Path
    is_left_out : callable
        Whether files and folders of a name are left out.
    on_error : callable, optional
        Is given the error of a folder that cannot be listed; by default that one counts as empty.
    """
    ways = {folder: frozenset({os.path.realpath(folder)})}
    for root, folders, names in os.walk(folder, onerror=on_error, followlinks=True):
        here = Path(root)
        way = ways.pop(here)
        inner = {name: os.path.realpath(here / name) for name in folders if not is_left_out(name)}
        folders[:] = sorted(name for name, real in inner.items() if real not in way)
        ways |= {here / name: way | {inner[name]} for name in folders}
        yield here, sorted(name for name in names if not is_left_out(name))


def _files(folder: Path) -> list[Path]:
    found = (
        here / name
        for here, names in walked(folder, lambda name: name.startswith("."))
        for name in names
    )
    return [path for path in found if path.is_file()]


def _listing(folder: Path) -> tuple[str, float]:
    """Return a digest of the names, sizes and times of all files, and the latest time."""
    if not folder.is_dir():
        raise NoSuchPath(f"{folder}: no such folder; check the path")
    parts, latest = [], 0.0
    for path in _files(folder):
        status = path.stat()
        parts.append(f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
        latest = max(latest, status.st_mtime)
    return combined(parts), latest


def _kept(folder: Path) -> dict[str, object]:
    try:
        content = read_json(folder / CACHE)
    except Unreadable:
        return {}
    return content if isinstance(content, dict) else {}

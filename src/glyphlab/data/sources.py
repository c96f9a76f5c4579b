"""Finding, loading and listing the sources of symbols."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import DataError, DataMissing, NoSuchPath, UnknownName, UsageError
from glyphlab._common.progress import note_once
from glyphlab._common.registry import SOURCES
from glyphlab.data import digits
from glyphlab.data.digest import source_digest
from glyphlab.data.downloads import (
    action,
    default_root,
    download,
    fetch_command,
    is_offline,
    verified,
)
from glyphlab.data.formats.by_path import FORMATS, content_of, format_of
from glyphlab.data.formats.content import is_of_division, symbols_of
from glyphlab.data.formats.idx import decode_idx
from glyphlab.data.plugins import plugin_symbols
from glyphlab.data.published_sets import RemoteFile, RemoteSource, registry
from glyphlab.data.symbols import Symbols, SymbolSet

__all__ = [
    "SourceInfo",
    "data_root",
    "fetch_symbols",
    "is_source",
    "list_sources",
    "load_symbols",
    "note_remarks",
    "read_symbols",
    "require_here",
    "require_no_source",
    "require_source",
    "symbol_size",
]

EMBEDDED = "digits"


@dataclass(frozen=True)
class SourceInfo:
    """One line of ``glyphlab data list``.

    Parameters
    ----------
    name, licence, citation : str
        What it is, what it may be used under, whom to cite.
    found : Path or None
        The folder holding it; None where it is embedded or missing.
    state : {"embedded", "ok", "missing", "damaged"}
        Whether it is here and its digests are right.
    """

    name: str
    licence: str
    citation: str
    found: Path | None
    state: Literal["embedded", "ok", "missing", "damaged"]


def data_root(data_dir: str | Path | None = None) -> Path:
    """Return the folder of datasets: `data_dir`, else ``GLYPHLAB_DATA``, else the user's cache."""
    if data_dir is not None:
        return Path(data_dir).expanduser()
    named = os.environ.get("GLYPHLAB_DATA", "").strip()
    if named:
        return Path(named).expanduser()
    return default_root()


def load_symbols(
    name: str,
    *,
    data_dir: str | Path | None = None,
    offline: bool | None = None,
    quiet: bool = False,
) -> SymbolSet:
    """Load a source, fetching it first where it is not here and the network is allowed.

    What was done to the images of a path is noted.

    Parameters
    ----------
    name : str
        ``"digits"`` (embedded), ``"mnist"``, ``"fashion-mnist"``, or the path of a folder or file
        in one of `glyphlab.data.formats.by_path.FORMATS`, such as a folder holding
        ``train/<label>/*.png`` and ``test/<label>/*.png``.
    data_dir : path, optional
        A folder of datasets, before ``GLYPHLAB_DATA`` and the user's cache.
    offline : bool, optional
        Whether the network is forbidden; None asks ``GLYPHLAB_OFFLINE``.
    quiet : bool
        Show no progress of a download.

    Returns
    -------
    SymbolSet
        Ids count the training images in file order, then the test images; where a path has no test
        images of its own, they count all images in file order.

    Raises
    ------
    UnknownName, NoSuchPath
        Where `name` is neither a source nor a path.
    DataMissing
        Where files are not here and may not, or could not, be fetched.
    DataError
        Where a file is not what it should be.
    """
    found = read_symbols(name, data_dir=data_dir, offline=offline, quiet=quiet)
    note_remarks(name, found)
    return found


def read_symbols(
    name: str,
    *,
    data_dir: str | Path | None = None,
    offline: bool | None = None,
    quiet: bool = False,
) -> SymbolSet:
    """Load a source as `load_symbols` does; what was done is left to `note_remarks`."""
    require_source(name)
    if name == EMBEDDED:
        return digits.embedded_digits()
    sources = registry()
    if name in sources:
        return _load_remote(sources[name], data_root(data_dir), is_offline(offline), quiet)
    path = Path(name)
    if name in SOURCES and not path.is_dir():
        return plugin_symbols(name)
    return symbols_of(str(path), path, content_of(path))


def note_remarks(name: str, found: SymbolSet, *, divided: bool = True) -> None:
    """Note what was done as a path was read; unless `divided`, not how its images were divided."""
    if is_source(name) and not Path(name).is_dir():
        return
    for remark in found.train.remarks:
        if divided or not is_of_division(remark):
            note_once(f"{name}: {remark}")


def is_source(name: str) -> bool:
    """Return whether a source has this name, as ``'mnist'``; a path has none."""
    return name == EMBEDDED or name in registry() or name in SOURCES


def require_source(name: str) -> None:
    """Insist that a name is that of a source, or a path that can be read; nothing is loaded.

    Raises
    ------
    UnknownName, NoSuchPath
        Where it is neither.
    DataError
        Where a file or folder is there in a format that is not read.
    """
    if is_source(name):
        return
    path = Path(name)
    if path.exists():
        format_of(path)
        return
    if path.name != name or path.suffix:
        raise NoSuchPath(
            f"{name}: no such folder or file, expected one of labelled images, as a folder with "
            "train/<label>/*.png and test/<label>/*.png; check the path"
        )
    known = [EMBEDDED, *registry(), *SOURCES]
    raise UnknownName("data source", name, known, "the path of a folder or file")


def require_no_source(name: str) -> None:
    """Say of a path that is named as a task, and holds labelled symbols, how it is named.

    Raises
    ------
    UsageError
        Where it is there, and is read as a source.
    """
    path = Path(name)
    if path.exists() and any(one.matches(path) for one in FORMATS):
        raise UsageError(
            f"{name} holds single symbols, so that it is a source and no task: name the task "
            f"'single' (or a scene) with --data {name}"
        )


def symbol_size(name: str) -> tuple[int, int]:
    """Return height and width of a source's images, in pixels; what is not ours is read for it.

    Raises
    ------
    DataError, PluginError
        As `load_symbols` does for a path, or for a source of an installed package.
    """
    if name in SOURCES and not Path(name).is_dir():
        height, width = plugin_symbols(name).train.images.shape[1:]
        return height, width
    if name == EMBEDDED or name in registry() or not Path(name).exists():
        return digits.SIDE, digits.SIDE
    return _size_of_path(name, source_digest(name))


@functools.lru_cache(maxsize=32)
def _size_of_path(name: str, digest: str | None) -> tuple[int, int]:
    """Return the size of the images at a path, once for every content that it has."""
    del digest
    height, width = content_of(Path(name)).train.images.shape[1:]
    return height, width


def fetch_symbols(
    name: str,
    *,
    data_dir: str | Path | None = None,
    offline: bool | None = None,
    quiet: bool = False,
) -> SymbolSet:
    """Make sure that a source is here and whole, replacing files that are damaged.

    Parameters
    ----------
    name : str
        The source's name.
    data_dir, offline, quiet
        As `load_symbols` takes them.

    Raises
    ------
    UnknownName
        Where `name` is no source.
    DataMissing, DataError
        As `load_symbols`.
    """
    sources = registry()
    if name == EMBEDDED:
        return digits.embedded_digits()
    if name in SOURCES:
        return plugin_symbols(name)
    if name not in sources:
        raise UnknownName("data source", name, [EMBEDDED, *sources, *SOURCES])
    source, root = sources[name], data_root(data_dir)
    if not is_offline(offline):
        for file in source.files:
            path = _find(root / name, file) or root / name / file.name
            if action(path, file.sha256, file.size) != "use":
                target = root / name / file.name
                download(file, source.mirrors, target, source=name, quiet=quiet)
                if path.name != file.name:  # a damaged plain copy would be found first again
                    path.unlink(missing_ok=True)
    return load_symbols(name, data_dir=data_dir, offline=True)


def require_here(source: str, data_dir: str | Path | None = None) -> None:
    """Insist that a source need not be fetched; `DataMissing` says how to fetch it."""
    known = list_sources(data_dir=data_dir)
    if any(one.name == source and one.state == "missing" for one in known):
        command = fetch_command(source, data_root(data_dir))
        raise DataMissing(f"'{source}' is not on this machine: type '{command}'")


def list_sources(*, data_dir: str | Path | None = None) -> list[SourceInfo]:
    """Return every known source with where it was found; opens no socket."""
    found = [
        SourceInfo(
            EMBEDDED,
            digits.LICENCE,
            "E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine "
            "Learning Repository, 1998",
            None,
            "embedded",
        )
    ]
    for name, source in registry().items():
        folder = data_root(data_dir) / name
        paths = [(_find(folder, file), file) for file in source.files]
        state: Literal["ok", "missing", "damaged"] = "ok"
        if any(path is None for path, _ in paths):
            state = "missing"
        elif any(path and action(path, file.sha256, file.size) != "use" for path, file in paths):
            state = "damaged"
        where = None if state == "missing" else folder
        found.append(SourceInfo(name, source.licence, source.citation, where, state))
    for name, _ in SOURCES.usable():
        symbols = plugin_symbols(name).train
        found.append(SourceInfo(name, symbols.licence, "of an installed package", None, "embedded"))
    return found


def _find(folder: Path, file: RemoteFile) -> Path | None:
    for candidate in (folder / file.plain_name, folder / file.name):
        if candidate.is_file():
            return candidate
    return None


def _content(
    source: RemoteSource, file: RemoteFile, folder: Path, offline: bool, quiet: bool
) -> bytes:
    path = _find(folder, file)
    if path is not None:
        return verified(path, file.sha256, source=source.name, size=file.size)
    if offline:
        raise DataMissing(
            f"'{file.name}' (or '{file.plain_name}') is not in {folder} and the network is "
            f"switched off: run '{fetch_command(source.name, folder.parent)}' with a network, or "
            "name the folder of datasets with --data-dir or GLYPHLAB_DATA"
        )
    return download(file, source.mirrors, folder / file.name, source=source.name, quiet=quiet)


def _load_remote(source: RemoteSource, root: Path, offline: bool, quiet: bool) -> SymbolSet:
    folder = root / source.name
    arrays: list[NDArray[np.uint8]] = [
        decode_idx(_content(source, file, folder, offline, quiet), str(folder / file.name), axes)
        for file, axes in zip(source.files, (3, 1, 3, 1), strict=True)
    ]
    train_images, train_labels, test_images, test_labels = arrays
    for images, labels in ((train_images, train_labels), (test_images, test_labels)):
        if len(images) != len(labels):
            raise DataError(
                f"{folder}: {len(images)} images but {len(labels)} labels, expected as many; "
                f"run '{fetch_command(source.name, root)}'"
            )

    def part(images: NDArray[np.uint8], labels: NDArray[np.uint8], first: int) -> Symbols:
        ids = np.arange(first, first + len(images), dtype=np.int64)
        return Symbols(
            images, labels.astype(np.int64), ids, source.name, source.licence, source.class_names
        )

    return SymbolSet(
        source.name,
        part(train_images, train_labels, 0),
        part(test_images, test_labels, len(train_images)),
    )

"""The studio's own folder of data: what was imported here, by name, beside the runs."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from glyphlab._common.errors import GlyphlabError, UnknownName
from glyphlab._common.files import atomic_folder
from glyphlab.data import list_sources
from glyphlab.data.source_card import SourceCard, read_card
from glyphlab.data.sources import is_source
from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.app.studio import Settings

__all__ = ["OWN", "OwnSource", "folders_by_name", "keep_source", "loadable", "own_sources",
           "remove_source", "require_free_name"]  # fmt: skip

OWN = ".own-data"
"""Name of the folder among the runs; hidden, so that ``runs/*`` means runs alone."""
NAME_OF_SOURCE = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"
MOST_SOURCES = 100


@dataclass(frozen=True)
class OwnSource:
    """A source that was imported in the studio.

    Attributes
    ----------
    name : str
    folder : Path
    card : SourceCard or None
        None where it cannot be read.
    """

    name: str
    folder: Path
    card: SourceCard | None


def own_sources(settings: Settings) -> list[OwnSource]:
    """Return what was imported, by name."""
    root = settings.root / OWN
    if not root.is_dir():
        return []
    return [
        OwnSource(folder.name, folder, _card(folder))
        for folder in sorted(root.iterdir())
        if folder.is_dir() and re.fullmatch(NAME_OF_SOURCE, folder.name)
    ]


def folders_by_name(settings: Settings) -> dict[str, str]:
    """Return the folders of what was imported here."""
    return {one.name: str(one.folder) for one in own_sources(settings)}


def loadable(settings: Settings, name: str) -> str:
    """Return what `glyphlab.data.load_symbols` takes for the name of a source.

    Parameters
    ----------
    settings : Settings
    name : str
        Of a known source, or of one that was imported in the studio; never a path.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    own = folders_by_name(settings)
    if name in own:
        return own[name]
    known = [one.name for one in list_sources(data_dir=settings.data_dir)]
    if name not in known:
        raise UnknownName("source", name, [*known, *own])
    return name


def require_free_name(settings: Settings, name: str) -> None:
    """Insist that a new source may have a name.

    Raises
    ------
    Refused
    """
    if not re.fullmatch(NAME_OF_SOURCE, name):
        raise Refused(422, f"'{name}' is no name for a source: 1 to 40 letters, digits, - and _, "
                      "beginning with a letter or a digit")  # fmt: skip
    if is_source(name):
        raise Refused(409, f"'{name}' is a source already: choose another name")
    there = own_sources(settings)
    if name.casefold() in {one.name.casefold() for one in there}:
        raise Refused(409, f"'{name}' is there already: choose another name, or remove it first")
    if len(there) >= MOST_SOURCES:
        raise Refused(409, f"{MOST_SOURCES} sources are there already: remove one first")


def keep_source(settings: Settings, name: str, made: Path) -> Path:
    """Copy an imported folder among the studio's own under a name, whole or not at all.

    Raises
    ------
    Refused
        Where the name cannot be given.
    GlyphlabError
        Where the disk is full.
    """
    require_free_name(settings, name)
    target = settings.root / OWN / name
    with atomic_folder(target) as temporary:
        shutil.copytree(made, temporary, dirs_exist_ok=True)
    return target


def remove_source(settings: Settings, name: str) -> None:
    """Delete a source that was imported here.

    Raises
    ------
    UnknownName
        Where none has that name; known sources are never deleted.
    """
    own = {one.name: one.folder for one in own_sources(settings)}
    if name not in own:
        raise UnknownName("source of your own", name, own)
    gone = own[name].with_name(f".{name}.gone")
    shutil.rmtree(gone, ignore_errors=True)
    own[name].rename(gone)  # its name is free at once
    shutil.rmtree(gone)


def _card(folder: Path) -> SourceCard | None:
    try:
        return read_card(folder)
    except GlyphlabError:
        return None

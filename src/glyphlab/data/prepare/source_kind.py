"""What the images of a source show: writing, or photographs."""

from __future__ import annotations

from pathlib import Path

from glyphlab.data.published_sets import Kind, registry
from glyphlab.data.source_card import read_card

__all__ = ["Kind", "kind_of_source"]


def kind_of_source(name: str) -> Kind | None:
    """Return what the images of a source show, where that is known without loading them.

    Parameters
    ----------
    name : str
        ``"digits"``, a source that is fetched, a folder, or a source of a package.

    Returns
    -------
    {"writing", "photographs"} or None
        A folder's is what its card says, as ``glyphlab data import --shows`` wrote it. None where
        nobody said, and for sources of packages: `glyphlab.data.prepare.style_of` measures it from
        their training images.

    Raises
    ------
    DataError
        Where the card of a folder is damaged.
    """
    if name == "digits":
        return "writing"
    sources = registry()
    if name in sources:
        return sources[name].kind
    card = read_card(Path(name)) if Path(name).is_dir() else None
    return None if card is None else card.kind

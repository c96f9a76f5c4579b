"""What the images of a source show: writing, or photographs."""

from __future__ import annotations

from glyphlab.data.published_sets import Kind, registry

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
        None for folders and sources of packages: `glyphlab.data.prepare.style_of` measures it from
        their training images.
    """
    if name == "digits":
        return "writing"
    sources = registry()
    return sources[name].kind if name in sources else None

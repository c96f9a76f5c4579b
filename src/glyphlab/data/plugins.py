"""Sources of symbols from installed packages."""

from __future__ import annotations

import hashlib

from glyphlab._common.errors import PluginError
from glyphlab._common.registry import SOURCES
from glyphlab.data.symbols import SymbolSet

__all__ = ["plugin_digest", "plugin_symbols"]


def plugin_symbols(name: str) -> SymbolSet:
    """Return what a source of an installed package gives.

    Raises
    ------
    PluginError
        Where it fails, or gives something else.
    """
    load = SOURCES.load(name)
    try:
        found = load()
    except Exception as error:  # whatever a foreign function may raise
        said = " ".join(str(error).split())
        raise PluginError(
            f"the data source '{name}' failed ({type(error).__name__}: {said}): update or "
            "uninstall the package that it is from"
        ) from error
    if not isinstance(found, SymbolSet):
        raise PluginError(
            f"the data source '{name}' gave a {type(found).__name__}, expected a "
            "glyphlab.data.SymbolSet: return one from its function"
        )
    return found


def plugin_digest(name: str) -> str:
    """Return a digest of all images, labels and ids of such a source."""
    whole = hashlib.sha256()
    source = plugin_symbols(name)
    for part in (source.train, source.test):
        for array in (part.images, part.labels, part.ids):
            whole.update(repr(array.shape).encode() + array.tobytes())
    return whole.hexdigest()

"""TOML files, read by tomllib with its errors in words, and written by tomlkit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glyphlab._common.errors import UsageError
from glyphlab._common.untrusted import Unreadable, parse_toml, read_plain_file
from glyphlab._common.untrusted.limits import TOML_BYTES

if TYPE_CHECKING:
    from tomlkit.container import Container
    from tomlkit.items import Table

__all__ = ["read_toml", "toml_text"]


def read_toml(path: Path, what: str, otherwise: str, error: type[UsageError]) -> dict[str, Any]:
    """Return what a TOML file holds.

    Parameters
    ----------
    path : Path
        The file, in UTF-8.
    what : str
        What it should hold, as ``recipe``: said where there is no such file.
    otherwise : str
        What to do instead of naming another file: ends that message.
    error : type of UsageError
        What is raised.

    Raises
    ------
    UsageError
        Of the kind `error`, where the file cannot be read or is no TOML.
    """
    try:
        content = read_plain_file(path, TOML_BYTES)
    except Unreadable as cause:
        raise error(
            f"cannot read the {what} {path}: {cause.reason}: name a TOML file, {otherwise}"
        ) from cause
    try:
        return parse_toml(content, path)
    except Unreadable as cause:
        raise error(str(cause)) from cause


def toml_text(content: Mapping[str, Any]) -> str:
    """Return a nested mapping as the text of a TOML file.

    Parameters
    ----------
    content : mapping
        Of strings, numbers, booleans, None, mappings of these, and lists of all but None. TOML has
        no None: a key that is not set becomes a comment, and is read as one that is not there.
    """
    import tomlkit  # only those pay who write

    document = tomlkit.document()
    _fill(document, content)
    return tomlkit.dumps(document)


def _fill(table: Container | Table, content: Mapping[str, Any]) -> None:
    """Put plain values first: what stands below the head of a table belongs to it."""
    import tomlkit

    for key, value in content.items():
        if value is None:
            table.add(tomlkit.comment(f"{tomlkit.key(key).as_string()} is not set"))
        elif not isinstance(value, Mapping):
            table.add(key, _inline(value))
    for key, value in content.items():
        if isinstance(value, Mapping):
            below = tomlkit.table()
            _fill(below, value)
            if table.as_string():
                table.add(tomlkit.nl())
            table.add(key, below)


def _inline(value: Any) -> Any:
    """Return a list with its mappings as tables that need no heads of their own."""
    import tomlkit

    if isinstance(value, Mapping):
        found = tomlkit.inline_table()
        found.update({key: _inline(one) for key, one in value.items() if one is not None})
        return found
    if isinstance(value, list | tuple):
        items = tomlkit.array()
        items.extend(_inline(one) for one in value)
        return items
    return value

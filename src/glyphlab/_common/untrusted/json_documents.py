"""JSON documents from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glyphlab._common.untrusted.limits import DEPTH, DOCUMENT_BYTES
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["depth_of", "parse_json", "read_json"]


def parse_json(text: str | bytes, where: str | Path) -> Any:
    """Return what a JSON text holds.

    Parameters
    ----------
    text : str or bytes
        UTF-8 where it is bytes.
    where : str or Path
        What a message calls it.

    Raises
    ------
    Unreadable
        Where it is no JSON, or nests deeper than `DEPTH`.
    """
    try:
        plain = text.decode() if isinstance(text, bytes) else text
        value = json.loads(plain)
        if "\\u" in plain:  # half a character, which no page or terminal could show
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Unreadable(where, f"it is no JSON ({error})") from error
    if depth_of(value) > DEPTH:
        raise Unreadable(where, f"objects within objects, {depth_of(value)} deep")
    return value


def read_json(path: Path, limit: int = DOCUMENT_BYTES) -> Any:
    """Return what a JSON file holds; `Unreadable` where there is none."""
    return parse_json(read_plain_file(path, limit), path)


def depth_of(value: object) -> int:
    """Return how many objects and lists lie within each other, without recursion."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, (dict, list))]:
        depth += 1
        level = [
            inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth

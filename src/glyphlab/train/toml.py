"""A recipe as the TOML that a person would write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["toml_text"]


def toml_text(content: Mapping[str, Any], table: str = "") -> str:
    """Return a nested mapping as TOML; a value that is not set becomes a comment.

    Parameters
    ----------
    content : mapping
        Of strings, numbers, booleans, lists of these, None, and mappings of the same.
    table : str
        The table that it is written as; empty for a whole file.
    """
    lines = [f"[{table}]"] if table else []
    for key, value in content.items():
        if value is None:
            lines.append(f"# {key} is not set")
        elif not isinstance(value, Mapping):
            lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    for key, value in content.items():
        if isinstance(value, Mapping):
            lines += ["", toml_text(value, f"{table}.{key}" if table else key)]
    return "\n".join(lines)

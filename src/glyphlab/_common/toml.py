"""TOML files, read with their errors in words, and written as a person would."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError

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
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise error(
            f"cannot read the {what} {path}: {cause.strerror}: name a TOML file, {otherwise}"
        ) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise error(f"{path} is not TOML: {cause}: fix that line") from cause


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

"""The JSON documents of a run folder, read with suspicion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glyphlab.errors import RunError

__all__ = ["SCHEMA", "checked", "read_json", "read_recipe", "unreadable"]

SCHEMA = 1
"""Number of the layout of a run folder; it rises when an older Glyphlab could misread one."""


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; `RunError` where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not isinstance(value, dict):
        raise unreadable(path, "no JSON object")
    return value


def read_recipe(folder: Path) -> dict[str, Any]:
    """Read the recipe of a run folder, without its schema number.

    Raises
    ------
    RunError
        Where the folder is no run, or a run of a newer layout.
    """
    if not (folder / "recipe.json").exists():
        raise RunError(f"{folder} is not a run folder (no recipe.json): see: glyphlab runs list")
    recipe = checked(read_json(folder / "recipe.json"), folder)
    return {key: value for key, value in recipe.items() if key != "schema"}


def checked(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the document where its layout is one that this version can read.

    Raises
    ------
    RunError
        Where its schema number is newer than ours, or is none.
    """
    schema = document.get("schema")
    if not isinstance(schema, int):
        raise unreadable(folder, f"schema number expected, {schema!r} found")
    if schema > SCHEMA:
        raise RunError(
            f"{folder} was written by a newer glyphlab (run schema {schema}, this one reads up to "
            f"{SCHEMA}): upgrade with: pip install --upgrade glyphlab"
        )
    return document


def unreadable(path: Path, reason: object) -> RunError:
    """Return the error for a part of a run that cannot be used, on one line."""
    return RunError(
        f"{path} cannot be read ({' '.join(str(reason).split())}): "
        "remove that run with `glyphlab runs rm` and make it again"
    )

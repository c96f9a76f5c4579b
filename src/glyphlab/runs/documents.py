"""The JSON documents of a run folder, read with suspicion."""

from __future__ import annotations

import hashlib
import json
import reprlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from glyphlab._common import untrusted
from glyphlab._common.errors import OtherSchema, RunError
from glyphlab._common.untrusted import Unreadable, read_plain_file
from glyphlab._common.untrusted.limits import DOCUMENT_BYTES, FILE_BYTES

__all__ = [
    "RECIPE",
    "SCHEMA",
    "checked",
    "exists",
    "parse_json",
    "read_bytes",
    "read_json",
    "read_recipe",
    "recipe_hash",
    "removal",
    "typed",
    "unreadable",
]

SCHEMA = 2
"""Number of the layout of a run folder; it rises when an older Glyphlab could misread one."""
RECIPE = "recipe.json"
_SAID = 3
"""Faults of one document that a message names."""

Value = TypeVar("Value")


def exists(path: Path) -> bool:
    """Whether something is there, readable or not."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:  # a folder that lets nobody look into it, or a file in a folder's place
        return path.parent.is_dir()
    return True


def parse_json(text: str | bytes, path: Path) -> Any:
    """Return what a JSON text holds; `RunError` where it is none.

    Parameters
    ----------
    text : str or bytes
        UTF-8 where it is bytes.
    path : Path
        The file of a run that it stands in.
    """
    try:
        return untrusted.parse_json(text, path)
    except Unreadable as error:
        raise unreadable(path, error.reason) from error


def read_bytes(path: Path, limit: int = FILE_BYTES) -> bytes:
    """Return what is in a file of a run; `RunError` where it cannot be read."""
    try:
        return read_plain_file(path, limit)
    except Unreadable as error:
        raise unreadable(path, error.reason) from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file of a run; `RunError` where there is none."""
    value = parse_json(read_bytes(path, DOCUMENT_BYTES), path)
    if not isinstance(value, dict):
        raise unreadable(path, f"{reprlib.repr(value)} found, an object expected")
    return value


def read_recipe(folder: Path) -> dict[str, Any]:
    """Read the recipe of a run folder, without its schema number.

    Raises
    ------
    OtherSchema
        Where the run is of an older or a newer layout.
    RunError
        Where the folder is no run, or cannot be read.
    """
    if not exists(folder / RECIPE):
        raise RunError(f"{folder} is not a run folder (no {RECIPE}): see: glyphlab runs list")
    return checked(read_json(folder / RECIPE), folder / RECIPE)


def checked(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return a document without its schema number, where that is the one this version reads.

    Raises
    ------
    OtherSchema
        Where the number is lower or higher.
    RunError
        Where there is no number.
    """
    schema = document.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool):
        raise unreadable(path, f"schema is {reprlib.repr(schema)}, a whole number expected")
    folder = path.parent
    if schema > SCHEMA:
        raise OtherSchema(
            f"{folder} was written by a newer glyphlab (run schema {schema}, this one reads "
            f"{SCHEMA}): upgrade with: pip install --upgrade glyphlab"
        )
    if schema < SCHEMA:
        raise OtherSchema(
            f"{folder} was written by an older glyphlab (run schema {schema}, this one reads "
            f"{SCHEMA}): remove it with `{removal(folder)}` and train it again"
        )
    return {key: value for key, value in document.items() if key != "schema"}


def typed(adapter: TypeAdapter[Value], document: object, path: Path) -> Value:
    """Return a parsed document as the type that it should be.

    Raises
    ------
    RunError
        Naming each key that is missing, unknown or of a wrong type, what was found and expected.
    """
    try:
        return adapter.validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise unreadable(path, _faults(error)) from error


def unreadable(path: Path, reason: object) -> RunError:
    """Return the error for a file of a run that cannot be used, on one line."""
    return RunError(
        f"{path} cannot be read ({' '.join(str(reason).split())}): "
        f"remove that run with `{removal(path.parent)}` and make it again"
    )


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """Return the eight hexadecimal digits that tell this recipe from every other.

    Parameters
    ----------
    recipe : mapping
        What JSON can hold; the order of its keys does not matter.
    """
    text = json.dumps(recipe, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def removal(folder: Path) -> str:
    """Return the command that removes a run folder."""
    words = ["glyphlab", "runs", "rm", folder.name]
    if folder.parent != Path("runs"):
        words += ["--runs", str(folder.parent)]
    return shlex.join(words)


def _faults(error: ValidationError) -> str:
    found = []
    for item in error.errors(include_url=False):
        key = ".".join(str(step) for step in item["loc"])
        if item["type"].startswith("missing"):
            found.append(f"no '{key}'")
        elif item["type"] == "unexpected_keyword_argument":
            found.append(f"unknown key '{key}'")
        else:
            said = item["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
            begun = f"{key} is {reprlib.repr(item['input'])}, " if key else ""
            found.append(f"{begun}{said}")
    more = f"; and {len(found) - _SAID} more" if len(found) > _SAID else ""
    return "; ".join(found[:_SAID]) + more

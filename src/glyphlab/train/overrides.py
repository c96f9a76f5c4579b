"""Single values of a recipe, set from outside."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from glyphlab.errors import RecipeError

__all__ = ["apply_overrides"]


def apply_overrides(content: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return `content` with each ``key.path=value`` set; values are read as TOML, else as text.

    Raises
    ------
    RecipeError
        Where an override has no ``=`` or goes through something that is no table.
    """
    result = json.loads(json.dumps(content))
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not path.strip():
            raise RecipeError(
                f"override '{override}' must read key.path=value, as training.epochs=3, or "
                "play.images=50000 of a generator"
            )
        *tables, key = path.strip().split(".")
        target = result
        for table in tables:
            target = target.setdefault(table, {})
            if not isinstance(target, dict):
                raise RecipeError(f"override '{override}': '{table}' is a value, not a table")
        target[key] = _toml_value(text.strip())
    checked: dict[str, Any] = result
    return checked


def _toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text

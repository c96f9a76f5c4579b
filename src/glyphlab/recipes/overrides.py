"""Single values of a recipe, set from outside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from glyphlab._common.errors import RecipeError
from glyphlab._common.renamed_keys import renamed_text
from glyphlab._common.untrusted import Unreadable, parse_toml_value

__all__ = ["apply_overrides", "keys_of", "override_key", "override_text"]

OWN_WAY = {
    "seed": "an experiment counts its trainings by it: say how many with --seeds; one training "
    "takes another with 'glyphlab train --seed'",
    "name": "a run is found by it: choose another --out, or name the recipe in its file",
    "kind": "it says what the recipe is: write another recipe, or use the command of that kind",
    "task.digest": "it is found in the data: name other data with task.data",
    "task.replaced": "such training images are made in Python: task.with_train(split, origin)",
}
"""Keys that no override may set, and what to do instead."""


def apply_overrides(content: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return `content` with each ``key.path=value`` set; values are read as TOML, else as text.

    Raises
    ------
    RecipeError
        Where an override has no ``=``, goes through something that is no table, or sets what an
        experiment sets by itself, such as ``seed``.
    """
    result = json.loads(json.dumps(content))
    for override in overrides:
        path = override_key(override)
        if path in OWN_WAY:
            raise RecipeError(
                f"override '{override}': {path} is not set this way, since {OWN_WAY[path]}"
            )
        *tables, key = path.split(".")
        target = result
        for table in tables:
            target = target.setdefault(table, {})
            if not isinstance(target, dict):
                raise RecipeError(f"override '{override}': '{table}' is a value, not a table")
        target[key] = _toml_value(path, override.partition("=")[2].strip())
    checked: dict[str, Any] = result
    return checked


def override_key(override: str) -> str:
    """Return the key that an override sets.

    Raises
    ------
    RecipeError
        Where it is no ``key.path=value``, or the key has another name now.
    """
    path, equals, _ = override.partition("=")
    if not equals or not path.strip():
        raise RecipeError(
            f"override '{override}' must read key.path=value, as training.epochs=3, or "
            "training.images=50000 of a generator"
        )
    key = ".".join(step.strip() for step in path.split("."))
    said = renamed_text(key)
    if said:
        raise RecipeError(f"override '{override}': {said}")
    return key


def override_text(key: str, value: Any) -> str:
    """Return the override that sets a key to a value, as it would be typed."""
    return f"{key}={json.dumps(value, ensure_ascii=False)}"


def keys_of(content: Mapping[str, Any], before: str = "", *, unset: bool = True) -> Iterator[str]:
    """Yield every key of nested tables, as ``training.epochs``; with `unset` those of None too."""
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from keys_of(value, f"{before}{key}.", unset=unset)
        elif unset or value is not None:
            yield f"{before}{key}"


def _toml_value(key: str, text: str) -> Any:
    try:
        return parse_toml_value(text, f"override of {key}")
    except Unreadable as error:
        raise RecipeError(str(error)) from error

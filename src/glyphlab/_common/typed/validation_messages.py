"""What is wrong with a document that was typed, in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from glyphlab._common.errors import ALSO_CALLED, names_in_short, nearest

__all__ = ["explain", "must_be"]


def explain(
    error: ValidationError,
    model: type[BaseModel],
    *,
    document: str = "recipe",
    kind: str = "key",
    missing: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return each thing that is wrong with a document, with the nearest right key or word.

    Parameters
    ----------
    error : pydantic.ValidationError
    model : type of pydantic.BaseModel
        What the document should have been.
    document : str
        What it is called where it is wrong as a whole.
    kind : str
        What its keys are called.
    missing : mapping of str to str
        For keys that may be missing, what to add.
    """
    problems = []
    for item in error.errors():
        path = ".".join(str(step) for step in item["loc"]) or document
        if item["type"] == "extra_forbidden":
            known = _fields_at(model, item["loc"][:-1])
            key = str(item["loc"][-1])
            meant = (key, ALSO_CALLED.get(key.lower()))
            elsewhere = [name for name in _paths(model) if name.rpartition(".")[2] in meant]
            close = elsewhere[0] if elsewhere else nearest(key, known)
            if close in known and not any(isinstance(step, int) for step in item["loc"]):
                # as --set would have it; of one of several tables only the key is typed
                close = ".".join(str(step) for step in (*item["loc"][:-1], close))
            hint = f"did you mean '{close}'? " if close else ""
            problems.append(
                f"unknown {kind} '{path}': {hint}known here: {names_in_short(key, known)}"
            )
        elif item["type"] == "value_error":
            problems.append(str(item["ctx"]["error"]))
        elif item["type"] == "missing":
            problems.append(f"no '{path}': {missing.get(str(item['loc'][-1]), 'add it')}")
        else:
            close = nearest(str(item["input"]), _choices(item))
            hint = f": did you mean '{close}'?" if close else ""
            found = item["input"]  # true and false are typed in small letters
            typed = str(found).lower() if isinstance(found, bool) else repr(found)
            problems.append(f"{path} {must_be(item)}, found {typed}{hint}")
    return "; ".join(problems)


def must_be(item: Any) -> str:
    """Return what a value must be, as ``must be at least 1``, from one error of pydantic's."""
    given, kind = item.get("ctx", {}), str(item["type"])
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"must be {words} {given[key]}"
    if kind in ("literal_error", "enum", "unknown_name"):
        return f"must be {given['expected']}"
    if kind == "string_pattern_mismatch":
        return f"must match the pattern {given['pattern']}"
    if kind in ("too_short", "too_long"):
        few, least = kind == "too_short", given.get("min_length", given.get("max_length"))
        return f"must have at {'least' if few else 'most'} {least} entries"
    if kind == "string_too_short":
        return "must not be empty"
    found = next((words for start, words in _TYPES.items() if kind.startswith(start)), None)
    return f"must be {found}" if found else f"is refused ({item['msg']})"


_LIMITS = MappingProxyType(
    {
        "greater_than_equal": ("at least", "ge"),
        "greater_than": ("above", "gt"),
        "less_than_equal": ("at most", "le"),
        "less_than": ("below", "lt"),
    }
)
_TYPES = MappingProxyType(
    {
        "int_": "a whole number",
        "float_": "a number",
        "finite_number": "a finite number",
        "bool_": "true or false",
        "string_": "text",
        "list_": "a list",
        "tuple_": "a list",
        "dict_": "a table",
        "mapping_": "a table",
        "model_": "a table",
        "path_": "a path",
    }
)
"""What pydantic's errors of type ask for, by the beginnings of their names."""


def _choices(item: Any) -> list[str]:
    """Return the words that a field would take, where it takes only certain words."""
    return re.findall(r"'([^']*)'", str(item.get("ctx", {}).get("expected", "")))


def _paths(model: type[BaseModel], before: str = "") -> list[str]:
    """Return every key of a document of sections, as ``section.key``."""
    found = []
    for name, field in model.model_fields.items():
        part = field.annotation
        if isinstance(part, type) and issubclass(part, BaseModel):
            found += _paths(part, f"{before}{name}.")
        else:
            found.append(f"{before}{name}")
    return found


def _fields_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    for step in path:
        if isinstance(step, int):  # one of several, all of one kind
            continue
        annotation: Any = model.model_fields[step].annotation
        # As in ``ClassicalSettings | None`` and ``tuple[StageDefinition, ...]``.
        parts = (annotation, *get_args(annotation))
        inner = [part for part in parts if isinstance(part, type) and not get_origin(part)]
        model = next((part for part in inner if issubclass(part, BaseModel)), model)
    return list(model.model_fields)

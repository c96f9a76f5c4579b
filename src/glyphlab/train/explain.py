"""What is wrong with a recipe, in one line."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from glyphlab.errors import nearest

__all__ = ["explain"]


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return each thing that is wrong with a document, with the nearest right key or word.

    Parameters
    ----------
    error : pydantic.ValidationError
    model : type of pydantic.BaseModel
        What the document should have been.
    """
    problems = []
    for item in error.errors():
        path = ".".join(str(step) for step in item["loc"]) or "recipe"
        if item["type"] == "extra_forbidden":
            known = _fields_at(model, item["loc"][:-1])
            key = str(item["loc"][-1])
            elsewhere = [name for name in _paths(model) if name.rpartition(".")[2] == key]
            close = elsewhere[0] if elsewhere else nearest(key, known)
            if close in known:  # as it would have to be typed
                close = ".".join(str(step) for step in (*item["loc"][:-1], close))
            hint = f"did you mean '{close}'? " if close else ""
            problems.append(f"unknown key '{path}': {hint}known here: {', '.join(sorted(known))}")
        elif item["type"] == "value_error":
            problems.append(str(item["ctx"]["error"]))
        else:
            close = nearest(str(item["input"]), _choices(item))
            hint = f"; did you mean '{close}'?" if close else ""
            problems.append(f"{path} = {item['input']!r}: {item['msg']}{hint}")
    return "; ".join(problems)


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
        annotation: Any = model.model_fields[str(step)].annotation
        # As in ``ClassicalSettings | None``.
        annotation = next(
            (a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)),
            annotation,
        )
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return list(model.model_fields)

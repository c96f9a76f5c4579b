"""The table of what a stage may vary, under the names that a recipe has."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError

from glyphlab._common.errors import StudyError, UnknownName, nearest
from glyphlab._common.renamed_keys import renamed_text
from glyphlab.experiments.search.dimensions import Choice, Range, Sizes
from glyphlab.recipes import BaseRecipe, Recipe

__all__ = [
    "Dimension",
    "Space",
    "grid",
    "merged",
    "nested",
    "read_space",
    "recipe_keys",
]

Dimension = Range | Choice | Sizes
Space = dict[str, Dimension]
_RANGE_KEYS = {"low", "high", "log", "step", "points"}
_ROWS = ("model.units",)
"""Keys that take a row of whole numbers."""
_WHOLE = 1e-9
"""Relative rounding that a whole number of steps may be off by."""


@cache
def recipe_keys(recipe: type[BaseRecipe] = Recipe) -> dict[str, Any]:
    """Return every key of a kind of recipe that a study may vary, with its type.

    Those of a table within a table are named too, as ``model.classical.C``.
    """
    return {name: kind for name, kind in _keys_of(recipe) if "." in name}


def _keys_of(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, field in model.model_fields.items():
        yield f"{before}{key}", field.annotation
        for one in (field.annotation, *get_args(field.annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from _keys_of(one, f"{before}{key}.")


def read_space(content: Mapping[str, Any], where: str, recipe: type[BaseRecipe] = Recipe) -> Space:
    """Read the table ``space`` of a stage.

    Parameters
    ----------
    content : mapping
        A table ``{low, high, log, step, points}`` or a list of values for each key of a recipe;
        keys may be written ``"training.learning_rate"`` or ``training.learning_rate``.
    where : str
        What an error names first, such as ``study.toml: stages.rate.space``.
    recipe : type of BaseRecipe
        The kind whose keys they are.

    Raises
    ------
    StudyError
        For a key that no recipe has, an empty range, or a value that the recipe would refuse.
    """
    if not content:
        raise StudyError(
            f"{where} is empty: give it a key of a recipe and its values, as "
            '"training.learning_rate" = { low = 1e-4, high = 0.1, log = true }'
        )
    return {
        name: _dimension(name, value, f"{where}.{name}", recipe)
        for name, value in _flat(content, where, recipe)
    }


def grid(space: Space) -> Iterator[dict[str, Any]]:
    """Yield every combination, the last key changing fastest."""
    for values in itertools.product(*(dimension.values() for dimension in space.values())):
        yield dict(zip(space, values, strict=True))


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``{"training.learning_rate": x}`` as ``{"training": {"learning_rate": x}}``."""
    content: dict[str, Any] = {}
    for name, value in values.items():
        *tables, key = name.split(".")
        table = content
        for one in tables:
            table = table.setdefault(one, {})
        table[key] = value
    return content


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return tables of a recipe with the keys of `over` in place of their own."""
    content = dict(base)
    for key, value in over.items():
        own = content.get(key, {})
        both = isinstance(value, Mapping) and isinstance(own, Mapping)
        content[key] = merged(own, value) if both else value
    return content


def _flat(
    content: Mapping[str, Any], where: str, recipe: type[BaseRecipe]
) -> Iterator[tuple[str, Any]]:
    tables = {name.rpartition(".")[0] for name in recipe_keys(recipe)}
    for name, value in content.items():
        if name in tables and isinstance(value, Mapping):
            yield from _flat({f"{name}.{key}": one for key, one in value.items()}, where, recipe)
        elif name in recipe_keys(recipe):
            yield name, value
        elif said := renamed_text(name):
            raise StudyError(f"{where}: {said}")
        else:
            by_letters = nearest(name, recipe_keys(recipe))
            close = by_letters if "." in name else _by_last_word(name, recipe) or by_letters
            hint = f"did you mean '{close}'? " if close else ""
            raise StudyError(
                f"{where}: no recipe has a key '{name}': {hint}"
                "all keys are shown by: glyphlab train --schema"
            )


def _by_last_word(name: str, recipe: type[BaseRecipe]) -> str | None:
    """Return the key that ends as `name` does, for those who left its table out."""
    shallow_last = sorted(recipe_keys(recipe), key=lambda key: -key.count("."))
    ends = {key.rpartition(".")[2]: key for key in shallow_last}
    return ends.get(nearest(name.split(".")[-1], ends) or "")


def _dimension(name: str, value: Any, where: str, recipe: type[BaseRecipe]) -> Dimension:
    if isinstance(value, list):
        return _choice(name, value, where, recipe)
    if isinstance(value, Mapping) and name in _ROWS:
        return _sizes(value, where)
    if isinstance(value, Mapping):
        return _range(name, value, where, recipe)
    raise StudyError(
        f"{where} = {value!r}: expected a list of values or {{ low = …, high = … }}; a value that "
        "does not vary belongs under [base]"
    )


def _choice(name: str, options: list[Any], where: str, recipe: type[BaseRecipe]) -> Choice:
    different = {json.dumps(one, sort_keys=True) for one in options}
    if len(different) < 2 or len(different) < len(options):
        found = "the same value twice" if len(different) < len(options) else f"{len(options)} value"
        raise StudyError(
            f"{where} = {options}: {found}, expected at least two different ones; a value that "
            "does not vary belongs under [base]"
        )
    for one in options:
        _accepted(name, one, where, recipe)
    return Choice(tuple(options))


def _range(name: str, content: Mapping[str, Any], where: str, recipe: type[BaseRecipe]) -> Range:
    for key in content:
        if key not in _RANGE_KEYS:
            raise StudyError(f"{where}: {UnknownName('key of a range', key, _RANGE_KEYS)}")
    kind = _number_kind(name, where, recipe)
    numbers: dict[str, Any] = {}
    for key in ("low", "high", "step"):
        if key in content:
            numbers[key] = _number(content[key], kind, f"{where}.{key}")
        elif key != "step":
            raise StudyError(f"{where} has no '{key}': write {{ low = …, high = … }}")
    found = Range(log=_flag(content, where), points=_points(content, where), **numbers)
    if found.low >= found.high:
        raise StudyError(
            f"{where}: low {found.low} is not below high {found.high}: swap them, or put a single "
            "value under [base]"
        )
    if found.log and found.low <= 0:
        raise StudyError(
            f"{where}: log = true needs low above 0, found {found.low}: raise low, as to "
            f"{found.high / 1000:g}, or leave log out"
        )
    _check_step(found, where)
    _accepted(name, found.low, where, recipe)
    _accepted(name, found.high, where, recipe)
    return found


def _sizes(content: Mapping[str, Any], where: str) -> Sizes:
    keys = {field.name for field in fields(Sizes)}
    for key in content:
        if key not in keys:
            raise StudyError(f"{where}: {UnknownName('key of a row of numbers', key, keys)}")
    numbers: dict[str, int] = {}
    for key in ("low", "high", "least", "most"):
        if key not in content:
            raise StudyError(
                f"{where} has no '{key}': write {{ low = 32, high = 256, least = 1, most = 5 }}"
            )
        numbers[key] = int(_number(content[key], int, f"{where}.{key}"))
    found = Sizes(**numbers)
    for low, high in (("low", "high"), ("least", "most")):
        if not 1 <= numbers[low] < numbers[high]:
            raise StudyError(
                f"{where}: {low} {numbers[low]} and {high} {numbers[high]}, expected the first "
                "from 1 and below the second"
            )
    return found


def _check_step(found: Range, where: str) -> None:
    if found.step is None:
        return
    if found.log or found.points is not None:
        raise StudyError(
            f"{where}: step goes neither with log nor with points: leave one of them out"
        )
    if found.step <= 0:
        raise StudyError(f"{where}: step {found.step} is not above 0: give the distance of values")
    steps = (found.high - found.low) / found.step
    if not math.isfinite(steps):
        raise StudyError(f"{where}: step {found.step} is endlessly often in its range: widen it")
    if abs(steps - round(steps)) > _WHOLE * max(1.0, steps):
        below = found.low + math.floor(steps) * found.step
        raise StudyError(
            f"{where}: high {found.high} is not low {found.low} and a whole number of steps of "
            f"{found.step}: write {below:g} or {below + found.step:g}"
        )


def _number_kind(name: str, where: str, recipe: type[BaseRecipe]) -> type:
    annotation = recipe_keys(recipe)[name]
    kinds = [annotation, *get_args(annotation)]
    for kind in (int, float):
        if kind in kinds:
            return kind
    words = next((get_args(one) for one in kinds if _is_literal(one)), ())
    known = [json.dumps(word) for word in words] or ["true", "false"] * (annotation is bool)
    example = f", as [{', '.join(known[:2])}]" if known else ""
    raise StudyError(f"{where}: '{name}' is no number: give it a list of values{example}")


def _is_literal(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is Literal


def _number(value: Any, kind: type, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise StudyError(f"{where} = {value!r}: expected a number")
    if kind is int and not isinstance(value, int):
        raise StudyError(f"{where} = {value!r}: this key takes whole numbers: write {round(value)}")
    return value if kind is int else float(value)


def _flag(content: Mapping[str, Any], where: str) -> bool:
    log = content.get("log", False)
    if not isinstance(log, bool):
        raise StudyError(f"{where}.log = {log!r}: expected true or false")
    return log


def _points(content: Mapping[str, Any], where: str) -> int | None:
    points = content.get("points")
    if points is not None and (isinstance(points, bool) or not isinstance(points, int)):
        raise StudyError(f"{where}.points = {points!r}: expected a whole number, at least 2")
    if points is not None and points < 2:
        raise StudyError(f"{where}.points = {points}: a grid needs at least 2 of a range")
    return points


def _accepted(name: str, value: Any, where: str, recipe: type[BaseRecipe]) -> None:
    """Validate one value with the recipe; values that do not go together are found later.

    Of a table within a table a key means something beside the others alone, such as its name.
    """
    if name.count(".") > 1:
        return
    content = nested({name: value})
    try:
        recipe.model_validate(content)
    except ValidationError as error:
        if any(problem["type"] != "value_error" for problem in error.errors()):
            recipe.from_mapping(content, where)

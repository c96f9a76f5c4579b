"""Measures and scores by the names that `reported.toml` gives them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from glyphlab._common.errors import UnknownName, UsageError, look_up
from glyphlab._common.typed import must_be
from glyphlab.reproductions.core import generator_measures, measures, scores, sweeps
from glyphlab.reproductions.core.facts import data_facts
from glyphlab.reproductions.core.grouping import Score
from glyphlab.reproductions.core.rows import Measure
from glyphlab.reproductions.core.sentences import (
    curve_sentences,
    generator_sentences,
    score_sentences,
)

__all__ = ["MEASURES", "SCORES", "Functions", "measure_of", "public_functions"]

Functions = Mapping[str, Callable[..., Any]]


def public_functions(*modules: ModuleType) -> Functions:
    """Return what modules offer, by name."""
    return MappingProxyType(
        {name: getattr(module, name) for module in modules for name in module.__all__}
    )


MEASURES = public_functions(
    measures, sweeps, generator_measures, data_facts, curve_sentences, score_sentences,
    generator_sentences,
)  # fmt: skip
"""Functions of the task, the runs of a row's models, and what the row gives."""

SCORES = public_functions(scores)
"""Functions of one run, and what the row gives: arguments of measures."""


def measure_of(described: object, known: Functions = MEASURES) -> Measure:
    """Return the measure that a row describes.

    Parameters
    ----------
    described : str or table
        The name of a measure, or its name with its arguments: ``{name = "digit", which = 3}``. An
        argument that is a measure or a score itself is described in the same way.
    known : mapping
        The measures to choose from.

    Raises
    ------
    UsageError
        Where there is no such measure, or its arguments are not those that it takes.
    """
    measure: Measure = _bound("measure", described, known, given=2)
    return measure


def _bound(kind: str, described: object, known: Functions, *, given: int) -> Any:
    """Return a function of which all but its first `given` arguments are set."""
    table = {"name": described} if isinstance(described, str) else described
    if not isinstance(table, dict) or not isinstance(table.get("name"), str):
        raise UsageError(
            f"{described!r} is no {kind}: write its name, or a table of its name and its "
            'arguments, as { name = "digit", which = 3 }'
        )
    name = table["name"]
    arguments = {key: value for key, value in table.items() if key != "name"}
    function = look_up(kind, name, known)
    taken = dict(list(inspect.signature(function).parameters.items())[given:])
    for key in arguments:
        if not taken:
            raise UsageError(f"the {kind} '{name}' takes no '{key}': write its name alone")
        if key not in taken:
            raise UnknownName(f"argument of the {kind} '{name}'", key, taken)
    for key, parameter in taken.items():
        if parameter.default is parameter.empty and key not in arguments:
            raise UsageError(
                f"the {kind} '{name}' lacks '{key}': write {{ name = \"{name}\", {key} = ... }}"
            )
    hints = get_type_hints(function)
    values = {
        key: _argument(f"{key} of the {kind} '{name}'", value, hints[key], known)
        for key, value in arguments.items()
    }
    return functools.partial(function, **values) if values else function


def _argument(what: str, value: object, hint: Any, known: Functions) -> Any:
    if hint == Measure:
        return measure_of(value, known)
    if hint == Score:
        return _bound("score", value, SCORES, given=1)
    try:
        return TypeAdapter(hint).validate_python(value, strict=True)
    except ValidationError as error:
        raise UsageError(f"{what} {must_be(error.errors()[0])}, found {value!r}") from error

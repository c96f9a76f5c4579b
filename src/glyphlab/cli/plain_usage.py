"""Help and usage errors in plain words: ``IMAGE...``, and what an option must be."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from glyphlab._common.errors import nearest

__all__ = ["plain_help", "what_is_wrong"]

_RANGE = re.compile(r"(?:(-?\d+)<=)?x(?:>=(-?\d+)|<=(-?\d+))")


def plain_help(command: Any) -> None:
    """Let a command show its arguments as people type them, and ranges in words.

    Parameters
    ----------
    command : click's command, as typer makes it
    """
    command.collect_usage_pieces = functools.partial(_usage_pieces, command)
    for one in command.params:
        one.get_help_record = functools.partial(_help_record, one, one.get_help_record)


def what_is_wrong(error: Any) -> str | None:
    """Return what is wrong with the value of an option or argument; None for errors of other kinds.

    Parameters
    ----------
    error : click's error of usage
    """
    param = getattr(error, "param", None)
    if param is None:
        return None
    name = param.opts[0] if param.param_type_name == "option" else _shown(param)
    if type(error).__name__ == "MissingParameter":
        return f"no {name} is given"
    asked = _asked_by_pydantic(error) or _asked_by_click(error.message)
    if asked is None:
        return None
    must, found = asked
    kind = getattr(param, "type", param)  # newer typers keep the bounds with the option itself
    bounds = getattr(kind, "min", None), getattr(kind, "max", None)
    if must.startswith(("must be at least", "must be at most")) and None not in bounds:
        must = f"must be {_between(*bounds)}"
    close = nearest(found, re.findall(r"'([^']*)'", must))
    hint = f": did you mean '{close}'?" if close else ""
    return f"{name} {must}, found {found}{hint}"


def _asked_by_pydantic(error: Any) -> tuple[str, str] | None:
    """Return what newer typers ask for by pydantic, and what was typed."""
    if not hasattr(error.__cause__, "errors"):
        return None
    from glyphlab._common.typed import must_be

    item = error.__cause__.errors()[0]
    if item["type"] == "value_error":
        return _asked_by_click(str(item["ctx"]["error"]))
    return must_be(item), str(item["input"])


def _asked_by_click(message: str) -> tuple[str, str] | None:
    """Return what a message in click's words asks for, and what was typed."""
    if found := re.match(r"(\S+) is not in the range (.*)", message):
        return f"must be {_RANGE.sub(_range_in_words, found[2])}", found[1]
    if found := re.match(r"'(.*)' is not a valid (integer|float)", message):
        return f"must be a {'whole ' if found[2] == 'integer' else ''}number", found[1]
    if found := re.match(r"'(.*)' is not one of (.*)", message):
        return f"must be one of {found[2].rstrip('.')}", found[1]
    return None


def _usage_pieces(command: Any, context: Any) -> list[str]:
    arguments = [one for one in command.get_params(context) if one.param_type_name == "argument"]
    shown = [_shown(one) if one.required else f"[{_shown(one)}]" for one in arguments]
    return [*([command.options_metavar] if command.options_metavar else []), *shown]


def _help_record(
    param: Any, usual: Callable[[Any], tuple[str, str] | None], context: Any
) -> tuple[str, str] | None:
    record = usual(context)
    if record is None:
        return None
    name, meaning = record
    if param.param_type_name == "argument":
        return _shown(param), meaning.replace("[required]", "").rstrip()
    return name, _RANGE.sub(_range_in_words, meaning)


def _shown(argument: Any) -> str:
    return f"{argument.metavar or argument.name.upper()}{'...' if argument.nargs != 1 else ''}"


def _range_in_words(found: re.Match[str]) -> str:
    low, least, most = found.groups()
    return _between(low or least, most)


def _between(least: Any, most: Any) -> str:
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"between {least} and {most}"

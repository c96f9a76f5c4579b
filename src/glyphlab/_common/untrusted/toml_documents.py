"""TOML from outside: files, and single values as they are typed."""

from __future__ import annotations

import datetime
import tomllib
from pathlib import Path
from typing import Any

from glyphlab._common.untrusted.json_documents import depth_of
from glyphlab._common.untrusted.limits import DEPTH, INTEGER_DIGITS
from glyphlab._common.untrusted.plain_files import Unreadable

__all__ = ["parse_toml", "parse_toml_value"]

_TIMES = (datetime.date, datetime.time)  # a datetime is a date
_LARGEST = 10**INTEGER_DIGITS


def parse_toml(content: bytes | str, where: str | Path) -> dict[str, Any]:
    """Return what a TOML document holds: text, numbers, booleans, lists and tables.

    Parameters
    ----------
    content : bytes or str
        UTF-8 where it is bytes.
    where : str or Path
        What a message calls it.

    Raises
    ------
    Unreadable
        Where it is no TOML, nests deeper than `DEPTH`, or holds a date or a time, which no key
        of ours takes.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        found = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of too many digits
        raise Unreadable(where, f"it is not TOML ({_said(error)})", "correct it") from error
    if depth_of(found) > DEPTH:
        raise Unreadable(where, f"tables within tables, {depth_of(found)} deep", "correct it")
    for key, value in _leaves(found):
        if isinstance(value, _TIMES):
            raise Unreadable(
                where,
                f"{key} is the date or time {value}, expected text, a number or true or false",
                "write it in quotes, or correct it",
            )
        if isinstance(value, int) and abs(value) >= _LARGEST:
            raise Unreadable(
                where,
                f"{key} is a number of more than {INTEGER_DIGITS} digits",
                "correct it",
            )
    return found


def parse_toml_value(text: str, where: str) -> Any:
    """Return a value as it is typed: TOML where it is some, text otherwise.

    Raises
    ------
    Unreadable
        For a value that nests too deep, or a number of too many digits.
    """
    try:
        found = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    except (ValueError, RecursionError) as error:
        raise Unreadable(where, _said(error), "correct it") from error
    if set(found) != {"value"} or isinstance(found["value"], _TIMES):
        return text
    return parse_toml(f"value = {text}", where)["value"]


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"it nests deeper than {DEPTH}"
    if "integer string conversion" in str(error):
        return f"a number of more than {INTEGER_DIGITS} digits"
    return str(error)


def _leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    found, waiting = [], [(key, value)]
    while waiting:
        key, one = waiting.pop()
        if isinstance(one, dict):
            waiting += [(f"{key}.{name}".lstrip("."), inner) for name, inner in one.items()]
        elif isinstance(one, list):
            waiting += [(key, inner) for inner in one]
        else:
            found.append((key, one))
    return found

"""The rows of a published experiment, from its `reported.toml`."""

from __future__ import annotations

import math
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from glyphlab._common.errors import UsageError
from glyphlab._common.typed import explain
from glyphlab.reproductions.core.registry import MEASURES, Functions, measure_of
from glyphlab.reproductions.core.reported_files.reported_tables import read_tables
from glyphlab.reproductions.core.rows import Metric, Row

__all__ = ["read_rows"]

_Words = Annotated[str, Field(min_length=1, pattern=r"^\S(.*\S)?$")]
_Number = int | float


def _as_printed(value: object) -> _Number:
    """Return a number, or what two printed numbers give."""
    match value:
        case bool():
            pass
        case int() | float():
            return value
        case Decimal():
            return float(value)
        case {"difference": [first, second], **rest} if not rest:
            return _as_printed(first) - _as_printed(second)
        case {"ratio": [first, second], **rest} if not rest:
            return _as_printed(first) / _as_printed(second)
        case {"sum": [first, second], **rest} if not rest:
            return _as_printed(first) + _as_printed(second)
    raise ValueError(
        f"reported = {value!r}: write a number as it was printed, or of two that were "
        "{ difference = [0.93, 0.92] }, { ratio = [2671, 2677] } or { sum = [60_000, 10_000] }"
    )


class _ReportedRow(BaseModel):
    """A row as a person types it: see `Row`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: _Words
    what: _Words
    metric: Metric
    reported: Annotated[_Number, BeforeValidator(_as_printed)]
    source: _Words
    protocol: _Words
    measure: Any
    models: list[_Words] = []
    items: int | None = Field(None, gt=0)
    not_comparable: str = ""
    slack: _Number = 0.0
    claim: Literal["", "above", "below"] = ""
    bound: _Number | None = None
    margin: Annotated[_Number, Field(gt=0)] | None = None
    by_construction: bool = False
    least: _Number | None = None
    most: _Number | None = None
    item: int = Field(0, ge=1)
    table: str = ""
    report_error: str = ""


def read_rows(path: Path, *, own: Functions | None = None) -> tuple[Row, ...]:
    """Return the rows that a file tells of, in the order of the report.

    Parameters
    ----------
    path : Path
        A ``reported.toml``: a table ``[[row]]`` for each number, with the keys of `Row`. Its
        `measure` is a name, or a table of a name and arguments. Where the file has ``places``, the
        rows come in their order: each place is how the `source` of its rows begins.
    own : mapping, optional
        Measures of this experiment alone, by name.

    Raises
    ------
    UsageError
        Where the file cannot be read, a row is not whole, or a number is typed twice; with what to
        write instead.
    """
    tables = read_tables(path)
    digits = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    printed = [one.get("reported") if isinstance(one, dict) else None for one in digits["row"]]
    known = {**MEASURES, **(own or {})}
    found_rows: dict[str, Row] = {}
    typed: dict[str, str] = {}
    for number, table in enumerate(tables.rows, 1):
        try:
            row = _row(table, known, printed[number - 1])
        except UsageError as error:
            name = table.get("id", number) if isinstance(table, dict) else number
            raise UsageError(f"{path}, row {name}: {error}") from error
        if row.id in found_rows:
            raise UsageError(f"{path}, row {number}: '{row.id}' is taken: give it another id")
        same = repr([printed[number - 1], row.source, row.models, table["measure"]])
        if same in typed:
            raise UsageError(
                f"{path}, row {row.id}: {row.reported:g} of '{row.source}' is typed twice, here "
                f"and in row {typed[same]}: leave one of them out"
            )
        typed[same] = row.id
        found_rows[row.id] = row
    order = {row.id: tables.place_of(row.source, f"row {row.id}") for row in found_rows.values()}
    return tuple(sorted(found_rows.values(), key=lambda row: order[row.id]))


def _row(table: dict[str, Any], known: Functions, printed: object) -> Row:
    try:
        typed = _ReportedRow.model_validate(table)
    except ValidationError as error:
        raise UsageError(explain(error, _ReportedRow, document="row")) from error
    if (typed.bound is not None) and not typed.claim:
        raise UsageError('it has a bound and no claim: add claim = "above" or "below"')
    return Row(
        id=typed.id,
        what=typed.what,
        metric=typed.metric,
        reported=typed.reported,
        source=typed.source,
        protocol=typed.protocol,
        measure=measure_of(typed.measure, known),
        models=tuple(typed.models),
        items=typed.items,
        not_comparable=typed.not_comparable,
        slack=typed.slack,
        claim=typed.claim,
        bound=typed.bound or 0.0,
        rounding=_rounding_of(printed),
        margin=typed.margin,
        by_construction=typed.by_construction,
        span=_span(typed),
        measured_by=_kind_of(typed.measure),
        item=typed.item,
        table=typed.table,
        report_error=typed.report_error,
    )


def _rounding_of(printed: object) -> float:
    """Return half a unit of the last digit of a number as it was printed, or of two together.

    Parameters
    ----------
    printed : int, Decimal or table
        A whole number is exact. A difference or a sum may be off by as much as both its parts
        together, and a ratio by the same shares of it.
    """
    match printed:
        case Decimal():
            return 0.5 * 10.0 ** int(printed.as_tuple().exponent)
        case {"difference": [first, second]} | {"sum": [first, second]}:
            return _rounding_of(first) + _rounding_of(second)
        case {"ratio": [first, second]}:
            above, below = float(_as_printed(first)), float(_as_printed(second))
            parts = _rounding_of(first) / abs(above) + _rounding_of(second) / abs(below)
            return abs(above / below) * parts
    return 0.0


def _span(typed: _ReportedRow) -> tuple[float, float] | None:
    if typed.least is None and typed.most is None:
        return None
    least = -math.inf if typed.least is None else float(typed.least)
    return least, math.inf if typed.most is None else float(typed.most)


def _kind_of(measure: object) -> str:
    """Return the name of a measure, and the column that it takes."""
    if not isinstance(measure, dict):
        return str(measure)
    return " ".join(str(measure[key]) for key in ("name", "column") if key in measure)

"""A row as `glyphlab reproduce --json` prints it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glyphlab.reproductions.core.rows import Measured, Row
from glyphlab.reproductions.core.verdicts.deciding import Decision, also_compatible

__all__ = ["NOT_RUN", "as_json", "as_told"]

NOT_RUN = Decision("not run", "fact")
ENOUGH = 3
"""Different values of a table, from which on it shows what the paper distinguishes."""


def as_json(
    row: Row, measured: Measured | None, decision: Decision, rows: Sequence[Row] = ()
) -> dict[str, Any]:
    """Return the row of ``reproduce run --json``.

    Parameters
    ----------
    row : Row
    measured : Measured or None
        None where it was not run.
    decision : Decision
    rows : sequence of Row
        All rows of the report: the values of one table say what a tolerance can tell apart.
    """
    trained = measured is not None and measured.seeds > 0
    low, high = _within(row, measured) if measured is not None and trained else (None, None)
    expected = decision.expected
    inside, others = (0, 0) if expected is None else also_compatible(row, expected, rows)
    return {
        "id": row.id,
        "what": row.what,
        "metric": row.metric,
        "reported": row.reported,
        "rounding": row.rounding,
        "measured": None if measured is None else _plain(measured.value),
        # A fact has no interval; it would only repeat the value.
        "low": low,
        "high": high,
        "covers": measured.covers if measured is not None and low is not None else None,
        "seeds": 0 if measured is None else measured.seeds,
        "values": list(measured.values) if measured is not None else [],
        "items": None if measured is None else measured.items,
        "verdict": decision.verdict,
        "basis": None if measured is None else decision.basis,
        "expected_low": None if expected is None else expected.low,
        "expected_high": None if expected is None else expected.high,
        "one_sided": None if expected is None else [expected.inner_low, expected.inner_high],
        "computed_from": None if expected is None else expected.computed_from,
        "margin": None if expected is None else row.equal_within,
        # Half or more of the paper's other values of the table would be compatible too.
        "wide": others + 1 >= ENOUGH and 2 * inside >= others,
        "also_compatible": [inside, others] if others else None,
        "source": row.source,
        "protocol": "; ".join(filter(None, [row.protocol, decision.remark])),
        "why": decision.why,
        "model": row.model,
        "claim": f"{row.claim} {row.bound:g}" if row.claim else None,
    }


def as_told(row: Row) -> dict[str, Any]:
    """Return what a row says of the paper alone; a recorded document does not decide it."""
    return {"what": row.what, "item": row.item or None, "report_error": row.report_error}


def _within(row: Row, measured: Measured) -> tuple[float | None, float | None]:
    """Return the interval without what the number cannot be: Student's knows no such bounds."""
    low, high = measured.low, measured.high
    if low is None or high is None:
        return low, high
    least, most = row.range
    return min(max(low, least), most), max(min(high, most), least)


def _plain(value: float) -> float:
    """Return a count as a whole number."""
    return int(value) if value.is_integer() and abs(value) > 1 else value

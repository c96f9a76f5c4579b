"""The verdict on a row, and what it rests on.

One vocabulary for every page, document and table:

=====================  ============================================================================
``match``              a fact is the same to the last digit that was printed
``equal``              one more training of ours, at both one-sided 95 % bounds, is within the
                       stated margin of the reported number
``compatible``         the reported number lies where one more training of ours would; it is not
                       shown to be equal
``better``, ``worse``  it lies outside, and ours is the better or the worse number
``higher``, ``lower``  the same of what has no good side
``one seed``           one training with chance on either side: the difference is printed, and
                       nothing follows from it
``holds`` …            of a sentence: the whole interval is on the side that the paper says; ``does
                       not hold``: on the other; ``not distinguished``: it covers the bound
``not comparable``     with a reason
=====================  ============================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from glyphlab.reproductions.core.rows import NO_GOOD_SIDE, Measured, Row
from glyphlab.reproductions.core.verdicts.expected import Expected, expected_of

__all__ = ["BASES", "VERDICTS", "Basis", "Decision", "also_compatible", "basis_of", "decide"]

Basis = Literal["fact", "by construction", "deterministic fit", "one seed", "several seeds"]
BASES: tuple[Basis, ...] = (
    "fact", "by construction", "deterministic fit", "one seed", "several seeds",
)  # fmt: skip
"""What a verdict rests on, in the order that totals are given in."""
VERDICTS = (
    "match", "equal", "compatible", "better", "worse", "higher", "lower", "one seed", "holds",
    "does not hold", "not distinguished", "not comparable", "not run",
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """A verdict, what it rests on, and the interval it was made with.

    Attributes
    ----------
    verdict : str
    basis : str
        One of `BASES`.
    expected : Expected or None
        Where one more training would come out; None where nothing can say, and of claims.
    why : str
        Why a row has no verdict, where it has none.
    remark : str
        What has to be known of the trainings that it was judged on.
    """

    verdict: str
    basis: Basis
    expected: Expected | None = None
    why: str = ""
    remark: str = ""


def basis_of(row: Row, measured: Measured, certain: bool) -> Basis:
    """Return what a verdict on the row rests on.

    Parameters
    ----------
    row : Row
    measured : Measured
    certain : bool
        No training behind the row has chance in it.
    """
    if row.by_construction:
        return "by construction"
    if measured.seeds == 0:
        return "fact"
    if certain:
        return "deterministic fit"
    return "one seed" if measured.seeds == 1 else "several seeds"


def decide(
    row: Row,
    measured: Measured,
    *,
    certain: bool = False,
    same_images: bool = True,
    against: str = "",
    remark: str = "",
    known: Expected | None = None,
) -> Decision:
    """Return what may be said of a row.

    Parameters
    ----------
    row : Row
    measured : Measured
    certain : bool
        No training behind the row has chance in it.
    same_images : bool
        The report scored its models on the images that ours are scored on.
    against : str
        Why these trainings say nothing of the row; empty where they do.
    remark : str
        What has to be known of them where the row is judged.
    known : Expected, optional
        The interval for one more training, where a document holds it.
    """
    basis = basis_of(row, measured, certain)
    fact = basis in ("fact", "by construction")
    expected = known
    if not fact and not row.claim and known is None:
        expected = expected_of(row, measured, certain=certain, same_images=same_images)
    if row.not_comparable or against:
        why = row.not_comparable or against
        return Decision("not comparable", basis, None if against else expected, why)
    if basis == "one seed":
        why = "one training tells nothing of another: run more, with --seeds 3"
        return Decision("one seed", basis, None, why)
    if row.claim:
        return Decision(_on_claim(row, measured), basis, remark=remark)
    decision = _on_number(row, measured, basis, expected, certain)
    return decision if decision.why else replace(decision, remark=remark)


def _on_number(
    row: Row, measured: Measured, basis: Basis, expected: Expected | None, certain: bool
) -> Decision:
    fact = basis in ("fact", "by construction")
    allowed = row.rounding + row.slack + 1e-9 * max(1.0, abs(row.reported))
    if fact or (expected is not None and expected.low == expected.high and certain):
        same = abs(measured.value - row.reported) <= allowed
        return Decision("match" if same else _side(row, measured), basis, expected)
    if expected is None:
        why = "a fit without chance, and no number of items for an interval"
        return Decision("not comparable", basis, None, why)
    if not expected.low - allowed <= row.reported <= expected.high + allowed:
        return Decision(_side(row, measured), basis, expected)
    least, most = row.range
    if expected.low <= least and expected.high >= most:  # any number would be inside
        return Decision("not distinguished", basis, expected)
    equal = row.equal_within is not None and _is_equal(row, expected, row.equal_within)
    return Decision("equal" if equal else "compatible", basis, expected)


def _side(row: Row, measured: Measured) -> str:
    above = measured.value > row.reported
    if row.metric in NO_GOOD_SIDE:
        return "higher" if above else "lower"
    return "better" if above != (row.metric in ("loss", "seconds")) else "worse"


def _is_equal(row: Row, expected: Expected, margin: float) -> bool:
    """Return whether both one-sided bounds are within the margin of every value it may be."""
    reach = row.rounding + row.slack
    above = expected.inner_high - (row.reported - reach)
    below = (row.reported + reach) - expected.inner_low
    return max(above, below) <= margin + 1e-12


def _on_claim(row: Row, measured: Measured) -> str:
    if measured.low is None or measured.high is None:
        return "not distinguished"
    low, high = measured.low - row.bound, measured.high - row.bound
    if row.claim == "below":
        low, high = -high, -low
    if low > 0:
        return "holds"
    return "does not hold" if high < 0 else "not distinguished"


def also_compatible(row: Row, expected: Expected, rows: Sequence[Row]) -> tuple[int, int]:
    """Return how many of the other values of the report's table would be compatible too, of all.

    A table is what one source prints of one measure; where a source prints fewer than three values,
    it is what the whole report prints of it. A row that names its table is of that one alone.
    """
    kind = (row.metric, row.measured_by, row.table)
    same = [
        one for one in rows
        if not one.claim and (one.metric, one.measured_by, one.table) == kind
    ]  # fmt: skip
    here = {one.reported for one in same if one.source == row.source}
    others = (here if len(here) > 2 else {one.reported for one in same}) - {row.reported}
    inside = [one for one in others if expected.low <= one <= expected.high]
    return len(inside), len(others)

"""The page of a reproduction: what was reported beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import number_text
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import Cell, Column, Figure, Page, Section, Table, Text

__all__ = ["reproduction_page"]

_OPTIONAL = dict.fromkeys(
    (
        "measured", "low", "high", "seeds", "protocol", "source", "claim", "why", "covers",
        "expected_low", "expected_high", "margin", "computed_from", "wide", "also_compatible",
    )
)  # fmt: skip
_NOTHING = "–"
_HOW = (
    "A reported number comes from one training, so it is compared with the interval in which one "
    "more training of ours would score. Inside it is “compatible”, and “equal” only where both are "
    "shown to be within the stated margin. Outside it ours is “better” or “worse”, or “higher” or "
    "“lower” where there is no good side. Facts “match” to the last printed digit. One training is "
    "“one seed” and gives no verdict. Where the paper says something in words, the row measures "
    "it: it “holds” where the whole interval of the mean lies on the side that the paper says, and "
    "“does not hold” where it lies on the other."
)


def reproduction_page(
    *,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    figures: Sequence[Figure],
    command: str,
    env: Mapping[str, Any],
    totals: Sequence[str] = (),
) -> Page:
    """Return the page of a reproduction.

    Parameters
    ----------
    title : str
        What the page is called.
    rows : sequence of mapping
        The rows of ``reproduce run --json``: ``id``, ``what``, ``metric``, ``reported``,
        ``measured``, ``low``, ``high``, ``seeds``, ``verdict``; where there are, ``protocol``,
        ``source``, ``why`` and ``claim``, such as ``above 0``, of rows whose number is the bound of
        a sentence; and ``expected_low``, ``expected_high``, ``margin``, ``computed_from``, ``wide``
        and ``also_compatible``, what the verdict was made with.
    figures : sequence of Figure
        With the numbers that they were drawn from, where they show any.
    command : str
        The command that makes the page again.
    env : mapping
        What it was made with.
    totals : sequence of str
        How many rows have which verdict, in words.
    """
    count = f"{len(rows)} row" if len(rows) == 1 else f"{len(rows)} rows"
    columns = [
        Column("row"), Column("what", wide=True), Column("reported"),
        Column("measured, interval"), Column("one more run"), Column("seeds"),
        Column("verdict", verdict=True),
    ]  # fmt: skip
    table = Table(
        "Reported and measured values", columns, [_row({**_OPTIONAL, **row}) for row in rows],
        "reported",
    )  # fmt: skip
    return Page(
        eyebrow="Glyphlab reproduction",
        title=title,
        question="Reported values, and what comes out when they are measured again.",
        answer=[f"{count}{':' if totals else '.'}", *totals],
        sections=[
            Section("Reported beside measured", [Text(_HOW), table]),
            Section("Pictures", figures),
        ],
        environment=environment_rows(env),
        command=command,
    )


def _row(row: Mapping[str, Any]) -> list[Cell]:
    metric = row["metric"]

    def between(low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return ""
        return f"{number_text(low, metric)} – {number_text(high, metric)}"

    notes = [metric.replace("_", " "), row["source"], row["protocol"], row["why"]]
    notes += [row["covers"] and f"interval over {row['covers']}", row["computed_from"]]
    outcome = []
    if row["verdict"] == "equal" and row["margin"]:
        outcome.append(f"within {number_text(row['margin'], metric)}")
    if row["wide"]:
        compatible, others = row["also_compatible"]
        notes.append(
            f"wide: {compatible} of {others} other values of the paper’s table would be compatible "
            "too"
        )
        outcome.append("wide")
    return [
        Cell(str(row["id"])),
        Cell(row["what"], note=" · ".join(str(one) for one in notes if one)),
        Cell(row["claim"] or number_text(row["reported"], metric)),
        Cell(number_text(row["measured"], metric), between(row["low"], row["high"])),
        Cell(between(row["expected_low"], row["expected_high"]) or _NOTHING),
        Cell(str(row["seeds"] or _NOTHING)),
        Cell(row["verdict"], note=", ".join(outcome)),
    ]

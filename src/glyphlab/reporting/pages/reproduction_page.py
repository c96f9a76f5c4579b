"""The page of a reproduction: what was reported beside what was measured."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.metric_texts import (
    margin_text,
    metric_text,
    reported_text,
    verdicts_text,
)
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Fold,
    Items,
    Page,
    Part,
    Section,
    Table,
    Text,
    cells,
)

__all__ = ["reproduction_page"]

_OPTIONAL = dict.fromkeys(
    (
        "measured", "low", "high", "seeds", "protocol", "source", "claim", "why", "covers",
        "expected_low", "expected_high", "margin", "computed_from", "wide", "also_compatible",
        "report_error",
    )
)  # fmt: skip
_NOTHING = "–"
_MANY = 24
"""Rows from which on they are folded."""
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
    figures: Sequence[Part],
    command: str,
    env: Mapping[str, Any],
    totals: Sequence[str] = (),
    items: Sequence[Mapping[str, Any]] = (),
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
    figures : sequence of Part
        The pictures of the report in its order, each below its heading, with the numbers that it
        was drawn from, or with a sentence in its place.
    command : str
        The command that makes the page again.
    env : mapping
        What it was made with.
    totals : sequence of str
        How many rows have which verdict, in words.
    items : sequence of mapping
        What the report says that is no row of its own: ``item``, ``place``, ``what``, ``rows``,
        ``figure`` and ``reason``.
    """
    count = f"{len(rows)} row" if len(rows) == 1 else f"{len(rows)} rows"
    return Page(
        eyebrow="Glyphlab reproduction",
        title=title,
        question="Reported values, and what comes out when they are measured again.",
        answer=[f"{count}{':' if totals else '.'}", *totals],
        sections=[
            Section("Reported beside measured", [Text(_HOW), *_tables(rows)]),
            Section("What the paper itself has wrong", _errors(rows)),
            Section("Pictures", figures),
            Section("What has no row of its own", _items(items)),
        ],
        environment=environment_rows(env),
        command=command,
    )


def _tables(rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Return the rows in the paper's order; many of them behind a fold for each part of it."""
    parts = [
        (place, list(of_place)) for place, of_place in itertools.groupby(rows, key=_place)
    ]  # fmt: skip
    if len(rows) <= _MANY or len(parts) > len(rows) / 2:
        return [_table("", rows)]
    return [
        Fold(f"{place}: {_in_words(of_place)}", [_table(f", {place}", of_place)], "rows")
        for place, of_place in parts
    ]


def _place(row: Mapping[str, Any]) -> str:
    """Return the part of the paper that a row is from: ``Task 2.4`` of ``Task 2.4, results``."""
    return re.split("[,:]", str(row.get("source") or "The paper"))[0]


def _in_words(rows: Sequence[Mapping[str, Any]]) -> str:
    said = Counter(str(row["verdict"]) for row in rows)
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    return f"{count} – {verdicts_text(dict(said.most_common()))}"


def _table(of: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    columns = [
        Column("row"), Column("what", wide=True), Column("reported"),
        Column("measured, interval"), Column("one more run"), Column("seeds"),
        Column("verdict", verdict=True),
    ]  # fmt: skip
    cells = [_row({**_OPTIONAL, **row}) for row in rows]
    return Table(f"Reported and measured values{of}", columns, cells, "reported")


def _errors(rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    wrong = [f"{row['id']}: {row['report_error']}" for row in rows if row.get("report_error")]
    return [Items(wrong)] if wrong else []


def _items(items: Sequence[Mapping[str, Any]]) -> list[Part]:
    """Return what the report says beside its rows: what shows it here, or why nothing does."""
    if not items:
        return []
    said = (
        "Everything else in the paper, in its order: the rows or the picture that show it here, or "
        "the reason why nothing does."
    )
    columns = [Column("item"), Column("place", left=True), Column("what", left=True, wide=True),
               Column("here", left=True, wide=True)]  # fmt: skip
    rows = [
        cells(str(one["item"]), str(one["place"]), str(one["what"]), _shown(one)) for one in items
    ]
    table = Table("What has no row of its own", columns, rows)
    if len(rows) <= _MANY:
        return [Text(said), table]
    return [Text(said), Fold(f"{len(rows)} items", [table], "rows")]


def _shown(item: Mapping[str, Any]) -> str:
    parts = []
    if item["rows"]:
        parts.append(f"rows {', '.join(item['rows'])}" if len(item["rows"]) > 1
                     else f"row {item['rows'][0]}")  # fmt: skip
    if item["figure"]:
        parts.append("a picture above")
    return ". ".join(filter(None, ["; ".join(parts), item["reason"]]))


def _row(row: Mapping[str, Any]) -> list[Cell]:
    metric = row["metric"]

    def between(low: float | None, high: float | None) -> str:
        if low is None or high is None:
            return ""
        return f"{metric_text(low, metric)} – {metric_text(high, metric)}"

    notes = [metric.replace("_", " "), row["source"], row["protocol"], row["why"]]
    notes.append(row["report_error"] and f"the paper errs: {row['report_error']}")
    notes += [row["covers"] and f"interval over {row['covers']}", row["computed_from"]]
    outcome = []
    if row["verdict"] == "equal" and row["margin"]:
        outcome.append(f"within {margin_text(row['margin'], metric)}")
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
        Cell(reported_text(row["reported"], metric, row["claim"])),
        Cell(metric_text(row["measured"], metric), between(row["low"], row["high"])),
        Cell(between(row["expected_low"], row["expected_high"]) or _NOTHING),
        Cell(str(row["seeds"] or _NOTHING)),
        Cell(row["verdict"], note=", ".join(outcome)),
    ]

"""Reported beside measured."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.metric_texts import margin_text, metric_text, reported_text
from glyphlab._common.tabular.table_forms import aligned
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.ledger import evaluation_sentence
from glyphlab.reporting import reproduction_page
from glyphlab.reporting.pages.page_parts import Page, Part
from glyphlab.reproductions.core.verdicts.engines import mixed_engines
from glyphlab.reproductions.core.verdicts.totals import total_lines, totals_of

__all__ = ["Outcome"]

WIDTH = 44
"""Of what a row is, in characters of the text."""
NARROW = 130
"""Letters of a line that has no room for every column."""
_ONE_MORE = "one more run"
_TEXT_COLUMNS = (
    "row",
    "what",
    "reported",
    "measured",
    "95 % interval",
    _ONE_MORE,
    "seeds",
    "verdict",
)
_LEAST = {"row": 16, "what": 18}
"""Letters of a column however narrow the line is."""
_CUT = f"a terminal of {NARROW} columns shows the interval of one more run too; --report has it all"
_ONE_MORE_RUN = (
    "one more run: the paper's number is one training's, so it is compared with the 95 % interval",
    "for one more training of ours; --report gives the reason of every verdict",
)


_COLUMNS = (
    Column("id", "row"), Column("what"), Column("reported", form=metric_text),
    Column("measured", form=metric_text, interval=("low", "high")), Column("seeds"),
    Column("verdict"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Outcome(Document):
    """What became of a reproduction.

    Attributes
    ----------
    name, title, scale, command : str
    rows : list of dict
        The rows of ``glyphlab reproduce run --json``.
    env : dict
        What it ran on.
    figures : sequence of Part
        The pictures of the report, and what is said where one is not there.
    items : sequence of dict
        What the report says that is no row of its own.
    evaluation : int or None
        Which evaluation of its test set this is, by the user's ledger; None of what is recorded.
    """

    name: str
    title: str
    scale: str
    command: str
    rows: list[dict[str, Any]]
    env: dict[str, Any]
    figures: Sequence[Part] = field(default=(), repr=False)
    evaluation: int | None = None
    items: Sequence[dict[str, Any]] = field(default=(), repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab reproduce run --json``."""
        return {
            "schema": SCHEMA,
            "paper": self.name,
            "title": self.title,
            "scale": self.scale,
            "evaluation": self.evaluation,
            "command": self.command,
            "totals": totals_of(self.rows),
            "rows": self.rows,
            **({"items": list(self.items)} if self.items else {}),
            "env": self.env,
        }

    def tables(self) -> list[Table]:
        """Return the rows."""
        return [Table("rows", self.rows, _COLUMNS)]

    @property
    def headline(self) -> str:
        """What was reproduced, and how."""
        return f"{self.title} (scale {self.scale}): {_rows(len(self.rows))}"

    def notes(self) -> list[str]:
        """Return how many rows have which verdict."""
        return [*total_lines(self.rows), *filter(None, [mixed_engines(self.rows)])]

    def page(self) -> Page:
        """Return the page of reported beside measured."""
        return reproduction_page(
            title=self.title,
            rows=self.rows,
            totals=self.notes(),
            figures=self.figures,
            items=self.items,
            command=self.command,
            env=self.env,
        )

    def __str__(self) -> str:
        return self.text()

    def text(self, width: int | None = None) -> str:
        """Return the table as text, no line of it wider than a terminal."""
        cut = width is not None and width < NARROW
        columns = [one for one in _TEXT_COLUMNS if not (cut and one == _ONE_MORE)]
        rows = [dict(zip(_TEXT_COLUMNS, _cells(row, self.scale), strict=True)) for row in self.rows]
        table = aligned(
            columns, [[row[one] for one in columns] for row in rows], [False] * len(columns),
            width=width, most=[WIDTH if one == "what" else None for one in columns],
            least=[_LEAST.get(one, 7) for one in columns],
        )  # fmt: skip
        title, words = [f"{self.title} (scale {self.scale})"], self._words(cut)
        if width is not None:
            title, words = ([part for line in lines for part in _wrapped(line, width)]
                            for lines in (title, words))  # fmt: skip
        return "\n".join([*title, "", table, *words])

    def _words(self, cut: bool) -> list[str]:
        """Return the lines below the table."""
        lines: list[str] = []
        if any(row.get("expected_low") is not None for row in self.rows):
            lines += ["", *([_CUT] if cut else _ONE_MORE_RUN)]
        if sentence := evaluation_sentence(self.evaluation):
            lines += ["", sentence]
        lines += ["", *total_lines(self.rows)]
        lines += _report_lines(self.rows, self.items)
        if mixed := mixed_engines(self.rows):
            lines.append(mixed)
        idle = sum(row["verdict"] == "not run" for row in self.rows)
        if idle:
            lines += ["", f"{len(self.rows) - idle} rows of {len(self.rows)} measured"]
        reasons = Counter(row["why"] for row in self.rows if row.get("why"))
        if reasons:
            lines += ["", "no verdict:"]
            lines += [f"  {_rows(count)}: {why}" for why, count in reasons.most_common()]
        return lines


def _wrapped(line: str, width: int) -> list[str]:
    """Return a line as lines of a terminal; what goes on stands further in."""
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line, width, initial_indent=indent, subsequent_indent=f"{indent}  ", break_long_words=False,
        break_on_hyphens=False,
    ) or [""]  # fmt: skip


def _report_lines(rows: Sequence[dict[str, Any]], items: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the report has wrong, and what of it has no row of its own."""
    lines = []
    wrong = [row for row in rows if row.get("report_error")]
    if wrong:
        lines += ["", "what the paper itself has wrong:"]
        for row in wrong:
            lines += textwrap.wrap(
                f"{row['id']}: {row['report_error']}", 98, initial_indent="  ",
                subsequent_indent="    ",
            )  # fmt: skip
    if items:
        shown = sum(bool(one["rows"] or one["figure"]) for one in items)
        lines += [
            "",
            f"{len(items)} items of the paper are no row of their own: {shown} are shown by other "
            f"rows or a picture, {len(items) - shown} have a reason (all in --json and --report)",
        ]
    return lines


def _rows(count: int) -> str:
    return f"{count} row" + ("s" if count > 1 else "")


def _cells(row: dict[str, Any], scale: str) -> tuple[str, ...]:
    metric = row["metric"]
    interval = _between(row["low"], row["high"], metric) if row["seeds"] else ""
    return (
        row["id"],
        row["what"],
        reported_text(row["reported"], metric, row.get("claim")),
        metric_text(row["measured"], metric),
        interval,
        _between(row.get("expected_low"), row.get("expected_high"), metric),
        str(row["seeds"] or ""),
        _verdict(row) + _other_scale(row, scale),
    )


def _between(low: float | None, high: float | None, metric: str) -> str:
    if low is None or high is None:
        return ""
    return f"[{metric_text(low, metric)}, {metric_text(high, metric)}]"


def _verdict(row: dict[str, Any]) -> str:
    """Return the verdict, with the margin of an equality and a word on a wide interval."""
    said: str = row["verdict"]
    if said == "equal" and row.get("margin"):
        said += f" within {margin_text(row['margin'], row['metric'])}"
    return said + (", wide" if row.get("wide") else "")


def _other_scale(row: dict[str, Any], scale: str) -> str:
    """Name the scale of a row that was measured at another than the rest."""
    return f", {row['scale']}" if row.get("scale", scale) != scale else ""

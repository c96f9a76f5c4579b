"""The forms of a table: text, CSV, LaTeX, Markdown, HTML, a frame."""

from __future__ import annotations

import csv
import html
import io
import itertools
import json
import textwrap
from collections.abc import Sequence
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.tabular.column_table import Table, is_nested

__all__ = ["aligned", "as_csv", "as_frame", "as_html", "as_latex", "as_markdown", "as_text"]

_LATEX = {
    **{letter: f"\\{letter}" for letter in "{}$&#%_"}, "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "\N{NO-BREAK SPACE}": "~",
    "\N{MINUS SIGN}": r"\ensuremath{-}", "–": "--", "—": "---", "…": r"\ldots{}", "“": "``",
    "”": "''", "’": "'", "\N{MULTIPLICATION SIGN}": r"\ensuremath{\times}",
    "→": r"\ensuremath{\rightarrow}", "[": "{[}", "]": "{]}",
}  # fmt: skip
"""What is a command of LaTeX, also a bracket after ``\\\\``, and letters that some engine lacks."""

_GAP = "  "
_LEAST = 7
"""Letters of the narrowest column that another one makes narrower."""


def aligned(
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: Sequence[bool],
    *,
    width: int | None = None,
    most: Sequence[int | None] = (),
    least: Sequence[int] = (),
) -> str:
    """Return rows of text under a head, each column as wide as it needs to be.

    Parameters
    ----------
    head, rows : sequences
    right : sequence of bool
        Which columns end, and do not begin, below each other.
    width : int, optional
        Of a line: wider columns are made narrower, and what they hold goes on below itself.
    most, least : sequence, optional
        Letters that each column has at most, or that a narrow line leaves it.
    """
    table = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    widths = [min(one, limit or one) for one, limit in zip(widths, most or widths, strict=True)]
    if width is not None:
        _narrow(widths, width - len(_GAP) * (len(widths) - 1), least or [_LEAST] * len(widths))
    lines: list[tuple[str, ...]] = []
    for row in table:
        parts = [
            textwrap.wrap(cell, size) if len(cell) > size else [cell]
            for cell, size in zip(row, widths, strict=True)
        ]
        lines += itertools.zip_longest(*parts, fillvalue="")
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        _GAP.join(
            cell.rjust(size) if end else cell.ljust(size)
            for cell, size, end in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _narrow(widths: list[int], room: int, least: Sequence[int]) -> None:
    """Take from the widest column until all fit, or none can be narrower."""
    while sum(widths) > room:
        wide = [n for n, (width, end) in enumerate(zip(widths, least, strict=True)) if width > end]
        if not wide:
            return
        widths[max(wide, key=widths.__getitem__)] -= 1


def as_text(table: Table, columns: Sequence[str] = ()) -> str:
    """Return a table as a terminal shows it; an interval has a column of its own."""
    head: list[str] = []
    right: list[bool] = []
    cells: list[list[str]] = [[] for _ in table.rows]
    for one in table.shown(columns):
        texts = [(one.text(row), one.interval_text(row)) for row in table.rows]
        head.append(one.heading)
        right.append(table.is_numeric(one))
        between = any(interval for _, interval in texts)
        if between:
            head.append("95 % interval")
            right.append(True)
        for line, (text, interval) in zip(cells, texts, strict=True):
            line += [_plain(text), *([_plain(interval)] if between else [])]
    return aligned(head, cells, right)


def as_csv(table: Table) -> str:
    """Return every key of the rows in full precision; what is several values stands as JSON."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, table.keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {
            key: json.dumps(value, ensure_ascii=False, default=str) if is_nested(value) else value
            for key, value in row.items()
        }
        for row in table.rows
    )
    return text.getvalue()


def as_latex(table: Table, columns: Sequence[str] = ()) -> str:
    """Return a ``tabular`` for the package ``booktabs``."""
    shown = table.shown(columns)
    align = "".join("r" if table.is_numeric(one) else "l" for one in shown)
    lines = [[_latex(one.heading) for one in shown]]
    lines += [[_latex(one.whole(row)) for one in shown] for row in table.rows]
    head, *body = [" & ".join(cells) + r" \\" for cells in lines]
    return "\n".join(
        [rf"\begin{{tabular}}{{{align}}}", r"\toprule", head, r"\midrule", *body,
         r"\bottomrule", r"\end{tabular}", ""]
    )  # fmt: skip


def as_markdown(table: Table, columns: Sequence[str] = ()) -> str:
    """Return a table in the notation of GitHub, every column as wide as it needs to be."""
    shown = table.shown(columns)
    lines = [[_markdown(one.heading) for one in shown]]
    lines += [[_markdown(one.whole(row)) for one in shown] for row in table.rows]
    right = [table.is_numeric(one) for one in shown]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * (w - 1) + ":" if end else "-" * w for w, end in zip(widths, right, strict=True)]
    written = [
        [c.rjust(w) if end else c.ljust(w) for c, w, end in zip(line, widths, right, strict=True)]
        for line in lines
    ]
    head, *body = written
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, rule, *body])


def as_html(table: Table) -> str:
    """Return a plain ``<table>``, as a notebook shows it."""
    shown = table.shown()
    head = "".join(f'<th scope="col">{html.escape(one.heading)}</th>' for one in shown)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(one.whole(row))}</td>" for one in shown) + "</tr>"
        for row in table.rows
    )
    return (
        f"<table><caption>{html.escape(table.name)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def as_frame(table: Table) -> Any:
    """Return the rows as a ``pandas.DataFrame``.

    Raises
    ------
    UsageError
        Where pandas is not installed.
    """
    try:
        import pandas  # type: ignore[import-untyped]  # no part of this project
    except ImportError as error:
        raise UsageError(
            "to_frame makes a pandas.DataFrame, and pandas is not installed: "
            "pip install pandas, or take to_rows() or to_csv(path)"
        ) from error
    return pandas.DataFrame([dict(row) for row in table.rows], columns=table.keys)


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def _latex(text: str) -> str:
    """Return a text in which nothing is a command of LaTeX."""
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(text))


def _markdown(text: str) -> str:
    """Return a text that ends no cell and is no markup."""
    letters = _plain(_one_line(text))
    return "".join(f"\\{one}" if one in "\\`*_[]<>|#&" else one for one in letters)

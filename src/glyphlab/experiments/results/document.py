"""What every result of an experiment can be written as: text, JSON, a page, a table."""

from __future__ import annotations

import csv
import html
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError, look_up
from glyphlab._common.files import write_text

__all__ = ["SCHEMA", "Document"]

_ESCAPES = {
    **{letter: f"\\{letter}" for letter in "{}$&#%_"}, "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "\n": " ",
}  # fmt: skip


class Document(ABC):
    """A result: its text is ``str``, and everything else follows from its JSON document."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the document that ``--json`` prints, with its ``schema``."""

    @abstractmethod
    def to_html(self, path: str | Path) -> Path:
        """Write the page, one self-contained HTML file, and return its path."""

    def __repr__(self) -> str:
        """Return what a shell shows: the text, not the runs behind it."""
        return str(self)

    def to_rows(self) -> list[dict[str, Any]]:
        """Return the table: one mapping a row."""
        return [dict(row) for row in self.to_json()["rows"]]

    def report(self, path: str | Path) -> Path:
        """Write the page, as `to_html` does."""
        return self.to_html(path)

    def to_csv(self, path: str | Path) -> Path:
        """Write the table, whole or not at all; what is no single value stands there as JSON."""
        rows = self.to_rows()
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, _columns(rows), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
        write_text(Path(path), text.getvalue())
        return Path(path)

    def to_latex(self, path: str | Path | None = None, *, columns: Sequence[str] = ()) -> str:
        """Return the table of single values in LaTeX, for the package ``booktabs``.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it, whole or not at all.
        columns : sequence of str
            Keys of the rows, in this order; all that hold a single value otherwise.

        Raises
        ------
        UnknownName
            For a column that no row has, with the nearest right name.
        """
        rows = self.to_rows()
        shown = _single(rows)
        for name in columns:
            look_up("column", name, dict.fromkeys(shown))
        chosen = [*columns] or shown
        align = "".join("r" if _is_number(rows, key) else "l" for key in chosen)
        lines = [[_latex(key) for key in chosen]]
        lines += [[_latex(_shown(row.get(key))) for key in chosen] for row in rows]
        head, *body = [" & ".join(cells) + r" \\" for cells in lines]
        text = "\n".join(
            [rf"\begin{{tabular}}{{{align}}}", r"\toprule", head, r"\midrule", *body,
             r"\bottomrule", r"\end{tabular}", ""]
        )  # fmt: skip
        if path is not None:
            write_text(Path(path), text)
        return text

    def to_frame(self) -> Any:
        """Return the table as a ``pandas.DataFrame``.

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
        return pandas.DataFrame(self.to_rows())

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the table of single values, and below it the text."""
        rows = self.to_rows()
        columns = _single(rows)
        head = "".join(f"<th>{html.escape(key)}</th>" for key in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(row.get(key)))}</td>" for key in columns)
            + "</tr>"
            for row in rows
        )  # fmt: skip
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"{table}<pre>{html.escape(str(self))}</pre>"


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))


def _single(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that hold single values alone."""
    return [key for key in _columns(rows) if not any(_is_nested(row.get(key)) for row in rows)]


def _is_number(rows: Sequence[Mapping[str, Any]], key: str) -> bool:
    return all(isinstance(row.get(key), int | float | None) for row in rows)


def _latex(text: str) -> str:
    """Return a text in which nothing is a command of LaTeX."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def _is_nested(value: Any) -> bool:
    return isinstance(value, list | tuple | Mapping)


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if _is_nested(value) else value


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)

"""What every result with tables can be written as."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.errors import look_up
from glyphlab._common.files import write_text
from glyphlab._common.tabular.column_table import Table
from glyphlab._common.tabular.table_forms import (
    as_csv,
    as_frame,
    as_html,
    as_latex,
    as_markdown,
    as_text,
)

__all__ = ["FORMS", "Tabular"]

FORMS = {"csv": "to_csv", "latex": "to_latex", "markdown": "to_markdown"}
"""Forms that a command writes to a file, and the method that makes each."""


class Tabular(ABC):
    """A result with tables: the first is its main one, and each has a name.

    Every form comes from the same columns and rows. CSV and a frame hold all keys in full
    precision; text, LaTeX, Markdown and a notebook hold what people read.
    """

    @abstractmethod
    def tables(self) -> Sequence[Table]:
        """Return the tables, the main one first."""

    @property
    @abstractmethod
    def headline(self) -> str:
        """What this is, in one line."""

    def table(self, name: str = "") -> Table:
        """Return the main table, or the one of a name.

        Raises
        ------
        UnknownName
            For a name that is none, with the nearest right one.
        """
        found = {one.name: one for one in self.tables()}
        return look_up("table", name, found) if name else next(iter(found.values()))

    def to_rows(self, table: str = "") -> list[dict[str, Any]]:
        """Return a table as one mapping a row."""
        return [dict(row) for row in self.table(table).rows]

    def to_frame(self, table: str = "") -> Any:
        """Return a table as a ``pandas.DataFrame``.

        Raises
        ------
        UsageError
            Where pandas is not installed.
        """
        return as_frame(self.table(table))

    def to_csv(self, path: str | Path | None = None, *, table: str = "") -> str:
        """Return a table as CSV, and write it, whole or not at all, where a path is given."""
        return _written(as_csv(self.table(table)), path)

    def to_latex(
        self, path: str | Path | None = None, *, table: str = "", columns: Sequence[str] = ()
    ) -> str:
        """Return a table in LaTeX, for the package ``booktabs``.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it, whole or not at all.
        table : str
            By its name; the main one otherwise.
        columns : sequence of str
            Keys of the rows, in this order; what people read otherwise.

        Raises
        ------
        UnknownName
            For a table or column that is none, with the nearest right name.
        """
        return _written(as_latex(self.table(table), columns), path)

    def to_markdown(
        self, path: str | Path | None = None, *, table: str = "", columns: Sequence[str] = ()
    ) -> str:
        """Return a table in Markdown; parameters and errors are those of `to_latex`."""
        return _written(as_markdown(self.table(table), columns), path)

    def __repr__(self) -> str:
        """Return one line; ``str`` has the tables."""
        return f"<{type(self).__name__}: {self.headline}>"

    def __str__(self) -> str:
        """Return every table as text."""
        return "\n\n".join([self.headline, *(as_text(one) for one in self.tables() if one.rows)])

    def text(self, width: int | None = None) -> str:
        """Return it as text for a terminal of that many columns, where it can be made to fit."""
        del width
        return str(self)

    def picture(self) -> str:
        """Return the figure that a notebook shows beside the tables, as SVG; empty for none."""
        return ""

    def notes(self) -> Sequence[str]:
        """Return sentences without which the tables would be misunderstood."""
        return ()

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the headline, the figure, the tables and the notes."""
        parts = [f"<p>{html.escape(self.headline)}</p>", self.picture()]
        parts += [as_html(one) for one in self.tables() if one.rows]
        parts += [f"<p>{html.escape(one)}</p>" for one in self.notes()]
        return "\n".join(part for part in parts if part)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        write_text(Path(path), text)
    return text

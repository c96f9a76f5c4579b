"""What every result of an experiment can be written as: text, JSON, a page, tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.tabular.column_table import Table
from glyphlab._common.tabular.tabular import Tabular

__all__ = ["SCHEMA", "Document"]


class Document(Tabular):
    """A result: its text is ``str``, and everything else follows from its JSON document."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the document that ``--json`` prints, with its ``schema``."""

    @abstractmethod
    def to_html(self, path: str | Path) -> Path:
        """Write the page, one self-contained HTML file, and return its path."""

    def tables(self) -> Sequence[Table]:
        """Return the tables, the main one first."""
        return [Table("results", self.to_json()["rows"])]

    @property
    def headline(self) -> str:
        """What this is, in one line."""
        return f"{len(self.table().rows)} rows"

    def report(self, path: str | Path) -> Path:
        """Write the page, as `to_html` does."""
        return self.to_html(path)

"""What every result of an experiment can be written as: text, JSON, a page, tables."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.tabular.column_table import Table
from glyphlab._common.tabular.tabular import Tabular
from glyphlab.reporting.conversion.figure_files import write_figures
from glyphlab.reporting.pages.page import write_page
from glyphlab.reporting.pages.page_parts import Page

__all__ = ["SCHEMA", "Document"]


class Document(Tabular):
    """A result: its text is ``str``, and everything else follows from its JSON document."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the document that ``--json`` prints, with its ``schema``."""

    @abstractmethod
    def page(self) -> Page:
        """Return the page: sections of texts, tables and figures."""

    def to_html(self, path: str | Path) -> Path:
        """Write the page, one self-contained HTML file, and return its path."""
        write_page(Path(path), self.page())
        return Path(path)

    def to_figures(self, folder: str | Path) -> list[Path]:
        """Write every figure of the page as SVG, PDF and PNG, and return the files.

        Parameters
        ----------
        folder : str or Path
            Made where it is not there; files of the same names are replaced.

        Raises
        ------
        UsageError
            Where it is a file; nothing is written then.
        """
        return write_figures(Path(folder), self.page().figures())

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

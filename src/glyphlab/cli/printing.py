"""How results are printed: JSON or text on stdout, notes on stderr, tables in files."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import typer

from glyphlab._common.files import file_words
from glyphlab._common.progress import note
from glyphlab._common.tabular.table_forms import aligned
from glyphlab._common.tabular.tabular import FORMS, Tabular

__all__ = [
    "STDOUT",
    "Result",
    "TableFiles",
    "print_json",
    "print_result",
    "print_table",
    "write_figures",
    "write_report",
    "write_tables",
]

TableFiles = tuple[Path | None, Path | None, Path | None]
"""What ``--csv``, ``--latex`` and ``--markdown`` name."""
NO_TABLES: TableFiles = (None, None, None)
STDOUT = Path("-")


class Result(Protocol):
    """What a command shows: an audit, a comparison, a search."""

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``--json``."""
        ...


class _Reporting(Result, Protocol):
    def report(self, path: Path, /) -> object: ...

    def to_figures(self, folder: Path, /) -> list[Path]: ...


def print_json(document: Any) -> None:
    """Print one JSON document to stdout."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_result(result: Result, *, as_json: bool, tables: TableFiles = NO_TABLES) -> None:
    """Print a result to stdout, as one JSON document, a table or text; write its tables to files.

    Parameters
    ----------
    result : Result
    as_json : bool
    tables : (path, path, path)
        Files of CSV, LaTeX and Markdown, or None; ``-`` is stdout, and has the main table alone.
    """
    if isinstance(result, Tabular):
        write_tables(result, tables)
    if as_json:
        print_json(result.to_json())
    elif STDOUT not in tables:
        typer.echo(result.text(_terminal_width()) if isinstance(result, Tabular) else str(result))


def _terminal_width() -> int | None:
    """Return how many letters fit in a line of stdout; None where it is no terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def write_tables(result: Tabular, tables: TableFiles) -> None:
    """Write the tables of a result to the files that are named, and say which."""
    written = [
        where
        for form, path in zip(FORMS, tables, strict=True)
        for where in _tables_in(result, form, path)
    ]
    if written:
        what = "table" if len(written) == 1 else "tables"
        note(f"wrote the {what} {', '.join(map(str, written))}")


def _tables_in(result: Tabular, form: str, path: Path | None) -> list[Path]:
    """Write every table of a result in a form, and return where the files are."""
    if path is None:
        return []
    first, *rest = result.tables()
    main, others = first.name, [one.name for one in rest if one.rows]
    to_form = getattr(result, FORMS[form])
    if path == STDOUT:
        typer.echo(to_form(table=main), nl=False)
        if others:
            note(f"--{form} - prints the table '{main}'; a file has also {', '.join(others)}")
        return []
    places = {main: path}
    for name, word in zip(others, file_words(others), strict=True):
        places[name] = path.with_name(f"{path.stem}-{word}{path.suffix}")
    for name, place in places.items():
        to_form(place, table=name)
    return list(places.values())


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows of text to stdout under a head, each column as wide as it needs to be."""
    typer.echo(aligned(head, rows, [False] * len(head)))


def write_report(
    result: _Reporting,
    page: Path,
    *,
    as_json: bool,
    tables: TableFiles = NO_TABLES,
    figures: Path | None = None,
) -> None:
    """Write the page of a result and its figures, print the result, and say where they are."""
    result.report(page)
    print_result(result, as_json=as_json, tables=tables)
    write_figures(result, figures)
    note(f"wrote the page {page}")


def write_figures(result: _Reporting, folder: Path | None) -> None:
    """Write the figures of a result's page to a folder, and say how many there are."""
    if folder is not None:
        files = result.to_figures(folder)
        count = len({file.stem for file in files})
        figures = "1 figure" if count == 1 else f"{count} figures"
        note(f"wrote {figures} as SVG, PDF and PNG to {folder}")

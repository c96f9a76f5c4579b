"""How results are printed: one JSON document or text on stdout, notes on stderr."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import typer

from glyphlab._common.progress import note

__all__ = ["Result", "print_json", "print_result", "print_table", "write_report"]


class Result(Protocol):
    """What a command shows: an audit, a comparison, a search."""

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``--json``."""
        ...


class _Reporting(Result, Protocol):
    def report(self, path: Path, /) -> object: ...


def print_json(document: Any) -> None:
    """Print one JSON document to stdout."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))


def print_result(result: Result, *, as_json: bool) -> None:
    """Print a result to stdout, as one JSON document or as text."""
    if as_json:
        print_json(result.to_json())
    else:
        typer.echo(str(result))


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows of text to stdout under a head, each column as wide as it needs to be."""
    lines = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def write_report(result: _Reporting, page: Path, *, as_json: bool) -> None:
    """Write the page of a result, print the result, and say where the page is."""
    result.report(page)
    print_result(result, as_json=as_json)
    note(f"wrote the page {page}")

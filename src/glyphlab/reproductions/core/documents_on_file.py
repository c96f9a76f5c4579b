"""Rows that were measured by several commands, in one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.errors import DataError
from glyphlab._common.files import write_json
from glyphlab._common.untrusted import Unreadable, read_json
from glyphlab.reproductions.core.outcome import Outcome
from glyphlab.reproductions.core.verdicts.totals import totals_of

__all__ = ["gather", "rows_before"]

_TOLD = ("item", "report_error")
"""What the report says, whatever was measured: `reported.toml` alone holds it."""


def gather(outcome: Outcome, path: str | Path, *, known: Sequence[str]) -> Path:
    """Write measured rows into a document of the same reproduction, and leave its others.

    Rows that were not run take nothing away. Each keeps the scale and the commits that it was
    measured at; scale, command and machine of the document are those of its first writing.

    Parameters
    ----------
    outcome : Outcome
    path : path
        A file as ``glyphlab reproduce run --json`` prints it; written anew where there is none.
    known : sequence of str
        Ids of all rows that the reproduction has, in their order: the document's. Rows that it has
        no longer are dropped.

    Raises
    ------
    DataError
        Where the file is no such document, or another reproduction's.
    """
    path = Path(path)
    document = outcome.to_json()
    document.pop("items", None)
    document["rows"] = [
        {key: value for key, value in row.items() if key not in _TOLD}
        for row in outcome.rows
        if row["measured"] is not None
    ]
    before = rows_before(path, outcome.name)
    if before is not None:
        measured = {row["id"]: row for row in document["rows"]}
        had = {row["id"]: row for row in before["rows"]}
        rows = {**had, **measured}
        layout = {key: document[key] for key in ("schema", "paper")}  # of the file: maybe older
        rows_of = [rows[row] for row in known if row in rows]
        document = {**layout, **before, **layout, "totals": totals_of(rows_of), "rows": rows_of}
    write_json(path, document)
    return path


def rows_before(path: str | Path, name: str) -> dict[str, Any] | None:
    """Return the document of a reproduction that is in a file, or None where there is no file.

    Raises
    ------
    DataError
        Where the file is no such document, or another reproduction's.
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        before: dict[str, Any] = read_json(path)
        found = before["paper"]
        _ = [row["id"] for row in before["rows"]]
    except (Unreadable, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no document of `glyphlab reproduce run --json`: name one, or a file that "
            "is not there yet"
        ) from error
    if found != name:
        raise DataError(
            f"{path} is of '{found}', and these rows are of '{name}': name another file"
        )
    return before

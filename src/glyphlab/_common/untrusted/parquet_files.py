"""Parquet files from outside; the extra ``parquet`` reads them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.untrusted.json_documents import parse_json
from glyphlab._common.untrusted.limits import FILE_BYTES, TABLE_BYTES, in_words
from glyphlab._common.untrusted.plain_files import Unreadable, read_plain_file

__all__ = ["ParquetTable", "parse_parquet", "read_parquet"]

_ROWS = 1_000
"""Rows that are turned into Python's objects at a time."""


@dataclass(frozen=True)
class ParquetTable:
    """What a file holds.

    Attributes
    ----------
    columns : dict of str to list
        Those that were asked for, with Python's own numbers, text, bytes, lists and dicts.
    names : list of str
        All columns that the file has.
    features : dict
        What Hugging Face's library wrote of the columns; empty where it wrote nothing.
    """

    columns: dict[str, list[Any]]
    names: list[str]
    features: dict[str, Any]


def read_parquet(path: Path, wanted: Sequence[str]) -> ParquetTable:
    """Return the columns of a file that are among `wanted`; see `parse_parquet`."""
    return parse_parquet(read_plain_file(path, FILE_BYTES), path, wanted)


def parse_parquet(content: bytes, where: str | Path, wanted: Sequence[str]) -> ParquetTable:
    """Return the columns of a Parquet file that are among `wanted`.

    Raises
    ------
    UsageError
        Where the extra is not installed.
    Unreadable
        Where it is no such file, or unpacks to more than a table may have.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            f"{where} is Parquet, which the extra reads: pip install 'glyphlab[parquet]'"
        ) from error
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        names = list(file.schema_arrow.names)
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        size = sum(max(0, group.total_byte_size) for group in groups)
        if size > TABLE_BYTES or file.metadata.num_rows > TABLE_BYTES:
            raise Unreadable(
                where,
                f"it unpacks to {in_words(size)}, expected at most {in_words(TABLE_BYTES)}",
                "name a smaller file",
            )
        columns: dict[str, list[Any]] = {name: [] for name in wanted if name in names}
        held = 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=list(columns)):
            held += batch.nbytes
            if held > TABLE_BYTES:
                raise Unreadable(where, f"it unpacks to more than {in_words(TABLE_BYTES)}")
            for name, values in columns.items():
                values += batch.column(name).to_pylist()
        return ParquetTable(columns, names, _features(file.schema_arrow.metadata, where))
    except Unreadable:
        raise
    except Exception as error:  # pyarrow has many, and those of whatever it packs with
        raise Unreadable(where, f"it is no Parquet file ({error})") from error


def _features(metadata: dict[bytes, bytes] | None, where: str | Path) -> dict[str, Any]:
    if not metadata or b"huggingface" not in metadata:
        return {}
    document = parse_json(metadata[b"huggingface"], where)
    for key in ("info", "features"):
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}

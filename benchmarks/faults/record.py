"""How every script of ``make torture`` ends: its figures printed, and kept where asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glyphlab._common.files import write_json
from glyphlab.runs import record_head

__all__ = ["put_on_record"]

ENGINE = "trainings on the processor, one thread"


def put_on_record(
    script: str,
    content: Mapping[str, Any],
    *,
    record: Path | None,
    note: str | None,
    kept: Path | None = None,
) -> None:
    """Print the document of a script, and write it where a record is asked for.

    Parameters
    ----------
    script : str
        The file as it is called from the checkout, ``benchmarks/fuzz.py``.
    content : mapping
        What was tried, how often, and what came of it.
    record : Path, optional
    note : str, optional
        Such as what else was running.
    kept : Path, optional
        What was kept while it went on; not needed once the record is written.
    """
    document = {**record_head(script, [ENGINE]), **content, "note": note}
    print(json.dumps(document, indent=2, ensure_ascii=False))
    if record is not None:
        write_json(record, document)
        if kept is not None:
            kept.unlink(missing_ok=True)

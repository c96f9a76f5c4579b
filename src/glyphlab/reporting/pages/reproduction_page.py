"""The page of a reproduction: what was reported beside what was measured."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.reporting.pages.page import environment_rows, write_page

__all__ = ["write_reproduction_page"]

_OPTIONAL = dict.fromkeys(
    (
        "measured", "low", "high", "seeds", "protocol", "source", "claim", "why", "covers",
        "expected_low", "expected_high", "margin", "computed_from", "wide", "also_compatible",
    )
)  # fmt: skip
_PNG = b"\x89PNG\r\n\x1a\n"


def write_reproduction_page(
    path: Path,
    *,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    figures: Sequence[tuple[str, str | bytes]],
    command: str,
    env: Mapping[str, Any],
    totals: Sequence[str] = (),
) -> None:
    """Write the report of a reproduction as one HTML file.

    Parameters
    ----------
    path : Path
        Where to; written whole or not at all.
    title : str
        What the page is called.
    rows : sequence of mapping
        The rows of ``reproduce run --json``: ``id``, ``what``, ``metric``, ``reported``,
        ``measured``, ``low``, ``high``, ``seeds``, ``verdict``; where there are, ``protocol``,
        ``source``, ``why`` and ``claim``, such as ``above 0``, of rows whose number is the bound of
        a sentence; and ``expected_low``, ``expected_high``, ``margin``, ``computed_from``, ``wide``
        and ``also_compatible``, what the verdict was made with.
    figures : sequence of (str, str or bytes)
        Caption, and an SVG as text or bytes or a PNG as bytes, made by this program.
    command : str
        The command that makes the page again.
    env : mapping
        What it was made with.
    totals : sequence of str
        How many rows have which verdict, in words.

    Raises
    ------
    UsageError
        Where a figure is neither SVG nor PNG.
    """
    pictures = []
    for caption, data in figures:
        if isinstance(data, bytes) and data.startswith(_PNG):
            address = "data:image/png;base64," + base64.b64encode(data).decode()
            pictures.append({"caption": caption, "png": address, "svg": None})
            continue
        text = data.decode() if isinstance(data, bytes) else data
        if "<svg" not in text:
            raise UsageError(
                f"the figure '{caption}' is neither SVG nor PNG, expected one of them: "
                "draw it with glyphlab.reporting"
            )
        pictures.append({"caption": caption, "png": None, "svg": text[text.index("<svg") :]})
    write_page(
        path,
        "reproduction.html.j2",
        {
            "title": title,
            "rows": [{**_OPTIONAL, **row} for row in rows],
            "totals": list(totals),
            "figures": pictures,
            "command": command,
            "environment": environment_rows(env),
        },
    )

"""Pages: one self-contained HTML file each, with nothing fetched from anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glyphlab._common.files import write_text
from glyphlab._common.templates import templates_of
from glyphlab.reporting.pages.page_parts import Cell, Column, Page, Table

__all__ = ["environment_rows", "named_values", "page_text", "plain_text", "write_page"]

_TEMPLATE = "page.html.j2"
_MADE_WITH = ("glyphlab", "python", "torch", "platform", "cores", "threads", "gpu")
"""Of the environment, what stands on the page itself; all of it is behind the fold."""


def write_page(path: Path, page: Page) -> None:
    """Write a page, whole or not at all."""
    write_text(Path(path), page_text(page))


def page_text(page: Page) -> str:
    """Return a page as HTML; text is escaped, only figures made here are taken as they are."""
    environment = templates_of("glyphlab.reporting")
    environment.filters["figure"] = _figure
    environment.filters["drawn_width"] = _drawn_width
    known = dict(page.environment)
    text = environment.get_template(_TEMPLATE).render(
        page=page,
        sections=page.anchored(),
        made_with=[f"{key} {known[key]}" for key in _MADE_WITH if known.get(key, "–") != "–"],
        environment=named_values("Environment", page.environment),
    )
    return str(text)


def _figure(svg: str) -> Any:
    from markupsafe import Markup

    return Markup(svg)  # drawn by this package, which escapes the names in it


def _drawn_width(svg: str) -> str:
    """Return the width that a drawing was made for, in pixels: narrower its text gets small."""
    found = re.search(r'<svg[^>]*? width="([\d.]+)"', svg)
    return found[1] if found else "0"


def named_values(name: str, rows: Sequence[tuple[str, str]]) -> Table:
    """Return names and values as a table."""
    columns = [Column("name", left=True), Column("value", left=True)]
    return Table(name, columns, [[Cell(key), Cell(value)] for key, value in rows], "plain")


def environment_rows(env: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a page was made with, as rows of text."""
    return [(key.replace("_", " "), plain_text(value)) for key, value in env.items()]


def plain_text(value: Any) -> str:
    """Return a value of an environment as a person says it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {plain_text(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(plain_text, value))
    return str(value)

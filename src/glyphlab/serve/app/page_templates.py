"""Pages of the studio: templates around what an endpoint returns."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glyphlab._common.tabular.number_texts import number_text, seconds_text
from glyphlab._common.templates import templates_of
from glyphlab.serve.app.areas import Endpoint

if TYPE_CHECKING:
    from jinja2 import Environment

    from glyphlab.serve.app.studio import Studio

__all__ = ["page_text"]


def page_text(
    studio: Studio, endpoint: Endpoint | None, values: Mapping[str, Any], *, read_only: bool
) -> str:
    """Return a whole page.

    Parameters
    ----------
    studio : Studio
    endpoint : Endpoint or None
        None of the page that says why there is none.
    values : mapping
        What the template asks for; ``title`` takes the place of the endpoint's.
    read_only : bool
        Whether it is for a visitor who only looks.
    """
    here = [area.name for area in studio.areas if endpoint in area.endpoints]
    entries = [
        {"title": area.title, "path": area.path, "here": area.name in here}
        for area in studio.areas if area.title
    ]  # fmt: skip
    around = {
        "title": endpoint.title if endpoint else "This cannot be shown",
        "script": endpoint.script if endpoint else "",
        "entries": entries,
        "read_only": read_only,
        "folder": studio.settings.root.name or str(studio.settings.root),
        "out": _option_of(studio.settings.root),
    }
    template = endpoint.template if endpoint else "refused.html.j2"
    return _environment().get_template(template).render({**around, **values})


def _option_of(root: Path) -> str:
    """Return what a command needs besides to make runs of this folder; nothing of the usual one."""
    return "" if root == Path("runs") else f" --out {shlex.quote(str(root))}"


@functools.cache
def _environment() -> Environment:
    made = templates_of("glyphlab.serve")
    made.filters["seconds"] = seconds_text
    made.filters["number"] = number_text
    return made

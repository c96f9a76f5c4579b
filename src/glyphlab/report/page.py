"""Pages: one self-contained HTML file each, with nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glyphlab.files import write_text
from glyphlab.report.answer import signed
from glyphlab.report.canvas import SERIES

__all__ = ["write_page"]

_DIGITS = {
    "correlation": 2, "depth": 1, "distance": 2, "epochs": 1, "perplexity": 1, "ratio": 1,
    "seconds": 1,
}  # fmt: skip
"""Decimals of metrics that are known no better."""


def write_page(path: Path, template: str, values: Mapping[str, Any]) -> None:
    """Fill a template of this package and write the page, whole or not at all.

    Parameters
    ----------
    path : Path
        Where to.
    template : str
        File name in ``templates``.
    values : mapping
        What the template asks for; text is escaped, only figures made here are taken as they are.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("glyphlab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = _seconds
    environment.filters["p_value"] = _p_value
    environment.filters["points"] = signed
    environment.filters["number"] = _number
    environment.filters["figure"] = _figure
    environment.globals["series"] = [f"var(--s{place})" for place in range(len(SERIES))]
    write_text(path, environment.get_template(template).render(values))


def _figure(svg: str) -> Any:
    from markupsafe import Markup

    return Markup(svg)  # drawn by this package, which escapes the names in it


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 100:
        return f"{value:.1f} s"
    return f"{value / 60:.1f} min" if value < 6000 else f"{value / 3600:.1f} h"


def _number(value: float | None, metric: str = "") -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    size = abs(value)
    digits = _DIGITS.get(metric, 4 if size < 10 else 1 if size < 1000 else 0)
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _p_value(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"

"""Templates of Jinja2, read in one way wherever a page is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["templates_of"]


def templates_of(package: str) -> Environment:
    """Return the templates of a package's folder ``templates``.

    Text is escaped, and a value that nobody gave is an error.

    Parameters
    ----------
    package : str
        As ``glyphlab.reporting``.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

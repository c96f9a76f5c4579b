"""The figures of a page as files: SVG, PDF and PNG of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab._common.files import atomic_path, write_text
from glyphlab.reporting.conversion.svg_conversion import converted, on_its_own

__all__ = ["write_figures"]

RESOLUTION = 144
"""Dots an inch of a PNG: two for each pixel of the page."""


def write_figures(folder: Path, figures: Mapping[str, str]) -> list[Path]:
    """Write figures as SVG, PDF and PNG, each file whole or not at all.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    figures : mapping of str to str
        SVG by the name of the file, as `Page.figures` returns them.

    Raises
    ------
    UsageError
        Where the folder is a file, before anything is written.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, expected a folder for figures: name another")
    written = []
    for name, svg in figures.items():
        alone = on_its_own(svg)
        contents = {form: converted(alone, form, RESOLUTION) for form in ("pdf", "png")}
        target = folder / f"{name}.svg"
        write_text(target, alone)
        written.append(target)
        for form, content in contents.items():
            target = folder / f"{name}.{form}"
            with atomic_path(target) as temporary:
                temporary.write_bytes(content)
            written.append(target)
    return written

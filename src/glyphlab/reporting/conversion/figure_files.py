"""The figures of a page as files: SVG, PDF and PNG of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab._common.files import atomic_path, require_ending, write_text
from glyphlab.reporting.conversion.svg_conversion import converted, on_its_own

__all__ = ["FORMS", "write_figure", "write_figures"]

FORMS = ("svg", "pdf", "png")
"""What a figure is written as, by the end of the name of its file."""

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
    targets = [(folder / f"{name}.{form}", svg) for name, svg in figures.items() for form in FORMS]
    for target, svg in targets:
        write_figure(target, svg)
    return [target for target, _ in targets]


def write_figure(path: Path, svg: str) -> None:
    """Write a figure to an ``.svg``, ``.pdf`` or ``.png`` file, whole or not at all.

    Raises
    ------
    UsageError
        For a file with another name.
    """
    form = require_ending(path, FORMS)
    alone = on_its_own(svg)
    if form == "svg":
        write_text(path, alone)
        return
    content = converted(alone, form, RESOLUTION)
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)

"""What a page is made of: sections of texts, tables, figures and pictures, as plain data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from glyphlab._common.tabular.number_texts import signed

__all__ = [
    "Album",
    "Bars",
    "Cell",
    "Column",
    "Figure",
    "Fold",
    "Heading",
    "Items",
    "Link",
    "Page",
    "Part",
    "Row",
    "Section",
    "Table",
    "Text",
    "Tiles",
    "captioned",
    "cells",
    "figures_in",
    "points_cell",
    "share_cell",
    "slug",
]


@dataclass(frozen=True)
class Text:
    """A paragraph; its style is ``""``, ``lede`` or ``leak``, and `strong` stands before it."""

    text: str
    style: str = "lede"
    strong: str = ""
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Items:
    """Sentences, one below the other."""

    lines: Sequence[str]
    kind: ClassVar[str] = "items"


@dataclass(frozen=True)
class Link:
    """A line that leads to a page beside this one, by its file name."""

    text: str
    file: str
    kind: ClassVar[str] = "link"


@dataclass(frozen=True)
class Column:
    """A column of a table; words stand at its left, a verdict is marked, long words may wrap."""

    title: str
    left: bool = False
    verdict: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in a table: the interval and a note below it, a colour before it."""

    text: str
    interval: str = ""
    note: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first of each is what the row is called.

    The style ``plain`` is a list of names and values, ``heat`` shades its cells by `shares`, each
    row's from 0 to 1; a caption is shown above.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    style: str = ""
    caption: str = ""
    shares: Sequence[Sequence[float]] = ()
    kind: ClassVar[str] = "table"


@dataclass(frozen=True)
class Figure:
    """A drawing of this package.

    Attributes
    ----------
    name : str
        What it shows, for those who cannot see it; its file is called by it.
    svg : str
    caption : str
    shape : {'', 'wide', 'square'}
    numbers : Table, optional
        What is drawn, behind a fold.
    """

    name: str
    svg: str
    caption: str = ""
    shape: str = ""
    numbers: Table | None = None
    kind: ClassVar[str] = "figure"


@dataclass(frozen=True)
class Row:
    """Figures side by side where there is room."""

    figures: Sequence[Figure]
    kind: ClassVar[str] = "row"


@dataclass(frozen=True)
class Bars:
    """Shares by name, each with its text, as bars."""

    title: str
    rows: Sequence[tuple[str, float, str]]
    kind: ClassVar[str] = "bars"


@dataclass(frozen=True)
class Tiles:
    """Images with what was predicted, as `glyphlab.reporting.sections` makes them."""

    tiles: Sequence[Mapping[str, Any]]
    kind: ClassVar[str] = "tiles"


@dataclass(frozen=True)
class Album:
    """Pictures with a line below each: ``image`` (a data address), ``text`` and ``about``."""

    pictures: Sequence[Mapping[str, str]]
    kind: ClassVar[str] = "album"


@dataclass(frozen=True)
class Fold:
    """Parts that are shown when they are asked for; the style ``rows`` is printed all the same."""

    title: str
    parts: Sequence[Part]
    style: str = ""
    kind: ClassVar[str] = "fold"


Part = Text | Heading | Items | Link | Table | Figure | Row | Bars | Tiles | Album | Fold


@dataclass(frozen=True)
class Section:
    """A part of a page with a title."""

    title: str
    parts: Sequence[Part]

    @property
    def anchor(self) -> str:
        """Where the contents lead to."""
        return slug(self.title)


@dataclass(frozen=True)
class Page:
    """A page: what was asked, the answer, and what it rests on.

    Attributes
    ----------
    eyebrow, title, question : str
    sections : sequence of Section
        One without parts is left out.
    command : str
        What makes it again.
    environment : sequence of (str, str)
        What it was made with.
    answer : sequence of str
        Sentences.
    """

    eyebrow: str
    title: str
    question: str
    sections: Sequence[Section]
    command: str
    environment: Sequence[tuple[str, str]]
    answer: Sequence[str] = ()

    def figures(self) -> dict[str, str]:
        """Return every figure as SVG by the name of its file, in the order of the page."""
        found: dict[str, str] = {}
        for section in self.sections:
            for figure in _figures(section.parts):
                first = name = slug(figure.name)
                number = 1
                while name in found:
                    number += 1
                    name = f"{first}-{number}"
                found[name] = figure.svg
        return found


def figures_in(parts: Sequence[Part]) -> list[Figure]:
    """Return every figure of some parts, in their order."""
    return list(_figures(parts))


def _figures(parts: Sequence[Part]) -> Iterator[Figure]:
    for part in parts:
        if isinstance(part, Figure):
            yield part
        elif isinstance(part, Row):
            yield from part.figures
        elif isinstance(part, Fold):
            yield from _figures(part.parts)


def slug(text: str) -> str:
    """Return a text as a name of an anchor or a file: letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "part"


def captioned(caption: str, svg: str, numbers: Table | None = None) -> Figure:
    """Return a wide drawing that is called by the first sentence of its caption."""
    return Figure(caption.partition(".")[0], svg, caption, "wide", numbers)


def cells(*texts: str) -> list[Cell]:
    """Return texts as cells."""
    return [Cell(text) for text in texts]


def share_cell(mean: float, low: float | None, high: float | None) -> Cell:
    """Return a share in percent with its interval."""
    said = "" if low is None or high is None else f"{100 * low:.2f} – {100 * high:.2f}"
    return Cell(f"{100 * mean:.2f} %", said)


def points_cell(difference: float, low: float | None, high: float | None) -> Cell:
    """Return a difference of shares in points with its interval."""
    said = "" if low is None or high is None else f"{signed(low)} to {signed(high)}"
    return Cell(f"{signed(difference)} points", said)

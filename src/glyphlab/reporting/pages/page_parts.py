"""What a page is made of: sections of texts, tables, figures and pictures, as plain data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
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

_AGAIN = "again"
"""The anchor of the section that every page ends with."""
_BYTES = 80
"""Of a name; a file system takes 255."""


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
        shown = [one for section in self.sections for one in _figures(section.parts)]
        names = _names([figure.name for figure in shown])
        return {name: figure.svg for name, figure in zip(names, shown, strict=True)}

    def anchored(self) -> list[tuple[str, Section]]:
        """Return every section with parts, and where the contents lead to, in their order."""
        shown = [section for section in self.sections if section.parts]
        return list(zip(_names([one.title for one in shown], {_AGAIN}), shown, strict=True))


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
    """Return a text as a name of an anchor or a file: letters of any script, digits and dashes."""
    plain = "".join(map(_plain, unicodedata.normalize("NFKC", text).lower()))
    name = re.sub(r"[^a-z0-9\x80-\U0010ffff]+", "-", plain).strip("-")
    return name.encode()[:_BYTES].decode(errors="ignore") or "part"


def _plain(letter: str) -> str:
    """Return a letter without its accent, where that is one of ASCII; nothing for other signs."""
    base = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return base or (letter if unicodedata.category(letter)[0] in "LMN" else "")


def _names(texts: Sequence[str], taken: Collection[str] = ()) -> list[str]:
    """Return the `slug` of each text, numbered where it is taken."""
    found: list[str] = []
    for text in texts:
        first = name = slug(text)
        number = 1
        while name in found or name in taken:
            number += 1
            name = f"{first}-{number}"
        found.append(name)
    return found


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

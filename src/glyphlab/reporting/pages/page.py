"""Pages: one self-contained HTML file each, with nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from glyphlab._common.files import write_text
from glyphlab._common.tabular.number_texts import number_text, p_text, points, seconds_text, signed
from glyphlab.reporting.plots.canvas import SERIES

__all__ = [
    "Cell",
    "Column",
    "Figure",
    "Heading",
    "Link",
    "Part",
    "Section",
    "Table",
    "Text",
    "environment_rows",
    "plain_text",
    "points_cell",
    "share_cell",
    "write_experiment_page",
    "write_page",
]


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str
    kind: ClassVar[str] = "heading"


@dataclass(frozen=True)
class Link:
    """A line that leads to a page beside this one, by its file name."""

    text: str
    file: str
    kind: ClassVar[str] = "link"


@dataclass(frozen=True)
class Figure:
    """A drawing of this package, its name for those who cannot see it, and what stands below."""

    name: str
    svg: str
    caption: str = ""
    shape: str = ""
    kind: ClassVar[str] = "figure"


@dataclass(frozen=True)
class Column:
    """A column of a table; words stand at its left, and a verdict is marked."""

    title: str
    left: bool = False
    verdict: bool = False


@dataclass(frozen=True)
class Cell:
    """What stands in a table, with the interval below it."""

    text: str
    interval: str = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first of each is what the row is called."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    kind: ClassVar[str] = "table"


Part = Text | Heading | Link | Figure | Table


@dataclass(frozen=True)
class Section:
    """A part of a page with a title."""

    title: str
    parts: Sequence[Part]


def share_cell(mean: float, low: float | None, high: float | None) -> Cell:
    """Return a share in percent with its interval."""
    said = "" if low is None or high is None else f"{100 * low:.2f} – {100 * high:.2f}"
    return Cell(f"{100 * mean:.2f} %", said)


def points_cell(difference: float, low: float | None, high: float | None) -> Cell:
    """Return a difference of shares in points with its interval."""
    said = "" if low is None or high is None else f"{signed(low)} to {signed(high)}"
    return Cell(f"{signed(difference)} points", said)


def write_experiment_page(
    path: Path,
    *,
    eyebrow: str,
    title: str,
    question: str,
    sections: Sequence[Section],
    env: Mapping[str, Any],
    command: str,
    answer: Sequence[str] = (),
) -> None:
    """Write the page of an experiment: what was asked, the answer, and what it rests on.

    Parameters
    ----------
    path : Path
        Where to.
    eyebrow, title, question : str
    sections : sequence of Section
    env : mapping
        What it was made with.
    command : str
        What makes it again.
    answer : sequence of str
        Sentences.
    """
    write_page(
        path,
        "experiment.html.j2",
        {
            "eyebrow": eyebrow,
            "title": title,
            "question": question,
            "answer": answer,
            "sections": sections,
            "environment": environment_rows(env),
            "command": command,
        },
    )


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
        loader=PackageLoader("glyphlab.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = seconds_text
    environment.filters["p_value"] = p_text
    environment.filters["points"] = signed
    environment.filters["size"] = points
    environment.filters["number"] = number_text
    environment.filters["figure"] = _figure
    environment.globals["series"] = [f"var(--s{place})" for place in range(len(SERIES))]
    write_text(path, environment.get_template(template).render(values))


def _figure(svg: str) -> Any:
    from markupsafe import Markup

    return Markup(svg)  # drawn by this package, which escapes the names in it


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

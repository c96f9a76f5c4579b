"""The pictures of a report, each with ours or with a sentence that says why it is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from glyphlab.reporting.pages.page_parts import Heading, Part, Text
from glyphlab.reproductions.core.rows import Row
from glyphlab.runs import Run
from glyphlab.tasks import Task

__all__ = ["Named", "ReportFigure", "drawn"]

Named = Mapping[str, Sequence[Run]]
"""The finished runs of each model, those without any left out."""
_NAMED = 5
"""Models that a sentence names; of more it says how many."""


@dataclass(frozen=True)
class ReportFigure:
    """A picture of a report, and what draws ours.

    Attributes
    ----------
    id : str
        Short name, unique in its report; items of `reported.toml` name it.
    title : str
        What the report shows, or what of ours stands beside it.
    draw : callable
        From the task, or None where its data are not here, and the runs that are here to parts of a
        page; none where these are not enough.
    models : tuple of str
        Models whose runs it shows.
    data : bool
        Whether it shows the data themselves.
    """

    id: str
    title: str
    draw: Callable[[Task | None, Named], Sequence[Part]]
    models: tuple[str, ...] = ()
    data: bool = False

    @classmethod
    def of_data(cls, name: str, title: str, draw: Callable[[Task], Sequence[Part]]) -> Self:
        """Return a picture of the data alone."""
        return cls(name, title, lambda task, _runs: draw(task) if task else (), (), True)

    @classmethod
    def of_runs(
        cls, name: str, title: str, models: Iterable[str], draw: Callable[[Named], Sequence[Part]]
    ) -> Self:
        """Return a picture of finished runs alone."""
        return cls(name, title, lambda _task, runs: draw(runs), tuple(models))


def drawn(
    figures: Iterable[ReportFigure],
    task: Task | None,
    runs: Named,
    *,
    rows: Sequence[Row],
    name: str,
    source: str,
    every: bool = True,
) -> list[Part]:
    """Return the pictures of a report in its order, a heading each.

    Parameters
    ----------
    figures : iterable of ReportFigure
    task : Task or None
        None where the data are not here.
    runs : mapping
        Finished runs by model.
    rows : sequence of Row
        Those of the report: they say how a missing run is made.
    name : str
        The reproduction's.
    source : str
        What its data are fetched by.
    every : bool
        Whether a picture that cannot be drawn has a sentence in its place; otherwise it is left
        out, as where only some rows were asked for.
    """
    parts: list[Part] = []
    for figure in figures:
        here = {model: runs[model] for model in figure.models if runs.get(model)}
        missing = [model for model in figure.models if model not in here]
        possible = (task is not None or not figure.data) and (here or not figure.models)
        found = list(figure.draw(task, here)) if possible else []
        if found and missing:
            found.append(Text(f"Without {_listed(missing)}: {_how(missing, rows, name)}"))
        if not found and every:
            if figure.data and task is None:
                said = f"the data are not here. Fetch them with: glyphlab data fetch {source}"
            else:
                said = f"it needs finished runs of {_listed(missing or figure.models)}. "
                said += _how(missing or figure.models, rows, name).capitalize()
            found.append(Text(f"Not drawn: {said}"))
        if found:
            parts += [Heading(figure.title), *found]
    return parts


def _how(missing: Sequence[str], rows: Sequence[Row], name: str) -> str:
    """Return the command that trains these models: as few rows as name them all."""
    left, chosen = set(missing), []
    while left:
        best = max(rows, key=lambda row: (len(left & set(row.models)), -len(row.models)))
        if not left & set(best.models):
            break
        left -= set(best.models)
        chosen.append(best.id)
    ids = ",".join(chosen)
    return f"train them with: glyphlab reproduce run {name} --scale full --rows {ids}"


def _listed(models: Sequence[str]) -> str:
    if len(models) > _NAMED:
        return f"{len(models)} models, as {models[0]}"
    return ", ".join(models)

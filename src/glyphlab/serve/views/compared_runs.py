"""The area of runs: several beside each other, with their curves, intervals and paired tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, Field, StringConstraints

from glyphlab.runs.history import HISTORY, read_history
from glyphlab.serve.app.areas import NAME, Area, Content, Given
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.run_rows import RunRow, row_of

__all__ = ["AREA", "ComparedRuns", "RunsCompared", "SeveralRuns", "compare_page", "compared_curves",
           "compared_tests", "page_of_runs"]  # fmt: skip

AREA = Area("runs")

MOST = 40
"""Runs beside each other: more are no picture."""


class SeveralRuns(Given):
    """Runs by their names: ``?run=…&run=…``."""

    run: list[Annotated[str, StringConstraints(max_length=255, pattern=NAME)]] = Field(
        min_length=1, max_length=MOST, description="The names of runs' folders."
    )


class ComparedRuns(BaseModel):
    """Runs with what their epochs left, in the order of the request."""

    runs: list[RunRow]
    epochs: list[list[dict[str, Any]]]


class RunsCompared(BaseModel):
    """Rows with intervals, and paired tests, as ``compare --json`` has them."""

    rows: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    remarks: list[str]


@AREA.page("/compare", title="Runs compared", template="compare.html.j2", script="compare.js")
def compare_page(studio: Studio, given: SeveralRuns) -> Mapping[str, Any]:
    """Show several runs: curves as mean and band over seeds, intervals, paired tests."""
    names = list(dict.fromkeys(given.run))
    infos = [studio.runs.one(name)[0] for name in names]
    done = [info.name for info in infos if info.state == "done" and info.kind == "classifier"]
    return {
        "names": names,
        "done": done,
        "left": len(names) - len(done),
        "page": "/compare/page?" + urlencode([("run", name) for name in done]),
    }


@AREA.get("/compare/page", pool="figures", seconds=90, media=("text/html",))
def page_of_runs(studio: Studio, given: SeveralRuns) -> Content:
    """Return the page of finished runs, the same that ``glyphlab report`` writes."""
    folders = [studio.runs.find(name) for name in dict.fromkeys(given.run)]
    return Content(studio.pages.of(folders), "text/html; charset=utf-8",
                   policy=studio.pages.policy)  # fmt: skip


@AREA.get("/api/compare/curves")
def compared_curves(studio: Studio, given: SeveralRuns) -> ComparedRuns:
    """Return several runs with their epochs."""
    rows, epochs = [], []
    for name in dict.fromkeys(given.run):
        info, hidden = studio.runs.one(name)
        rows.append(RunRow(**row_of(info, hidden, studio.trainings)))
        found = [] if info.problem else read_history(info.path / HISTORY)
        epochs.append([dict(one) for one in found])
    return ComparedRuns(runs=rows, epochs=epochs)


@AREA.get("/api/compare/tests", pool="figures", seconds=90)
def compared_tests(studio: Studio, given: SeveralRuns) -> RunsCompared:
    """Return intervals and paired tests of finished runs of classifiers.

    Runs of one model that differ in the seed are taken together; models are tested where all were
    scored on the same images.
    """
    folders = [studio.runs.find(name) for name in dict.fromkeys(given.run)]
    found = studio.pages.document_of(folders)
    return RunsCompared(
        rows=found.get("rows", []), tests=found.get("tests", []), remarks=found.get("remarks", [])
    )

"""The area of runs: the list of all, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from glyphlab.serve.app.areas import Area
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.followed_runs import FollowedFolder
from glyphlab.serve.jobs.run_rows import RunRow, row_of

__all__ = ["AREA", "RunRows", "changes_of_runs", "list_of_runs", "runs_page"]

AREA = Area("runs", "Runs", "/runs")
FIRST = 50
"""Rows that the page comes with; its script shows the others, as soon as it has them."""


class RunRows(BaseModel):
    """The runs of the folder."""

    runs: list[RunRow]


@AREA.page("/runs", title="Runs", template="runs.html.j2", script="runs.js")
def runs_page(studio: Studio) -> Mapping[str, Any]:
    """Show the runs of the folder: filtered, sorted, grouped by everything but the seed."""
    found = studio.runs.all()
    shown = [info for name, info in found.runs.items() if name not in found.hidden]
    return {
        "runs": [row_of(info, False, studio.trainings) for info in shown[:FIRST]],
        "count": len(shown),
        "hidden": len(found.runs) - len(shown),
    }


@AREA.get("/api/runs")
def list_of_runs(studio: Studio) -> RunRows:
    """List the runs of the folder."""
    found = studio.runs.all()
    rows = (row_of(info, name in found.hidden, studio.trainings)
            for name, info in found.runs.items())  # fmt: skip
    return RunRows(runs=[RunRow(**row) for row in rows])


@AREA.stream("/api/runs/events")
def changes_of_runs(studio: Studio) -> FollowedFolder:
    """Follow the runs of the folder: events ``runs`` with those that changed and that went.

    The first event has all of them.
    """
    return FollowedFolder(studio.runs, studio.trainings)

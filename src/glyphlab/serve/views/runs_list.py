"""The area of runs: the list of all, the page of one, and what can be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from glyphlab.recipes.union import parse_recipe
from glyphlab.runs import Run, remove_run
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.followed.wishes import hide
from glyphlab.serve.app.areas import Area, Content, Given, OfRun
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.followed_runs import (
    FollowedFolder,
    FollowedRun,
    described,
    seconds_left,
)

__all__ = [
    "AREA",
    "Done",
    "Hide",
    "NewTraining",
    "RunDocument",
    "RunRow",
    "RunRows",
    "Stop",
    "changes_of_runs",
    "delete_run",
    "epochs_of_run",
    "hide_run",
    "list_of_runs",
    "one_run",
    "page_of_run",
    "resume_training",
    "run_page",
    "runs_page",
    "start_training",
    "stop_training",
]

AREA = Area("runs", "Runs", "/runs")

State = Literal[
    "waiting", "running", "stopping", "interrupted", "failed", "done", "other schema", "damaged"
]


class RunRow(BaseModel):
    """A run in a list."""

    name: str
    state: State
    epochs: int = Field(description="Epochs trained so far.")
    epochs_planned: int | None = Field(description="That the training has at most.")
    kind: str | None
    task: str | None
    data: str | None
    model: str | None
    seed: int | None
    exact_match: float | None = Field(description="On test images, from 0 to 1.")
    verdict: str | None = Field(description="Of a generator.")
    fit_seconds: float | None
    problem: str
    hidden: bool


class RunRows(BaseModel):
    """The runs of the folder."""

    runs: list[RunRow]


class RunDocument(BaseModel):
    """A run, with its recipe and what its epochs left."""

    run: RunRow
    recipe: dict[str, Any]
    epochs: list[dict[str, Any]]
    seconds_left: float | None


class Done(BaseModel):
    """What was done to a run."""

    run: str
    done: str


class Stop(Given):
    """How a training stops."""

    now: bool = Field(False, description="Between two batches, and not after the epoch.")


class Hide(Given):
    """Whether lists leave a run out."""

    hidden: bool = True


class NewTraining(Given):
    """A recipe to train, as ``recipe.json`` has it; keys that are left out have their defaults."""

    recipe: dict[str, Any]


@AREA.page("/runs", title="Runs", template="runs.html.j2", script="runs.js")
def runs_page(studio: Studio) -> Mapping[str, Any]:
    """Show every run of the folder."""
    rows = [described(info, studio.trainings) for info in studio.runs.all()]
    return {"runs": [row for row in rows if not row["hidden"]], "hidden": len(
        [row for row in rows if row["hidden"]])}  # fmt: skip


@AREA.page("/runs/{run}", title="Run", template="run.html.j2", script="run.js")
def run_page(studio: Studio, given: OfRun) -> Mapping[str, Any]:
    """Show one run: its state and curves, live, and its page once it is done."""
    document = one_run(studio, given)
    return {"title": given.run, "run": document.run, "recipe": document.recipe,
            "epochs": document.epochs, "seconds_left": document.seconds_left}  # fmt: skip


@AREA.get("/runs/{run}/page", lane="figures", seconds=60, media=("text/html",))
def page_of_run(studio: Studio, given: OfRun) -> Content:
    """Return the page of a finished run, the same that ``glyphlab report`` writes."""
    content = studio.pages.of([studio.folder_of(given.run)])
    return Content(content, "text/html; charset=utf-8", policy=studio.pages.policy)


@AREA.get("/api/runs")
def list_of_runs(studio: Studio) -> RunRows:
    """List the runs of the folder."""
    rows = [described(info, studio.trainings) for info in studio.runs.all()]
    return RunRows(runs=[RunRow(**row) for row in rows])


@AREA.stream("/api/runs/events")
def changes_of_runs(studio: Studio) -> FollowedFolder:
    """Follow the runs of the folder: events ``runs`` with those that changed and that went.

    The first event has all of them.
    """
    return FollowedFolder(studio.runs, studio.trainings)


@AREA.get("/api/runs/{run}")
def one_run(studio: Studio, given: OfRun) -> RunDocument:
    """Return one run, with its recipe and its epochs."""
    info = studio.runs.one(given.run)
    row = RunRow(**described(info, studio.trainings))
    if info.state in ("damaged", "other schema"):
        return RunDocument(run=row, recipe={}, epochs=[], seconds_left=None)
    run = Run(info.path, read_recipe(info.path))
    rows = [dict(one) for one in run.metrics()]
    left = seconds_left(rows, info.epochs_planned) if info.state == "running" else None
    return RunDocument(run=row, recipe=run.recipe, epochs=rows, seconds_left=left)


@AREA.stream("/api/runs/{run}/events")
def epochs_of_run(studio: Studio, given: OfRun, after: int) -> FollowedRun:
    """Follow one run: events ``epoch`` with each row, and ``state``.

    A browser that comes back gets the epochs after the last that it heard (``Last-Event-ID``).
    """
    studio.runs.find(given.run)
    return FollowedRun(studio.runs, studio.trainings, given.run, after)


@AREA.post("/api/runs", changes=True)
def start_training(studio: Studio, body: NewTraining) -> Done:
    """Train a recipe, in a process of its own."""
    recipe = parse_recipe(body.recipe, "the recipe")
    return Done(run=studio.trainings.start(recipe), done="started")


@AREA.post("/api/runs/{run}/resume", changes=True)
def resume_training(studio: Studio, given: OfRun) -> Done:
    """Resume the training of a run that is not finished."""
    studio.runs.find(given.run)
    studio.trainings.resume(given.run)
    return Done(run=given.run, done="resumed")


@AREA.post("/api/runs/{run}/stop", changes=True)
def stop_training(studio: Studio, given: OfRun, body: Stop) -> Done:
    """Stop the training of a run after this epoch; it keeps its checkpoint."""
    studio.runs.find(given.run)
    studio.trainings.stop(given.run, at_once=body.now)
    return Done(run=given.run, done="stops")


@AREA.post("/api/runs/{run}/hide", changes=True)
def hide_run(studio: Studio, given: OfRun, body: Hide) -> Done:
    """Leave a run out of lists, or show it again."""
    hide(studio.runs.find(given.run), hidden=body.hidden)
    return Done(run=given.run, done="hidden" if body.hidden else "shown")


@AREA.delete("/api/runs/{run}")
def delete_run(studio: Studio, given: OfRun) -> Done:
    """Delete a run and all that is in its folder."""
    remove_run(studio.runs.find(given.run))
    return Done(run=given.run, done="deleted")

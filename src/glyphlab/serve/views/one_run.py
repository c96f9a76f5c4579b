"""The area of runs: the page of one, its epochs as they end, and what can be done to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from glyphlab.recipes.overrides import keys_of
from glyphlab.runs import Run, remove_run
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.followed.wishes import hide
from glyphlab.serve.app.areas import Area, Content, Given, OfRun
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.followed_runs import FollowedRun
from glyphlab.serve.jobs.new_recipes import changed_recipe, new_recipe
from glyphlab.serve.jobs.run_rows import RunRow, row_of
from glyphlab.serve.own_data.own_sources import folders_by_name

__all__ = [
    "AREA",
    "DoneToRun",
    "Hide",
    "NewTraining",
    "OneChange",
    "RunDocument",
    "SaidOfRun",
    "Stop",
    "delete_run",
    "epochs_of_run",
    "hide_run",
    "one_run",
    "page_of_run",
    "resume_training",
    "run_again",
    "run_page",
    "start_training",
    "stop_training",
    "words_of_run",
]

AREA = Area("runs")


class RunDocument(BaseModel):
    """A run, with its recipe and what its epochs left."""

    run: RunRow
    recipe: dict[str, Any]
    epochs: list[dict[str, Any]]


class SaidOfRun(BaseModel):
    """What the process of a training said last, where this studio started it."""

    run: str
    words: str


class DoneToRun(BaseModel):
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


class OneChange(Given):
    """What is other in a training like a run's."""

    changes: list[Annotated[str, StringConstraints(max_length=1_000)]] = Field(
        default=[], max_length=20, description="Each ``key.path=value``, as training.epochs=3."
    )
    seed: int | None = Field(None, ge=0, lt=2**31, description="The same where it is left out.")


@AREA.page("/runs/{run}", title="Run", template="run.html.j2", script="run.js")
def run_page(studio: Studio, given: OfRun) -> Mapping[str, Any]:
    """Show one run: its state and curves, live, and its page once it is done."""
    found = one_run(studio, given)
    keys = sorted(key for key in keys_of(found.recipe) if "." in key)
    return {"title": given.run, "run": found.run, "recipe": found.recipe, "epochs": found.epochs,
            "recipe_text": json.dumps(found.recipe, indent=2, ensure_ascii=False), "keys": keys,
            "words": studio.trainings.words_of(given.run)}  # fmt: skip


@AREA.get("/runs/{run}/page", pool="figures", seconds=60, media=("text/html",))
def page_of_run(studio: Studio, given: OfRun) -> Content:
    """Return the page of a finished run, the same that ``glyphlab report`` writes."""
    content = studio.pages.of([studio.folder_of(given.run)])
    return Content(content, "text/html; charset=utf-8", policy=studio.pages.policy)


@AREA.get("/api/runs/{run}")
def one_run(studio: Studio, given: OfRun) -> RunDocument:
    """Return one run, with its recipe and its epochs."""
    info, hidden = studio.runs.one(given.run)
    row = RunRow(**row_of(info, hidden, studio.trainings))
    if info.problem:
        return RunDocument(run=row, recipe={}, epochs=[])
    run = Run(info.path, read_recipe(info.path))
    return RunDocument(run=row, recipe=run.recipe, epochs=[dict(one) for one in run.metrics()])


@AREA.get("/api/runs/{run}/words")
def words_of_run(studio: Studio, given: OfRun) -> SaidOfRun:
    """Return what the process of a training said last on its stderr."""
    studio.runs.find(given.run)
    return SaidOfRun(run=given.run, words=studio.trainings.words_of(given.run))


@AREA.stream("/api/runs/{run}/events")
def epochs_of_run(studio: Studio, given: OfRun, after: int) -> FollowedRun:
    """Follow one run: events ``epoch`` with each row, and ``state``.

    A browser that comes back gets the epochs after the last that it heard (``Last-Event-ID``).
    """
    studio.runs.find(given.run)
    return FollowedRun(studio.runs, studio.trainings, given.run, after)


@AREA.post("/api/runs", changes=True)
def start_training(studio: Studio, body: NewTraining) -> DoneToRun:
    """Train a recipe, in a process of its own."""
    settings = studio.settings
    recipe = new_recipe(body.recipe, settings.data_dir, folders_by_name(settings))
    return _done(studio, studio.trainings.start(recipe), "started")


@AREA.post("/api/runs/{run}/again", changes=True)
def run_again(studio: Studio, given: OfRun, body: OneChange) -> DoneToRun:
    """Train the recipe of a run again, with other values of some keys, or another seed."""
    folder = studio.folder_of(given.run)
    recipe = changed_recipe(
        read_recipe(folder), body.changes, body.seed, studio.settings.data_dir,
        folders_by_name(studio.settings),
    )  # fmt: skip
    return _done(studio, studio.trainings.start(recipe), "started")


@AREA.post("/api/runs/{run}/resume", changes=True)
def resume_training(studio: Studio, given: OfRun) -> DoneToRun:
    """Resume the training of a run that is not finished."""
    studio.runs.find(given.run)
    studio.trainings.resume(given.run)
    return _done(studio, given.run, "resumed")


@AREA.post("/api/runs/{run}/stop", changes=True)
def stop_training(studio: Studio, given: OfRun, body: Stop) -> DoneToRun:
    """Stop the training of a run after this epoch; it keeps its checkpoint."""
    studio.runs.find(given.run)
    studio.trainings.stop(given.run, at_once=body.now)
    return _done(studio, given.run, "asked to stop")


@AREA.post("/api/runs/{run}/hide", changes=True)
def hide_run(studio: Studio, given: OfRun, body: Hide) -> DoneToRun:
    """Leave a run out of lists, or show it again."""
    hide(studio.runs.find(given.run), hidden=body.hidden)
    return _done(studio, given.run, "hidden" if body.hidden else "shown again")


@AREA.delete("/api/runs/{run}")
def delete_run(studio: Studio, given: OfRun) -> DoneToRun:
    """Delete a run and all that is in its folder."""
    remove_run(studio.runs.find(given.run))
    return _done(studio, given.run, "deleted")


def _done(studio: Studio, run: str, done: str) -> DoneToRun:
    studio.runs.changed()
    return DoneToRun(run=run, done=done)

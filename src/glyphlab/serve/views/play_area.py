"""The area Play: choose, train within seconds, and watch curve, mistakes and weights change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from glyphlab._common.errors import GlyphlabError, RunError
from glyphlab.models import count_parameters
from glyphlab.runs import Run, RunInfo
from glyphlab.runs.documents import read_recipe
from glyphlab.runs.history import HISTORY, read_history
from glyphlab.serve.app.areas import Area, Content, Given, OfRun
from glyphlab.serve.app.studio import Studio
from glyphlab.serve.jobs.followed_runs import FollowedRun
from glyphlab.serve.jobs.run_rows import RunRow, row_of
from glyphlab.serve.playing.followed_try import FollowedTry
from glyphlab.serve.playing.play_choices import (
    NAME,
    STRATEGIES,
    PlayChoice,
    choice_of,
    play_recipe,
    ranges,
    strategies_of,
)
from glyphlab.serve.playing.play_data import COLUMNS, SHOWN, ceiling_words, play_data
from glyphlab.serve.playing.watched_trainings import watched
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.checkpoint import CHECKPOINT
from glyphlab.training.identity import identified
from glyphlab.training.initial_net import make_net
from glyphlab.training.targets import strategy_for

__all__ = [
    "AREA",
    "OneTry",
    "PlayForesight",
    "PlayPage",
    "StartedTry",
    "Tries",
    "TryRow",
    "events_of_try",
    "list_of_tries",
    "one_try",
    "pictures_of_try",
    "play_foresight",
    "play_page",
    "start_play",
]

AREA = Area("play", "Play", "/play")
MOST = 20
"""Tries that are listed, the newest first."""


class PlayPage(Given):
    """Which try the page shows."""

    run: Annotated[str, StringConstraints(max_length=255)] = ""


class PlayForesight(BaseModel):
    """What is known of a choice before it is trained."""

    ceiling: float = Field(description="Highest share of test images open to the strategy.")
    ceilings: dict[str, float] = Field(description="The same of every strategy for the task.")
    words: str
    parameters: int = Field(description="Of the net.")
    steps: int = Field(description="Of the optimizer, in all epochs.")
    train: int
    validation: int
    test: int
    remarks: list[str]


class StartedTry(BaseModel):
    """A training of Play, and whether it was there already."""

    run: str
    done: str = Field(description="started, finished already, or followed")


class TryRow(BaseModel):
    """One training of Play."""

    row: RunRow
    choice: PlayChoice
    validation: float | None = Field(description="Best exact match on validation images, 0 to 1.")


class Tries(BaseModel):
    """Trainings of Play, the newest first."""

    tries: list[TryRow]


class OneTry(BaseModel):
    """A training of Play with its curve, and the validation images that are watched."""

    row: RunRow
    choice: PlayChoice
    epochs: list[dict[str, Any]]
    ceiling: float
    truths: list[str] = Field(description="Labels of the watched validation images.")
    height: int = Field(description="Of one image, in pixels.")
    width: int
    columns: int = Field(description="Images in a row of the picture that has them all.")
    validation: int
    test: int


@AREA.page("/play", title="Play", template="play.html.j2", script="play.js")
def play_page(studio: Studio, given: PlayPage) -> Mapping[str, Any]:
    """Show what can be chosen, the training that runs, and the tries so far."""
    del studio
    options = {
        "tasks": {
            task: [{"name": name, "about": about} for name, about in strategies_of(task)]
            for task in STRATEGIES
        },
        "usual": PlayChoice().model_dump(),
        "ranges": [one.model_dump() for one in ranges()],
    }
    return {"options": options, "shown": given.run, "ranges": ranges(), "most": MOST}


@AREA.get("/api/play/foresight", pool="figures", seconds=60)
def play_foresight(studio: Studio, given: PlayChoice) -> PlayForesight:
    """Say what a choice can reach, before anything is trained.

    It is the audit's ceiling: the highest share of test images open to the strategy.
    """
    del studio
    recipe = play_recipe(given)
    data = play_data(recipe.task)
    found = data.audit
    ceiling = found.ceilings[given.strategy]
    train = len(data.task.train)
    net = make_net(recipe, strategy_for(recipe, data.task), *data.task.train.images.shape[1:])
    return PlayForesight(
        ceiling=ceiling,
        ceilings={name: found.ceilings[name] for name in STRATEGIES[given.task]},
        words=ceiling_words(given.strategy, ceiling),
        parameters=count_parameters(net),
        steps=given.epochs * max(1, -(-train // recipe.training.batch_size)),
        train=train, validation=len(data.task.val), test=len(data.task.test),
        remarks=[*found.leaks, *found.remarks],
    )  # fmt: skip


@AREA.post("/api/play", changes=True)
def start_play(studio: Studio, body: PlayChoice) -> StartedTry:
    """Train a choice in a process of its own.

    One that was trained already is not trained again, and one that is being trained is followed.
    """
    recipe = play_recipe(body)
    folder = identified(recipe, studio.settings.root).path_in(studio.settings.root)
    run = Run(folder, recipe.content())
    if run.is_done:
        return StartedTry(run=run.name, done="finished already")
    trained = studio.trainings.state_of(run.name) is not None
    if trained or (folder.is_dir() and run.is_locked):
        return StartedTry(run=run.name, done="followed")
    frames = watched(folder)
    if not (folder / CHECKPOINT).exists():
        frames.forget()
    name = studio.trainings.start(recipe)
    studio.runs.changed()
    frames.watch()
    return StartedTry(run=name, done="started")


@AREA.get("/api/play/tries")
def list_of_tries(studio: Studio) -> Tries:
    """List the trainings of Play, the newest first."""
    found = studio.runs.all()
    own = [
        info
        for name, info in found.runs.items()
        if info.model == NAME and info.kind == "classifier" and name not in found.hidden
    ]
    own.sort(key=_began, reverse=True)
    rows = (_try_row(studio, info) for info in own[:MOST])
    return Tries(tries=[one for one in rows if one is not None])


def _began(info: RunInfo) -> float:
    try:
        return (info.path / "recipe.json").stat().st_mtime
    except OSError:
        return 0.0


def _try_row(studio: Studio, info: RunInfo) -> TryRow | None:
    try:
        choice = choice_of(read_recipe(info.path))
        lines = read_history(info.path / HISTORY)
    except GlyphlabError:
        return None
    if choice is None:
        return None
    scores = [line["val_exact_match"] for line in lines if "val_exact_match" in line]
    row = RunRow(**row_of(info, False, studio.trainings))
    return TryRow(row=row, choice=choice, validation=max(scores, default=None))


@AREA.get("/api/play/{run}", pool="figures", seconds=60)
def one_try(studio: Studio, given: OfRun) -> OneTry:
    """Return a training of Play with its curve, and what its pictures show."""
    info, hidden = studio.runs.one(given.run)
    choice = _choice(studio, given.run)
    data = play_data(play_recipe(choice).task)
    height, width = data.task.val.images.shape[1:]
    return OneTry(
        row=RunRow(**row_of(info, hidden, studio.trainings)), choice=choice,
        epochs=[dict(one) for one in read_history(info.path / HISTORY)],
        ceiling=data.audit.ceilings[choice.strategy], truths=data.truths[:SHOWN],
        height=height, width=width, columns=COLUMNS,
        validation=len(data.task.val), test=len(data.task.test),
    )  # fmt: skip


@AREA.get("/api/play/{run}/pictures", pool="figures", seconds=60, media=("image/png",))
def pictures_of_try(studio: Studio, given: OfRun) -> Content:
    """Return the validation images that are watched, row by row, as one picture."""
    recipe: TaskRecipe = play_recipe(_choice(studio, given.run)).task
    return Content(play_data(recipe).picture, "image/png")


@AREA.stream("/api/play/{run}/events")
def events_of_try(studio: Studio, given: OfRun, after: int) -> FollowedTry:
    """Follow a training of Play: ``epoch`` and ``state`` as of a run, and ``frame`` after each.

    A frame has the first layer's weights and what is predicted of each watched image.
    """
    _choice(studio, given.run)
    folder = studio.runs.find(given.run)
    followed = FollowedRun(studio.runs, studio.trainings, given.run, after)
    frames = watched(folder)
    frames.watch()
    return FollowedTry(followed, frames)


def _choice(studio: Studio, run: str) -> PlayChoice:
    folder = studio.runs.find(run)
    found = choice_of(read_recipe(folder))
    if found is None:
        raise RunError(f"{run} is no training of Play: its page is under Runs")
    return found

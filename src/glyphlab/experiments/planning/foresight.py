"""What a comparison would train, detect and take, before anything is trained."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glyphlab._common.document_schema import SCHEMA
from glyphlab._common.errors import UsageError
from glyphlab._common.progress import note
from glyphlab._common.tabular.column_table import Table
from glyphlab._common.tabular.tabular import Tabular
from glyphlab.experiments.planning.comparison_plan import ComparisonPlan
from glyphlab.experiments.planning.known_times import known_seconds
from glyphlab.experiments.planning.minutes import (
    Chosen,
    choose,
    kept_plan,
    plan_file,
    write_plan,
)
from glyphlab.experiments.planning.side_by_side import at_once_words, runs_at_once, span
from glyphlab.experiments.planning.time_estimates import Cost, cost_of, is_drawn, sizes_of
from glyphlab.metrics.power import SAYS_NOTHING
from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.tasks import Task
from glyphlab.tasks.audit.detectable import assumptions, detectable_by
from glyphlab.training.identity import identified

__all__ = ["Foresight", "chosen_for", "costs_of", "foresee", "plan_document"]


@dataclass(frozen=True, repr=False)
class Foresight(Tabular):
    """What a comparison would train, with the time and the difference it would detect.

    Attributes
    ----------
    task, protocol, command : str
    rows : list of dict
        One a model: ``model, trainings, trials, finished, epochs, seconds, how``; ``seconds`` are
        of one training.
    minutes : float
        Until all trainings are finished that are not.
    detectable : dict
        ``rows`` of ``accuracy`` and ``difference``, and what is ``assumed``; empty for one seed.
    plan : dict or None
        What a plan for a time came to.
    at_once : int
        Trainings that run at once; trials of a search follow one another.
    """

    task: str
    protocol: str
    command: str
    rows: list[dict[str, Any]]
    minutes: float
    detectable: dict[str, Any]
    plan: dict[str, Any] | None = None
    at_once: int = 1

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab compare --plan --json``."""
        return {
            "schema": SCHEMA,
            "task": self.task,
            "protocol": self.protocol,
            "trainings": sum(row["trainings"] - row["finished"] for row in self.rows),
            "minutes": self.minutes,
            "at_once": self.at_once,
            "rows": self.rows,
            "detectable": self.detectable,
            "plan": self.plan,
            "command": self.command,
        }

    def tables(self) -> list[Table]:
        """Return a row a model."""
        return [Table("plan", self.rows)]

    @property
    def headline(self) -> str:
        """What would be trained."""
        left = sum(row["trainings"] - row["finished"] for row in self.rows)
        return f"{left} trainings on {self.task}, about {self._time}"

    @property
    def _time(self) -> str:
        return _in_words(self.minutes) + (at_once_words(self.at_once) or " on this machine")

    def __str__(self) -> str:
        width = max(5, *(len(row["model"]) for row in self.rows))
        lines = [
            self.protocol,
            "",
            f"{'model':<{width}}  trainings  finished  epochs  seconds each  estimated by",
        ]
        for row in self.rows:
            epochs = "–" if row["epochs"] is None else row["epochs"]
            lines.append(
                f"{row['model']:<{width}}  {row['trainings']:>9}  {row['finished']:>8}  "
                f"{epochs:>6}  {row['seconds']:>12.1f}  {row['how']}"
            )
        left = sum(row["trainings"] - row["finished"] for row in self.rows)
        trials = sum(row["trials"] for row in self.rows)
        searched = f" after {trials} trials of a search" if trials else ""
        lines += ["", f"{left} trainings{searched}, about {self._time}"]
        if self.detectable:
            lines += [_detected(self.detectable), self.detectable["assumed"]]
        else:
            lines.append("one seed detects no difference: give --seeds 3 or more")
        if self.plan is not None:
            lines += ["", str(self.plan["sentence"])]
        said = "nothing was trained; the same without --plan:"
        if self.plan is not None:
            said = "nothing was trained; the plan is kept for the same without --plan:"
        return "\n".join([*lines, "", said, self.command])


def _in_words(minutes: float) -> str:
    if minutes < 1:
        return f"{60 * minutes:.0f} seconds"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"


def costs_of(plan: ComparisonPlan, task: Task, root: Path, *, quiet: bool) -> dict[str, Cost]:
    """Return what one training of each model costs, by earlier runs or a few timed steps."""
    firsts = [recipes[0] for recipes in plan.recipes.values()]
    if not quiet and any(
        isinstance(one, Recipe) and known_seconds(one, root) is None for one in firsts
    ):
        note("a few steps of each model are timed, where no earlier run says how long it takes")
    return {model: cost_of(recipes, task, root) for model, recipes in plan.recipes.items()}


def foresee(
    plan: ComparisonPlan,
    task: Task,
    root: Path,
    chosen: Chosen | None = None,
    *,
    drawings: Sequence[ComparisonPlan] = (),
    trials: int = 0,
    quiet: bool,
) -> Foresight:
    """Return what a plan would train, take and detect; a few steps are timed, and left.

    `drawings` are the plans on all drawings of the data, where there are several; what is detected
    is said of one. `trials` of each model are searched before. All models are classifiers.
    """
    costs = costs_of(plan, task, root, quiet=quiet)
    sizes = sizes_of(task)
    epochs = _epochs(plan.recipes)
    rows = []
    left: list[float] = []
    searching = 0.0
    for model, recipes in plan.recipes.items():
        there = sum(_is_done(recipe, task, root) for recipe in recipes)
        for other in drawings[1:]:
            there += sum(_is_done(recipe, None, root) for recipe in other.recipes[model])
        trainings = len(recipes) * max(len(drawings), 1)
        seconds = costs[model].seconds(sizes, epochs.get(model, 1))
        left += [seconds] * (trainings - there)
        searching += seconds * trials
        rows.append(
            {
                "model": model, "trainings": trainings, "trials": trials, "finished": there,
                "epochs": epochs.get(model), "seconds": seconds, "how": costs[model].how,
            }
        )  # fmt: skip
    seeds = max(map(len, plan.recipes.values()))
    detectable = _detectable(task, seeds, len(rows))
    at_once = _at_once(plan)
    return Foresight(
        task.name, task.protocol, plan.command, rows, (searching + span(left, at_once)) / 60,
        detectable, None if chosen is None else plan_document(chosen, task, len(rows)), at_once,
    )  # fmt: skip


def _at_once(plan: ComparisonPlan) -> int:
    return runs_at_once(one for recipes in plan.recipes.values() for one in recipes)


def _detectable(task: Task, seeds: int, models: int) -> dict[str, Any]:
    """Return what N seeds of these models detect on a test set; empty where they detect none."""
    if seeds < 2 or len(task.test) < 2:
        return {}
    found = detectable_by(task.test, seeds, max(2, models))
    return {
        "seeds": seeds,
        "rows": [{"accuracy": one.accuracy, "difference": one.detectable} for one in found],
        "assumed": assumptions(found[0]),
    }


def _detected(detectable: Mapping[str, Any]) -> str:
    """Return what `_detectable` found in words."""
    if detectable["rows"][-1]["difference"] > SAYS_NOTHING:
        return "There are too few images or seeds to say which difference such comparisons detect"
    found = ", ".join(
        f"{100 * row['difference']:.2f} points at an accuracy of {row['accuracy']:.0%}"
        for row in detectable["rows"]
    )
    return f"8 of 10 such comparisons detect a difference of {found}"


def plan_document(chosen: Chosen, task: Task, models: int) -> dict[str, Any]:
    """Return what a plan for a time came to, with the difference that it detects."""
    document = chosen.to_json()
    detectable = _detectable(task, chosen.seeds, models)
    if detectable:
        document["sentence"] += f" {_detected(detectable)}."
    return {**document, "detectable": detectable}


def chosen_for(
    minutes: float, plan: ComparisonPlan, task: Task, root: Path, began: float, *, drawn: bool,
    quiet: bool,
) -> Chosen:  # fmt: skip
    """Return the images, epochs and seeds that fit in a time; those chosen before, if any.

    Parameters
    ----------
    minutes : float
        Above 0.
    plan : ComparisonPlan
        With all images there are.
    task : Task
        As the plan has it.
    root : Path
        Folder of runs, in which the plan is kept.
    began : float
        When the time began, by `time.monotonic`.
    drawn : bool
        Whether any number of images may be drawn.

    Raises
    ------
    UsageError
        Where the time is none, or too short.
    """
    if not 0 < minutes < float("inf"):
        raise UsageError(f"--minutes {minutes:g}: expected a time above 0, as --minutes 10")
    first = {model: recipes[0] for model, recipes in plan.recipes.items()}
    if 60 * minutes < len(first):
        raise UsageError(
            f"--minutes {minutes:g} is less than a second for each of {len(first)} models: give "
            "more minutes or fewer models"
        )
    at_once = _at_once(plan)
    asked = {"minutes": minutes, "models": {name: one.hash for name, one in first.items()}}
    asked |= {} if at_once == 1 else {"at_once": at_once}
    path = plan_file(root, asked)
    if (kept := kept_plan(path)) is not None:
        if not quiet:
            note(f"the plan of {path} is resumed")
        return kept
    costs = costs_of(plan, task, root, quiet=quiet)
    sizes = sizes_of(task)
    grid = plan.task.generalization_grid if sizes.grid else 0
    chosen = choose(
        minutes, time.monotonic() - began, costs, sizes, _epochs(plan.recipes),
        {name: one.has_chance for name, one in first.items()},
        drawn=drawn and is_drawn(plan.task), grid=grid, cells=sizes.grid // grid if grid else 0,
        at_once=at_once,
    )  # fmt: skip
    write_plan(path, chosen)
    if not quiet:
        note(f"{chosen.sentence} It is kept in {path}")
    return chosen


def _epochs(recipes: Mapping[str, Sequence[BaseRecipe]]) -> dict[str, int]:
    """Return the epochs of each model that is trained in epochs."""
    firsts = {model: of_model[0] for model, of_model in recipes.items()}
    return {
        model: one.training.epochs
        for model, one in firsts.items()
        if isinstance(one, Recipe) and not one.model.is_estimator
    }


def _is_done(recipe: BaseRecipe, task: Task | None, root: Path) -> bool:
    return (identified(recipe, root, task=task).path_in(root) / "done").exists()

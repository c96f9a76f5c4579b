"""Run the stages of a study: ask, train, write down, and resume what a kill has cut off."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial, TrialState

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab.experiments.countdown import Countdown, Name
from glyphlab.experiments.experiment import outcomes, trained
from glyphlab.experiments.search.definition import StageDefinition, StudyDefinition
from glyphlab.experiments.search.gain import as_result, gain_interval
from glyphlab.experiments.search.journal import Journal, StageJournal
from glyphlab.experiments.search.objective import Objective, objective_of
from glyphlab.experiments.search.proposals import Pruner, decode, propose
from glyphlab.experiments.search.rounds import round_end, round_start, side_by_side
from glyphlab.experiments.search.space import Space
from glyphlab.experiments.search.study_result import StageResult
from glyphlab.experiments.search.trials import trial_recipe
from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.runs import Run, recipe_hash
from glyphlab.training.events import Epoch, Event
from glyphlab.training.identity import LoadedTasks, identified
from glyphlab.training.train_many import Failed

__all__ = ["Engine", "journal_name"]


def journal_name(study: StudyDefinition, place: int, frozen: Mapping[str, Any]) -> str:
    """Return what the journal calls a stage.

    The hash is of all that its trials depend on beside their number, so that a stage whose frozen
    values change (because more trials were added to the one before) begins anew.
    """
    stage = study.stages[place]
    content = {"base": study.base, "frozen": dict(frozen), "space": stage.space}
    return f"{place + 1}-{stage.name}-{recipe_hash(content)}"


class _Stopped(Exception):
    """Ends a training that the pruner gave up."""


@dataclass
class _Outcome:
    """What the trainings of one trial have come to so far."""

    scores: list[float] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    seconds: float = 0.0
    epochs: int = 0
    reason: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    finished: list[Run] = field(default_factory=list)

    def add(self, outcome: Run | Failed, objective: Objective) -> None:
        """Hear of one more training."""
        if isinstance(outcome, TrainingDiverged):
            self.reason = self.reason or f"diverged: {outcome}"
        elif isinstance(outcome, RecipeError):
            self.reason = self.reason or f"no recipe: {outcome}"
        else:
            self.scores.append(objective.score(outcome))
            self.finished.append(outcome)
            self.runs.append(outcome.name)
            self.seconds += outcome.summary.fit_seconds
            self.epochs += outcome.summary.epochs_run


class Engine:
    """Runs the stages of one study in its folder.

    Parameters
    ----------
    study : StudyDefinition
        Its base says precision and device, so that a trial can be trained again to the same value.
    folder : Path
        The study's; trials train in ``trials/`` of it.
    tasks : LoadedTasks
        Tasks without their test set.
    command : str
        What was typed.
    countdown : Countdown
        Of the whole study.
    """

    def __init__(
        self,
        study: StudyDefinition,
        folder: Path,
        tasks: LoadedTasks,
        *,
        command: str,
        countdown: Countdown,
    ) -> None:
        self.study, self.folder, self.tasks = study, folder, tasks
        self.command, self.countdown = command, countdown
        self.objective = objective_of(study.kind)
        self._writing = threading.Lock()

    @property
    def trials_folder(self) -> Path:
        """Where trials train."""
        return self.folder / "trials"

    def run(self, journal: Journal) -> list[StageResult]:
        """Run every stage, and return what each found.

        Raises
        ------
        StudyError
            Where no trial of a stage came to its end.
        """
        results: list[StageResult] = []
        values: dict[str, Any] = {}
        for place, stage in enumerate(self.study.stages):
            frozen = {name: values[name] for name in self.study.frozen_names(place)}
            trials = self._run_stage(journal, place, frozen, values)
            result = as_result(stage, frozen, trials, results[-1] if results else None)
            if results:
                names = result.winner.runs, results[-1].winner.runs
                if self.study.kind == "classifier":
                    interval = gain_interval(*names, self.trials_folder)
                    result = replace(result, gain_interval=interval)
            results.append(result)
            values = {**values, **frozen, **result.winner.params}
        return results

    def _run_stage(
        self, journal: Journal, place: int, frozen: dict[str, Any], known: dict[str, Any]
    ) -> list[FrozenTrial]:
        stage = self.study.stages[place]
        space, count = stage.dimensions, stage.count
        kept = journal.stage(
            journal_name(self.study, place, frozen), minimize=self.objective.minimize
        )
        there = kept.trials()[:count]
        done = [one for one in there if one.state.is_finished()]
        self.countdown.pass_over(len(done) * stage.seeds)
        best = _Best(self.countdown, self.objective, done)
        while True:
            begun = [one for one in there if not one.state.is_finished()]
            if begun:
                self._train(stage, space, frozen, kept, begun, best)
            elif len(there) < count:
                for number in range(len(there), round_end(stage, len(there))):
                    before = there[: round_start(stage, number)]
                    kept.begin(propose(stage, space, self.study.seed, number, before, known))
            else:
                return there
            there = kept.trials()[:count]

    def _train(
        self,
        stage: StageDefinition,
        space: Space,
        frozen: dict[str, Any],
        kept: StageJournal,
        begun: list[FrozenTrial],
        best: _Best,
    ) -> None:
        """Train trials that have begun, and write down the end of each as soon as it is known."""
        found = {trial.number: _Outcome() for trial in begun}
        plan: list[tuple[FrozenTrial, BaseRecipe]] = []
        for trial in begun:
            values = {**frozen, **decode(space, trial.params)}
            try:
                plan += [
                    (
                        trial,
                        trial_recipe(self.study, stage.name, trial.number, values, training=one),
                    )
                    for one in range(stage.seeds)
                ]
            except RecipeError as error:  # values that do not go together
                found[trial.number].add(error, self.objective)
                self._end(kept, trial.number, found[trial.number], best)
                self.countdown.pass_over(stage.seeds)
        if not stage.is_sequential:
            self._train_plan(stage, kept, plan, found, best)
            return
        finished = [one for one in kept.trials() if one.state.is_finished()]

        def train(trial: FrozenTrial) -> None:
            """Train one trial by itself, so that it is the same whatever trains beside it."""
            own = [(one, recipe) for one, recipe in plan if one.number == trial.number]
            if stage.pruner == "none":
                self._train_plan(stage, kept, own, found, best)
                return
            before = [one for one in finished if one.number < round_start(stage, trial.number)]
            pruner = Pruner(stage, before, trial)
            for _, recipe in own:
                assert isinstance(recipe, Recipe)  # generators have no pruner
                self._train_with_pruner(
                    kept, trial, recipe, pruner, found[trial.number], _called(stage, trial)
                )
                self._end(kept, trial.number, found[trial.number], best)

        begun_well = {one.number for one, _ in plan}
        side_by_side(train, [trial for trial in begun if trial.number in begun_well])

    def _train_plan(
        self,
        stage: StageDefinition,
        kept: StageJournal,
        plan: list[tuple[FrozenTrial, BaseRecipe]],
        found: dict[int, _Outcome],
        best: _Best,
    ) -> None:
        """Train all of it by one call, and write down the end of each trial."""
        ended = outcomes(
            [recipe for _, recipe in plan], self.trials_folder, self.tasks, quiet=True,
            command=self.command, countdown=self.countdown,
            names=[_called(stage, trial) for trial, _ in plan],
        )  # fmt: skip
        left = {trial.number: stage.seeds for trial, _ in plan}
        for (trial, _), outcome in zip(plan, ended, strict=True):
            found[trial.number].add(outcome, self.objective)
            left[trial.number] -= 1
            if not left[trial.number]:
                self._end(kept, trial.number, found[trial.number], best)

    def _train_with_pruner(
        self, kept: StageJournal, trial: FrozenTrial, recipe: Recipe, pruner: Pruner,
        outcome: _Outcome, called: Name,
    ) -> None:  # fmt: skip
        """Train one trial that may be stopped after any epoch but the last."""
        seen: list[dict[str, Any]] = []

        def on_event(event: Event) -> None:
            if isinstance(event, Epoch):
                on_epoch(event.row)

        def on_epoch(row: Mapping[str, Any]) -> None:
            seen.append(dict(row))
            score = row["val_exact_match"]
            kept.report(trial.number, row["epoch"], score)
            if pruner.stops(row["epoch"], score) and row["epoch"] < recipe.training.epochs:
                raise _Stopped

        try:
            (run,) = trained(
                [recipe], self.trials_folder, self.tasks, quiet=True, command=self.command,
                names=[called], countdown=self.countdown, callbacks=[on_event],
            )  # fmt: skip
            for row in run.metrics()[len(seen) :]:  # of a run that was finished before the kill
                on_epoch(row)
            outcome.add(run, self.objective)
        except _Stopped:
            task = self.tasks(recipe)
            path = identified(recipe, self.trials_folder, task=task).path_in(self.trials_folder)
            outcome.runs.append(path.name)
            outcome.scores.append(seen[-1]["val_exact_match"])
            outcome.seconds, outcome.epochs = sum(row["seconds"] for row in seen), len(seen)
            outcome.reason = f"stopped after epoch {len(seen)} of {recipe.training.epochs}"
        except (TrainingDiverged, RecipeError) as error:
            outcome.add(error, self.objective)
        outcome.attributes = pruner.attributes

    def _end(self, kept: StageJournal, number: int, outcome: _Outcome, best: _Best) -> None:
        complete = not outcome.reason
        value = float(np.mean(outcome.scores)) if outcome.scores else None
        interval = self.objective.interval(outcome.finished) if complete else None
        notes = {
            "runs": outcome.runs,
            "seconds": round(outcome.seconds, 3),
            "epochs": outcome.epochs,
            "reason": outcome.reason,
            "low": interval and interval[0],
            "high": interval and interval[1],
            "each": outcome.scores,
        }
        with self._writing:
            kept.end(number, value, complete=complete, notes=notes, attributes=outcome.attributes)
            best.hear(value if complete else None)


class _Best:
    """Keeps the best value of a stage, and has it said beside what trains next."""

    def __init__(self, countdown: Countdown, objective: Objective, done: list[FrozenTrial]) -> None:
        self.countdown, self.objective = countdown, objective
        self.value: float | None = None
        countdown.aside = ""
        for one in done:
            self.hear(one.value if one.state == TrialState.COMPLETE else None)

    def hear(self, value: float | None) -> None:
        """Hear that one more trial has ended, with this value unless it was stopped."""
        if value is None:
            return
        if self.value is None or self.objective.is_better(value, self.value):
            self.value = value
            self.countdown.aside = f"best so far {self.objective.text(value)}"


def _called(stage: StageDefinition, trial: FrozenTrial) -> Name:
    return f"trial {stage.name}:{trial.number}", None

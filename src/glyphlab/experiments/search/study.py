"""A study from its file to its result, and any trial of it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from glyphlab._common.errors import StudyError, UnknownName
from glyphlab._common.files import write_json, write_text
from glyphlab._common.progress import note
from glyphlab._common.temporaries import temporary_folder
from glyphlab._common.toml import toml_text
from glyphlab.experiments.command_line import out_words
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.experiment import trained
from glyphlab.experiments.results.document import SCHEMA
from glyphlab.experiments.search.definition import StudyDefinition
from glyphlab.experiments.search.earlier_scores import earlier_scores
from glyphlab.experiments.search.final import (
    final_score,
    pictures_of_trials,
    score_again,
)
from glyphlab.experiments.search.gain import as_result
from glyphlab.experiments.search.journal import Journal, open_journal
from glyphlab.experiments.search.objective import objective_of
from glyphlab.experiments.search.proposals import decode
from glyphlab.experiments.search.stages import Engine, journal_name
from glyphlab.experiments.search.study_folder import fixed_study
from glyphlab.experiments.search.study_result import StageResult, StudyResult
from glyphlab.experiments.search.trials import final_recipe, trial_recipe
from glyphlab.recipes import BaseRecipe
from glyphlab.runs import environment
from glyphlab.runs.locks.lock import hold_lock
from glyphlab.runs.run_folders import require_own_files
from glyphlab.training.identity import LoadedTasks

__all__ = ["Repeated", "Study"]


@dataclass(frozen=True)
class Repeated:
    """A trial that was trained again by itself.

    Attributes
    ----------
    stage, number : str, int
    recipe : BaseRecipe
        Of its first training.
    then, now : float or None
        Its value in the study and now; None where the loss became no number.
    """

    stage: str
    number: int
    recipe: BaseRecipe
    then: float | None
    now: float | None

    @property
    def same(self) -> bool:
        """Whether it came to the same value."""
        return self.then == self.now


class Study:
    """A search for a recipe, in stages.

    Parameters
    ----------
    definition : StudyDefinition
        What the study file says.
    command : str, optional
        What makes the study again, without the option that names the folder of its runs.
    """

    def __init__(self, definition: StudyDefinition, command: str | None = None) -> None:
        self.definition = definition
        self.command = command or f"glyphlab search {definition.name}.toml"

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a study file.

        Raises
        ------
        StudyError, RecipeError
            Naming the key, what is wrong with it, and the nearest right one.
        """
        command = shlex.join(["glyphlab", "search", str(path)])
        return cls(StudyDefinition.from_toml(Path(path)), command)

    @classmethod
    def from_mapping(cls, content: Mapping[str, Any]) -> Self:
        """Make a study of what a study file would hold."""
        return cls(StudyDefinition.from_mapping(content))

    def folder(self, root: str | Path = "runs") -> Path:
        """Return the folder that the study has under `root`."""
        return Path(root) / self.definition.name

    def command_in(self, root: str | Path = "runs") -> str:
        """Return the command that makes the study again with its folder under `root`."""
        return " ".join([self.command, *map(shlex.quote, out_words(root))])

    def plan(self) -> dict[str, Any]:
        """Return what would be tried, as the document of ``glyphlab search --dry-run --json``."""
        study = self.definition
        stages = [
            {
                "name": stage.name,
                "trials": stage.count,
                "trainings": stage.count * stage.seeds,
                "sampler": stage.sampling,
                "pruner": stage.pruner,
                "space": {name: one.to_json() for name, one in stage.dimensions.items()},
                "frozen": study.frozen_names(place),
            }
            for place, stage in enumerate(study.stages)
        ]
        return {
            "schema": SCHEMA,
            "study": study.name,
            "seed": study.seed,
            "trainings": study.trainings,
            "stages": stages,
            "base": {
                key: value
                for key, value in study.base_recipe.content().items()
                if key not in ("name", "seed")
            },
            "final": study.final,
        }

    def run(
        self,
        root: str | Path = "runs",
        *,
        quiet: bool = False,
        data_dir: str | Path | None = None,
    ) -> StudyResult:
        """Run the study, or resume it: no finished trial is trained again.

        Trials are chosen by validation alone and never see the test set. At the end the recipe of
        the best trial is trained ``seeds`` times with seeds of its own, in `root`, and those runs
        are scored on the test set, once.

        Parameters
        ----------
        root : path
            Takes the study's folder and the runs of the winner.
        quiet : bool
            Show no progress.
        data_dir : path, optional
            Where the datasets are.

        Raises
        ------
        StudyError
            Where another study of that name lives in `root`, or no trial came to its end.
        RunLocked
            Where another process runs the study.
        DataError, DataMissing
            As `glyphlab.training.train` does.
        """
        folder = self.folder(root)
        folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(folder):
            require_own_files(folder)
            study = fixed_study(self.definition, folder)
            tasks = LoadedTasks(data_dir, quiet=quiet, keep=None)
            of_winner = study.seeds, study.times_as_long
            countdown = Countdown(study.trainings, quiet=quiet, last=of_winner)
            stages, winner = self._search(study, folder, tasks, countdown)
            result = self._confirm(study, stages, winner, Path(root), data_dir, countdown)
            earlier = earlier_scores(folder / "result.json", result.test.runs)
            if earlier:
                note(f"{study.name} read the test set before: {len(earlier)} earlier scores kept")
            pictures = pictures_of_trials(stages, result.recipe, tasks)
            result = replace(result, figures=pictures, earlier=earlier)
            write_json(folder / "result.json", result.to_json())
            content = result.recipe.content()
            if study.kind != "classifier":  # what a file without a kind stands for
                content = {"kind": study.kind, **content}
            recipe = toml_text(content)
            write_text(folder / "winner.toml", recipe)
        return result

    def winner(
        self,
        root: str | Path = "runs",
        *,
        quiet: bool = False,
        data_dir: str | Path | None = None,
    ) -> dict[str, Any]:
        """Run the trials, or resume them, and return what the best one changes of the base.

        The winner is not trained for the test set. Parameters and errors are those of `run`.
        """
        folder = self.folder(root)
        folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(folder):
            require_own_files(folder)
            study = fixed_study(self.definition, folder)
            countdown = Countdown(study.trainings - study.seeds, quiet=quiet)
            _, best = self._search(
                study, folder, LoadedTasks(data_dir, quiet=quiet, keep=None), countdown
            )
        return {**best.frozen, **best.winner.params}

    def _search(
        self, study: StudyDefinition, folder: Path, tasks: LoadedTasks, countdown: Countdown
    ) -> tuple[list[StageResult], StageResult]:
        """Run all stages, and return them with the one whose best trial wins."""
        with open_journal(folder / "journal.log") as journal:
            command = self.command_in(folder.parent)
            engine = Engine(study, folder, tasks, command=command, countdown=countdown)
            stages = engine.run(journal)
        objective = objective_of(study.kind)
        values = {place: stage.value for place, stage in enumerate(stages)}
        winner = stages[objective.best(values)]
        if winner is not stages[-1]:
            note(
                f"stage '{stages[-1].name}' came to {objective.text(stages[-1].value)}, and "
                f"stage '{winner.name}' before it to {objective.text(winner.value)}: the "
                "winner is of that"
            )
        return stages, winner

    def repeat(
        self,
        stage: str,
        number: int,
        root: str | Path = "runs",
        *,
        quiet: bool = False,
        data_dir: str | Path | None = None,
    ) -> Repeated:
        """Train one finished trial of a study again, by itself; the study is left as it is.

        A trial that the pruner stopped is trained as far as it got. Parameters are those of `run`.

        Raises
        ------
        UnknownName
            Where the study has no such stage.
        StudyError
            Where the study has not finished such a trial, or it never had a recipe.
        """
        folder, names = self.folder(root), [one.name for one in self.definition.stages]
        if stage not in names:
            raise UnknownName("stage", stage, names)
        if not (folder / "study.json").exists():
            raise StudyError(
                f"{folder} holds no study yet: run it first with: {self.command_in(root)}"
            )
        with hold_lock(folder):
            require_own_files(folder)
            study = fixed_study(self.definition, folder)
            with open_journal(folder / "journal.log") as journal:
                trial, frozen = self._finished(study, journal, names.index(stage), number, root)
            if trial.user_attrs.get("reason", "").startswith("no recipe"):
                raise StudyError(f"trial {stage}:{number} has {trial.user_attrs['reason']}")
            plan = study.stages[names.index(stage)]
            values = {**frozen, **decode(plan.dimensions, trial.params)}
            recipes = [
                trial_recipe(study, stage, number, values, training=one)
                for one in range(plan.seeds)
            ]
            stop = trial.last_step if trial.user_attrs.get("reason") else None
            tasks = LoadedTasks(data_dir, quiet=quiet, keep=None)
            with temporary_folder(folder, "again") as again:
                scores = [score_again(one, again, tasks, stop, data_dir) for one in recipes]
        known = [score for score in scores if score is not None]
        now = float(np.mean(known)) if known else None
        return Repeated(stage, number, recipes[0], trial.value, now)

    def _finished(
        self, study: StudyDefinition, journal: Journal, place: int, number: int, root: str | Path
    ) -> tuple[FrozenTrial, dict[str, Any]]:
        """Return a finished trial, and what its stage had taken from the stages before it."""
        values: dict[str, Any] = {}
        for at, stage in enumerate(study.stages[: place + 1]):
            frozen = {name: values[name] for name in study.frozen_names(at)}
            name = journal_name(study, at, frozen)
            trials = journal.stage(name).trials() if name in journal.names() else []
            done = [one for one in trials[: stage.count] if one.state.is_finished()]
            if at == place:
                for trial in done:
                    if trial.number == number:
                        return trial, frozen
            elif len(done) == stage.count:
                result = as_result(stage, frozen, done, None)
                values = {**frozen, **result.winner.params}
                continue
            last = f"it has finished {len(done)}, counted from 0" if done else "none is finished"
            raise StudyError(
                f"stage '{stage.name}' has not finished trial {number}: {last}: "
                f"go on with: {self.command_in(root)}"
            )
        raise AssertionError("unreachable: the loop ends at the stage that was asked for")

    def _confirm(
        self,
        study: StudyDefinition,
        stages: list[StageResult],
        winner: StageResult,
        root: Path,
        data_dir: str | Path | None,
        countdown: Countdown,
    ) -> StudyResult:
        values = {**winner.frozen, **winner.winner.params}
        recipes = [final_recipe(study, values, one) for one in range(study.seeds)]
        countdown.aside, command = "", self.command_in(root)
        runs = trained(
            recipes, root, quiet=True, data_dir=data_dir, command=command,
            countdown=countdown, names=[("the winner for the test set", None)] * len(recipes),
        )  # fmt: skip
        return StudyResult(
            name=study.name,
            seed=study.seed,
            protocol=runs[0].summary.protocol.text,
            stages=stages,
            stage=winner.name,
            trial=winner.best,
            recipe=recipes[0],
            test=final_score(runs, command),
            kind=study.kind,
            folder=self.folder(root),
            command=command,
            env={**environment(), "optuna": optuna.__version__},
            final=study.final,
            trained=runs,
        )

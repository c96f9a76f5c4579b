"""Labelled recipes × seeds, trained by one call: the only way from an experiment to training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack, cast

from glyphlab._common.errors import RecipeError, UsageError
from glyphlab.experiments.countdown import Countdown, Name
from glyphlab.recipes import BaseRecipe, GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.training.evaluation.reference_classifier import load_reference, with_reference
from glyphlab.training.events import Callback, Event, Group
from glyphlab.training.train_many import Failed, GivenTask, train_many

__all__ = ["Experiment", "Options", "outcomes", "trained"]


class Options(TypedDict, total=False):
    """What training takes from an experiment.

    Attributes
    ----------
    quiet : bool
        Show no progress.
    data_dir : str or Path
        Where the datasets are.
    reference_classifier : Run
        The classifier that evaluates generators; the usual reference classifier of the task
        otherwise.
    countdown : Countdown
        Says what begins, where these trainings are a part of an experiment; without it they are
        all of one.
    callbacks : sequence of callable
        Each is called with every event of the trainings.
    """

    quiet: bool
    data_dir: str | Path | None
    reference_classifier: Run | None
    countdown: Countdown | None
    callbacks: Sequence[Callback]


def trained(
    recipes: Sequence[BaseRecipe],
    root: Path,
    task: GivenTask | None = None,
    *,
    command: str | None = None,
    names: Sequence[Name] = (),
    **options: Unpack[Options],
) -> list[Run]:
    """Train recipes of one kind, and return their runs in order; finished ones as they stand.

    Parameters
    ----------
    recipes : sequence of BaseRecipe
    root : Path
        Folder of the run folders.
    task : Task or callable, optional
        Of all of them where it is loaded already, or what returns the task of each.
    command : str, optional
        What was typed.
    names : sequence of (str, int or None)
        What each is called, with its seed; the recipe's own otherwise.
    **options
        Those of `Options`.
    """
    found = _trainings(recipes, root, task, command, names, keep_going=False, **options)
    return [cast("Run", run) for run in found]


def outcomes(
    recipes: Sequence[BaseRecipe],
    root: Path,
    task: GivenTask | None = None,
    *,
    command: str | None = None,
    names: Sequence[Name] = (),
    **options: Unpack[Options],
) -> Iterator[Run | Failed]:
    """Do as `trained`, yield each run as soon as it is known, and go on where one fails.

    In the place of a run that failed stands the error that ended it.
    """
    return _trainings(recipes, root, task, command, names, keep_going=True, **options)


def _trainings(
    recipes: Sequence[BaseRecipe],
    root: Path,
    task: GivenTask | None,
    command: str | None,
    names: Sequence[Name],
    *,
    keep_going: bool,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    reference_classifier: Run | None = None,
    countdown: Countdown | None = None,
    callbacks: Sequence[Callback] = (),
) -> Iterator[Run | Failed]:
    required: list[Run] = []
    if reference_classifier is not None:
        chosen = load_reference(reference_classifier)
        recipes = [with_reference(cast("GeneratorRecipe", recipe), chosen) for recipe in recipes]
        required = [reference_classifier]
    called = names or [(recipe.name, recipe.seed) for recipe in recipes]
    counted = countdown or Countdown(len(recipes), quiet=quiet)

    def on_event(event: Event) -> None:
        if isinstance(event, Group):
            counted.begin([called[number] for number in event.numbers])

    return train_many(
        recipes, root, task=task, required=required, quiet=quiet, data_dir=data_dir,
        command=command, callbacks=[on_event, *callbacks], keep_going=keep_going,
    )  # fmt: skip


@dataclass(frozen=True)
class Experiment:
    """What is trained, and the command that asks for the same.

    Attributes
    ----------
    recipes : dict of str to list of BaseRecipe
        By label, each one a seed; of what leaves nothing to chance there is one.
    command : str

    Raises
    ------
    UsageError
        Where two labels stand for different kinds.
    RecipeError
        Where one training stands there twice, and would be counted twice.
    """

    recipes: Mapping[str, Sequence[BaseRecipe]]
    command: str

    def __post_init__(self) -> None:
        kinds = {type(one) for of_label in self.recipes.values() for one in of_label}
        if len(kinds) > 1:
            raise UsageError(
                "classifiers and generators stand in one experiment, and have no score in common: "
                "ask once of each kind"
            )
        seen: dict[str, str] = {}
        for label, one in self.trainings():
            known = f"{one.title}-{one.hash}"
            if known in seen:
                raise RecipeError(
                    f"'{seen[known]}' and '{label}' are one and the same training ({one.title}), "
                    "and each counts once: give them different settings or seeds"
                )
            seen[known] = label

    def trainings(self) -> list[tuple[str, BaseRecipe]]:
        """Return every training with its label, in order."""
        return [(label, one) for label, of_label in self.recipes.items() for one in of_label]

    def run(
        self, root: str | Path, task: GivenTask | None = None, **options: Unpack[Options]
    ) -> dict[str, list[Run]]:
        """Train all of it, and return the runs by label; the parameters are those of `trained`."""
        plan = self.trainings()
        found = trained(
            [one for _, one in plan], Path(root), task, command=self.command,
            names=[(label, one.seed) for label, one in plan], **options,
        )  # fmt: skip
        runs: dict[str, list[Run]] = {label: [] for label in self.recipes}
        for (label, _), run in zip(plan, found, strict=True):
            runs[label].append(run)
        return runs

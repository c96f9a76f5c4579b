"""Labelled recipes × seeds, trained by one call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from glyphlab._common.errors import RecipeError, UsageError
from glyphlab._common.progress import note
from glyphlab.recipes import BaseRecipe, GanRecipe
from glyphlab.runs import Run
from glyphlab.tasks import Task
from glyphlab.training.evaluation.reference_classifier import judged_by, load_judge
from glyphlab.training.events import Callback, Event, Group
from glyphlab.training.train_many import train_many

__all__ = ["Experiment", "OnGroup", "trained"]

OnGroup = Callable[[Sequence[int]], None]
"""Is told the numbers of the recipes that train next."""


def trained(
    recipes: Sequence[BaseRecipe],
    root: Path,
    task: Task | None = None,
    *,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    command: str | None = None,
    judge: Run | None = None,
    on_group: OnGroup = lambda _numbers: None,
    callbacks: Sequence[Callback] = (),
) -> list[Run]:
    """Train recipes of one kind, and return their runs in order; finished ones as they stand.

    Parameters
    ----------
    recipes : sequence of BaseRecipe
    root : Path
        Folder of the run folders.
    task : Task, optional
        Of all of them, where it is loaded already.
    quiet, data_dir, command
        As training takes them.
    judge : Run, optional
        The classifier that judges generators; the usual one of the task otherwise.
    on_group : callable
    callbacks : sequence of callable
        Each is called with every event of the trainings.
    """
    required: list[Run] = []
    if judge is not None:
        arbiter = load_judge(judge)
        recipes = [judged_by(cast("GanRecipe", recipe), arbiter) for recipe in recipes]
        required = [judge]

    def on_event(event: Event) -> None:
        if isinstance(event, Group):
            on_group(event.numbers)

    return list(
        train_many(
            recipes, root, task=task, required=required, quiet=quiet, data_dir=data_dir,
            command=command, callbacks=[on_event, *callbacks],
        )
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
        self,
        root: str | Path,
        task: Task | None = None,
        *,
        quiet: bool = False,
        data_dir: str | Path | None = None,
        judge: Run | None = None,
        on_group: OnGroup | None = None,
        each_quiet: bool | None = None,
        callbacks: Sequence[Callback] = (),
    ) -> dict[str, list[Run]]:
        """Train all of it, and return the runs by label.

        The words are those of `trained`. Without `on_group` it is said what trains next, and about
        how long the rest takes.
        """
        plan = self.trainings()
        found = trained(
            [one for _, one in plan], Path(root), task,
            quiet=quiet if each_quiet is None else each_quiet, data_dir=data_dir,
            command=self.command, judge=judge, on_group=on_group or _Teller(plan, quiet),
            callbacks=callbacks,
        )  # fmt: skip
        runs: dict[str, list[Run]] = {label: [] for label in self.recipes}
        for (label, _), run in zip(plan, found, strict=True):
            runs[label].append(run)
        return runs


class _Teller:
    """Says which trainings begin, and how long those that are left will take."""

    def __init__(self, plan: Sequence[tuple[str, BaseRecipe]], quiet: bool) -> None:
        self._plan, self._quiet = plan, quiet
        self._seconds: list[float] = []
        self._begun: tuple[float, int] | None = None

    def __call__(self, group: Sequence[int]) -> None:
        now = time.monotonic()
        if self._begun is not None:
            since, count = self._begun
            self._seconds.extend([(now - since) / count] * count)
        self._begun = now, len(group)
        if not self._quiet:
            done, whole = len(self._seconds), len(self._plan)
            left = _left(self._seconds, whole - done)
            note(f"{_numbers(done, len(group), whole)}: {_named(self._plan, group)}{left}")


def _numbers(done: int, now: int, whole: int) -> str:
    if now == 1:
        return f"run {done + 1} of {whole}"
    return f"runs {done + 1} to {done + now} of {whole}, side by side"


def _named(plan: Sequence[tuple[str, BaseRecipe]], group: Sequence[int]) -> str:
    if len(group) == 1:
        label, one = plan[group[0]]
        return f"{label}, seed {one.seed}"
    return ", ".join(dict.fromkeys(plan[number][0] for number in group))


def _left(trained: Sequence[float], runs: int) -> str:
    """Return the time that N runs will take, once something was really trained."""
    real = [seconds for seconds in trained if seconds > 1]
    if not real:
        return ""
    minutes = np.mean(real) * runs / 60
    return f", about {minutes:.0f} min left" if minutes >= 1 else ", under a minute left"

"""Train several models with several seeds on one task, and compare them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glyphlab._common.errors import RecipeError, UsageError
from glyphlab.experiments.command_line import budget_words, drawings_words, margin_words
from glyphlab.experiments.data_seeds import over_drawings, require_redrawn
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.interim import Interim
from glyphlab.experiments.kinds import require_classifiers
from glyphlab.experiments.own_models import Models
from glyphlab.experiments.planning.comparison_plan import ComparisonPlan, plan_comparison
from glyphlab.experiments.planning.foresight import (
    Foresight,
    chosen_for,
    foresee,
    plan_document,
)
from glyphlab.experiments.planning.minutes import Chosen, fewer
from glyphlab.experiments.planning.model_search import search_models, trials_each
from glyphlab.experiments.results.classifier_runs import gather
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.experiments.results.generator_tables import GeneratorComparison
from glyphlab.metrics.model_tests.paired_tests import checked_margin
from glyphlab.recipes import BaseRecipe
from glyphlab.tasks import Scene, Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.events import Callback
from glyphlab.training.rehearsal import rehearse_on

__all__ = ["Asked", "compare", "preview"]


def compare(
    task: str | Scene | Task | TaskRecipe,
    models: Models,
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    kind: str | None = None,
    tuned: bool = False,
    margin: float | None = None,
    data_seeds: int = 1,
    budget: int | None = None,
    minutes: float | None = None,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
) -> Comparison | GeneratorComparison:
    """Train every model with every seed on one task, and say what may be concluded.

    Runs that are finished are not trained again, so an interrupted comparison is resumed by the
    same call.

    Parameters
    ----------
    task : str, Scene, Task or TaskRecipe
        The name of a preset, a scene file or a scene of one's own (on the embedded digits), the
        name of a source of single symbols, a task that is loaded, or its recipe.
    models : sequence of str, or mapping
        Names of classifiers, or names of generators: those are compared by Fréchet distance,
        coverage, and how often they draw what they are asked for. A mapping says what each is by
        what it is called: the name of a classifier, a function ``make_net(image_shape, heads,
        classes)`` that returns a new `torch.nn.Module` from float images ``(n, 1, H, W)`` in 0..1
        to logits ``(n, heads, classes)``, a classifier of scikit-learn, or where to import one of
        these from, as ``'package.module:make_net'``.
    seeds : int
        Trainings of each model; the data stay the same. From one seed no model is called better. A
        model that leaves nothing to chance is trained once.
    root : path
        Folder of the run folders.
    preset : str, optional
        ``'demo'`` or ``'smoke'``: a smaller comparison. Of a task that is loaded already it changes
        the models and the generalization grid alone.
    overrides : iterable of str
        ``key.path=value`` for every recipe that has the key, as ``training.epochs=3``; which models
        have not is said. Seeds are not overridden.
    kind : {'classifier', 'generator'}, optional
        Of the models, where their names are of both kinds.
    tuned : bool
        Train each model with the settings that suit it best. Otherwise strategies of our fast net
        are compared on an equal footing: they share width, epochs, optimizer, augmentation,
        schedule and test-time views, and models of other families keep settings of their own.
    margin : float, optional
        Difference in accuracy that does not matter, as 0.002 for .2 points: pairs that are shown
        to be within it are equivalent.
    data_seeds : int
        Draw labels and glyphs this number of times, with the task's seed and those that follow it,
        and train each model with each seed on each; intervals and tests then cover other data too.
    budget : int, optional
        Trials in all that are searched first, as many for each model, on validation; the winners
        are compared. The searches lie in `root` and are resumed.
    minutes : float, optional
        Choose images, epochs and seeds so that all of it ends in this time, and keep the choice in
        `root` for the next call.
    quiet : bool
        Show no progress.
    data_dir : path, optional
        Where the datasets are.
    callbacks : sequence of callable
        Each is called with every event of the trainings (`glyphlab.training.events`).

    Raises
    ------
    UnknownName
        For a model or preset that is none, before anything is trained.
    UsageError
        Where no model is named, one is named twice, or there is no seed; where some models are
        classifiers and some generators; where the margin is not above 0, or the time too short.
    """
    began = time.monotonic()
    asked = Asked(
        models, seeds=seeds, root=Path(root), preset=preset, overrides=tuple(overrides), kind=kind,
        tuned=tuned, margin=margin, data_seeds=data_seeds, budget=budget, quiet=quiet,
    )  # fmt: skip
    plan = asked.checked_plan(task, minutes)
    if plan.kind == "generator":
        require_classifiers(
            margin=margin, minutes=minutes, data_seeds=data_seeds > 1, budget=budget
        )
        runs = Experiment(plan.recipes, plan.command).run(
            root, quiet=quiet, data_dir=data_dir, callbacks=callbacks
        )
        single = plan.task.name == "single"
        what = plan.task.data if single else f"{plan.task.name} of {plan.task.data}"
        return GeneratorComparison(
            {model: outcome_of(of_model) for model, of_model in runs.items()},
            plan.command,
            _question([*models], what, "generates"),
        )
    names = [*models]
    trials: dict[str, Any] | None = None
    if budget is not None:
        asked, trials = asked.after_search(plan, budget, data_dir)
        plan = asked.plan(task)
    if data_seeds > 1:
        return over_drawings(
            asked.on_drawings(plan), root=Path(root), margin=margin, quiet=quiet,
            data_dir=data_dir, callbacks=callbacks, plan=trials,
            question=_question(names, f"{plan.task.name} of {plan.task.data}", "classifies"),
        )  # fmt: skip
    loaded, chosen = _loaded(plan, task, data_dir, quiet=quiet), None
    if minutes is not None:
        plan, loaded, chosen = asked.within(minutes, plan, loaded, task, data_dir, began)
    _require_fit(plan.recipes, loaded)
    experiment = Experiment(plan.recipes, plan.command)
    audit = loaded.audit()
    heard: list[Callback] = [Interim(experiment.recipes, quiet=quiet), *callbacks]
    return gather(
        experiment.run(root, loaded, quiet=quiet, data_dir=data_dir, callbacks=heard),
        question=_question(names, f"{loaded.name} of {loaded.data}", "classifies"),
        command=plan.command,
        audit=audit.to_json(),
        footing=plan.footing,
        margin=margin,
        plan=trials if chosen is None else plan_document(chosen, loaded, len(plan.recipes)),
    )


def preview(
    task: str | Scene | Task | TaskRecipe,
    models: Models,
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    kind: str | None = None,
    tuned: bool = False,
    margin: float | None = None,
    data_seeds: int = 1,
    budget: int | None = None,
    minutes: float | None = None,
    quiet: bool = False,
    data_dir: str | Path | None = None,
) -> Foresight:
    """Return what `compare` would train, how long that takes, and what it would detect.

    Nothing is trained but a few steps, which are timed and left. The parameters are those of
    `compare`.

    Raises
    ------
    UsageError
        As `compare` does, and for generators.
    """
    began = time.monotonic()
    asked = Asked(
        models, seeds=seeds, root=Path(root), preset=preset, overrides=tuple(overrides), kind=kind,
        tuned=tuned, margin=margin, data_seeds=data_seeds, budget=budget, quiet=quiet,
    )  # fmt: skip
    plan = asked.checked_plan(task, minutes)
    if plan.kind == "generator":
        require_classifiers(plan=True)
    loaded, chosen = _loaded(plan, task, data_dir, quiet=quiet), None
    if minutes is not None:  # what it chooses is in the answer
        silent = replace(asked, quiet=True)
        plan, loaded, chosen = silent.within(minutes, plan, loaded, task, data_dir, began)
    return foresee(
        plan, loaded, Path(root), chosen, drawings=asked.on_drawings(plan), quiet=quiet,
        trials=0 if budget is None else trials_each(budget, len(models)),
    )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a comparison was asked for, but for its task."""

    models: Models
    seeds: int
    root: Path
    preset: str | None
    overrides: tuple[str, ...]
    kind: str | None
    tuned: bool
    margin: float | None
    data_seeds: int
    budget: int | None
    quiet: bool
    searched: Mapping[str, Mapping[str, Any]] | None = None

    def checked_plan(
        self, task: str | Scene | Task | TaskRecipe, minutes: float | None
    ) -> ComparisonPlan:
        """Return the plan on a task, unless things are asked that do not go together.

        Raises
        ------
        UsageError
        """
        checked_margin(self.margin)
        if self.margin is not None and self.seeds < 2 and minutes is None:
            raise UsageError(
                "--margin asks whether models are equal, which one seed cannot show: give --seeds "
                "3 or more, or leave --margin out"
            )
        if self.data_seeds < 1:
            raise UsageError(f"found {self.data_seeds} data seeds, expected at least one")
        if self.data_seeds > 1 and minutes is not None:
            raise UsageError("--minutes plans for one drawing of the data: leave --data-seeds out")
        if self.budget is not None and self.tuned:
            raise UsageError(
                "--budget searches for the settings of each model and --tuned takes those that are "
                "known: leave one of them out"
            )
        if self.budget is not None and minutes is not None:
            raise UsageError("--minutes plans trainings and no search: leave --budget out")
        if self.budget is not None and not isinstance(self.models, str):
            trials_each(self.budget, len(self.models))
        if self.data_seeds > 1 and isinstance(task, Task):
            raise UsageError(
                "a task that is loaded is one drawing of the data: give its name or its recipe "
                "for several data seeds"
            )
        plan = self.plan(task)
        if self.data_seeds > 1 and plan.kind == "classifier":
            require_redrawn(plan.task)
        return plan

    def plan(self, task: str | Scene | Task | TaskRecipe) -> ComparisonPlan:
        """Return the plan on a task."""
        return plan_comparison(
            task, self.models, seeds=self.seeds, root=self.root, preset=self.preset,
            overrides=self.overrides, kind=self.kind, tuned=self.tuned, searched=self.searched,
            more=[
                *margin_words(self.margin), *drawings_words(self.data_seeds),
                *budget_words(self.budget),
            ],
            quiet=self.quiet,
        )  # fmt: skip

    def after_search(
        self, plan: ComparisonPlan, budget: int, data_dir: str | Path | None
    ) -> tuple[Asked, dict[str, Any]]:
        """Search for the settings of every model, and return what is asked then, and what to say.

        Trials are of the first drawing of the data.
        """
        trials = trials_each(budget, len(self.models))
        found = search_models(plan, trials, self.root, quiet=self.quiet, data_dir=data_dir)
        said = f"Each model had {trials} trials on validation before (--budget {budget})."
        return (
            replace(self, searched=found, quiet=True),
            {"budget": budget, "trials": trials, "found": found, "sentence": said},
        )

    def on_drawings(self, plan: ComparisonPlan) -> list[ComparisonPlan]:
        """Return the plan on each drawing of the data, the first as it is."""
        less = replace(self, preset=None, overrides=plan.settled, quiet=True)
        first = plan.task.seed
        others = [
            replace(less.plan(plan.task.changed(seed=seed)), command=plan.command)
            for seed in range(first + 1, first + self.data_seeds)
        ]
        return [plan, *others]

    def within(
        self, minutes: float, plan: ComparisonPlan, loaded: Task, task: object,
        data_dir: str | Path | None, began: float,
    ) -> tuple[ComparisonPlan, Task, Chosen]:  # fmt: skip
        """Return the plan that ends in a time, with its task."""
        given = isinstance(task, Task)
        chosen = chosen_for(
            minutes, plan, loaded, self.root, began, drawn=not given, quiet=self.quiet
        )
        less = replace(
            self, seeds=chosen.seeds, preset=None, quiet=True,
            overrides=(*plan.settled, *chosen.overrides),
        )  # fmt: skip
        if not given:
            found = less.plan(fewer(plan.task, chosen))
            return found, _loaded(found, None, data_dir, quiet=True), chosen
        if chosen.images is not None:
            loaded = loaded.with_train_images(chosen.images)
        loaded = loaded.described(loaded.required_recipe().changed(generalization_grid=chosen.grid))
        return less.plan(loaded), loaded, chosen


def _loaded(
    plan: ComparisonPlan, task: object, data_dir: str | Path | None, *, quiet: bool
) -> Task:
    """Return the task of a plan, unless it was given loaded."""
    return task if isinstance(task, Task) else load_recipe_task(plan.task, data_dir, quiet=quiet)


def _require_fit(recipes: Mapping[str, Sequence[BaseRecipe]], task: Task) -> None:
    """Refuse a model that does not fit the task, before another one is trained."""
    for model, of_model in recipes.items():
        try:
            rehearse_on(of_model[0], task)
        except RecipeError as error:
            raise RecipeError(f"model '{model}': {error}") from error


def _question(models: Sequence[str], what: str, verb: str) -> str:
    if len(models) == 1:
        return f"{models[0]} {verb} {what}: how well?"
    named = f"{', '.join(models[:-1])} or {models[-1]}"
    return f"Which {verb} {what} best: {named}?"

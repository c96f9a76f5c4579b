"""Train several models with several seeds on one task, and compare them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from glyphlab._common.errors import UsageError
from glyphlab.experiments.command_line import (
    command_of,
    kind_words,
    out_words,
    set_words,
    task_words,
)
from glyphlab.experiments.compare_presets import Preset, preset_of
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.kinds import Kind, named, task_of
from glyphlab.experiments.own_models import Models, is_own, own_remark, own_words
from glyphlab.experiments.results.classifier_runs import gather
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.experiments.results.generator_tables import GeneratorComparison
from glyphlab.recipes import BaseRecipe
from glyphlab.recipes.plan import require_seeds, task_overridden
from glyphlab.tasks import Scene, Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.events import Callback

__all__ = ["ComparisonPlan", "compare", "plan_comparison"]


def compare(
    task: str | Scene | Task | TaskRecipe,
    models: Models,
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    kind: str | None = None,
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
        classifiers and some generators.
    """
    plan = plan_comparison(
        task, models, seeds=seeds, root=root, preset=preset, overrides=overrides, kind=kind,
        quiet=quiet,
    )  # fmt: skip
    experiment = Experiment(plan.recipes, plan.command)
    if plan.kind == "generator":
        runs = experiment.run(root, quiet=quiet, data_dir=data_dir, callbacks=callbacks)
        single = plan.task.name == "single"
        what = plan.task.data if single else f"{plan.task.name} of {plan.task.data}"
        return GeneratorComparison(
            {model: outcome_of(of_model) for model, of_model in runs.items()},
            plan.command,
            _question([*models], what, "generates"),
        )
    loaded = task if isinstance(task, Task) else load_recipe_task(plan.task, data_dir, quiet=quiet)
    audit = loaded.audit()
    return gather(
        experiment.run(root, loaded, quiet=quiet, data_dir=data_dir, callbacks=callbacks),
        question=_question([*models], f"{loaded.name} of {loaded.data}", "classifies"),
        command=plan.command,
        audit=audit.to_json(),
    )


@dataclass(frozen=True)
class ComparisonPlan:
    """What a comparison will train, and the command that asks for the same.

    Attributes
    ----------
    kind : {'classifier', 'generator'}
    task : TaskRecipe
    recipes : dict of str to list of BaseRecipe
        Of each model, one a seed; of a model without chance one.
    command : str
    """

    kind: Kind
    task: TaskRecipe
    recipes: Mapping[str, Sequence[BaseRecipe]]
    command: str


def plan_comparison(
    task: str | Scene | Task | TaskRecipe,
    models: Models,
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    kind: str | None = None,
    quiet: bool = False,
) -> ComparisonPlan:
    """Return what `compare` would train; parameters and errors are its own."""
    overrides = list(overrides)
    _check(models, seeds)
    entries = named(models, kind, task)
    chosen = preset_of(preset) if preset else Preset("none")
    of_task, changes = task_overridden(task_of(task, entries.kind, chosen), overrides)
    defaults = chosen.overrides_of(entries.kind)
    recipes = entries.recipes(
        of_task, range(seeds), overrides=changes, defaults=defaults, quiet=quiet
    )
    words = ["glyphlab", "compare", of_task.word, "--data", of_task.data]
    by_name = [one.name for one in entries.entries.values() if not is_own(one)]
    words += ["--models", ",".join(by_name)]  # an empty list too: left out, it means the usual
    words += [*own_words(entries.entries), "--seeds", str(seeds), *kind_words(by_name, kind)]
    if isinstance(task, Task):  # a preset says what a task is made of, and this one is made
        chosen = Preset("none")
        words += set_words(entries.effective(of_task, defaults))
    words += ["--preset", chosen.name] if chosen.name != "none" else []
    plain = of_task.plain.changed(without_glyph_reuse=of_task.without_glyph_reuse)
    usual = task_of(plain, entries.kind, chosen).changed(without_glyph_reuse=False)
    words += task_words(of_task, usual, OPTIONS)
    words += [*set_words(overrides), *out_words(root)]
    command = command_of(words, of_task) + own_remark(entries.entries)
    return ComparisonPlan(entries.kind, of_task, recipes, command)


def _question(models: Sequence[str], what: str, verb: str) -> str:
    if len(models) == 1:
        return f"{models[0]} {verb} {what}: how well?"
    named = f"{', '.join(models[:-1])} or {models[-1]}"
    return f"Which {verb} {what} best: {named}?"


def _check(models: Models, seeds: int) -> None:
    if isinstance(models, str):
        raise UsageError(f"models is the text '{models}', expected a list: write ['{models}']")
    if not models:
        raise UsageError("no model to compare: name some, as in --models whole,aligned")
    twice = sorted({model for model in models if list(models).count(model) > 1})
    if twice:
        raise UsageError(f"model '{twice[0]}' is named twice: name each once")
    require_seeds(seeds)


OPTIONS = (
    "--labels", "--glyphs", "--as-published", "--redraw", "--per-label", "--images", "--digits",
    "--without-glyph-reuse", "--task-seed",
)  # fmt: skip
"""Options of ``glyphlab compare`` that say what the task is."""

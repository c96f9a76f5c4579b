"""Train several models with several seeds on one task, and compare them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from glyphlab.experiments.command_line import margin_words
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.interim import Interim
from glyphlab.experiments.kinds import require_classifiers
from glyphlab.experiments.own_models import Models
from glyphlab.experiments.planning.comparison_plan import plan_comparison
from glyphlab.experiments.results.classifier_runs import gather
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.experiments.results.generator_tables import GeneratorComparison
from glyphlab.metrics.paired_tests import checked_margin
from glyphlab.tasks import Scene, Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.events import Callback

__all__ = ["compare"]


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
        classifiers and some generators; where the margin is not above 0.
    """
    checked_margin(margin)
    plan = plan_comparison(
        task, models, seeds=seeds, root=root, preset=preset, overrides=overrides, kind=kind,
        tuned=tuned, more=margin_words(margin), quiet=quiet,
    )  # fmt: skip
    experiment = Experiment(plan.recipes, plan.command)
    if plan.kind == "generator":
        require_classifiers(margin=margin)
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
    heard: list[Callback] = [Interim(experiment.recipes, quiet=quiet), *callbacks]
    return gather(
        experiment.run(root, loaded, quiet=quiet, data_dir=data_dir, callbacks=heard),
        question=_question([*models], f"{loaded.name} of {loaded.data}", "classifies"),
        command=plan.command,
        audit=audit.to_json(),
        footing=plan.footing,
        margin=margin,
    )


def _question(models: Sequence[str], what: str, verb: str) -> str:
    if len(models) == 1:
        return f"{models[0]} {verb} {what}: how well?"
    named = f"{', '.join(models[:-1])} or {models[-1]}"
    return f"Which {verb} {what} best: {named}?"

"""One key of a recipe at several values, compared."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.experiments.command_line import (
    command_of,
    kind_words,
    margin_words,
    out_words,
    reference_words,
    task_words,
)
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.interim import Interim
from glyphlab.experiments.kinds import (
    Kind,
    Named,
    named,
    require_classifiers,
    require_kind,
    task_of,
)
from glyphlab.experiments.results.classifier_runs import gather
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.experiments.results.generator_outcome import outcome_of
from glyphlab.experiments.results.generator_tables import GeneratorVariation
from glyphlab.metrics.model_tests.paired_tests import checked_margin
from glyphlab.recipes import BaseRecipe, model_entry
from glyphlab.recipes.generator_presets import generator_entry
from glyphlab.recipes.overrides import apply_overrides, override_key, override_text
from glyphlab.recipes.plan import require_seeds, task_overridden
from glyphlab.recipes.union import read_recipe_file
from glyphlab.runs import Run
from glyphlab.tasks import Scene, Task, load_recipe_task
from glyphlab.tasks.task_recipe import DRAWN_IN_TRAINING, TaskRecipe

__all__ = ["Variation", "vary"]


@dataclass(frozen=True, repr=False)
class Variation(Comparison):
    """A comparison of classifiers that differ in one key; the models of its rows are its values.

    Attributes
    ----------
    key : str
        Of the recipe, as ``training.learning_rate``.
    model : str
        Whose key it is.
    """

    key: str = ""
    model: str = ""

    @property
    def varied(self) -> str:
        """The key whose values the rows are."""
        return self.key

    @property
    def title(self) -> str:
        """What the page is called."""
        return f"{self.key}: {self.model} on {self.task}"

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab vary --json``."""
        return {**super().to_json(), "key": self.key}


def vary(
    model: str | Path | BaseRecipe,
    key: str,
    values: Sequence[Any],
    *,
    task: str | Scene | Task | TaskRecipe | None = None,
    seeds: int = 3,
    seed: int | None = None,
    root: str | Path = "runs",
    overrides: Iterable[str] = (),
    kind: str | None = None,
    reference_classifier: Run | None = None,
    margin: float | None = None,
    quiet: bool = False,
    data_dir: str | Path | None = None,
    command: str | None = None,
) -> Variation | GeneratorVariation:
    """Train a recipe with one key at several values, and say what the key changes.

    Parameters
    ----------
    model : str, Path or BaseRecipe
        A classifier or a generator by name, a recipe, or the TOML file of one.
    key : str
        As ``training.learning_rate``.
    values : sequence
        At least two, each once; a text is read as in an override.
    task : str, Scene, Task or TaskRecipe, optional
        The recipe's own where it is left out; of a name, a task that it can read or generate.
    seeds : int
        Trainings of each value.
    seed : int, optional
        Of the first training; the recipe's own, or 0.
    root : path
        Folder of the run folders.
    overrides : iterable of str
        ``key.path=value`` for all of them.
    kind : {'classifier', 'generator'}, optional
        Where a name is of both kinds; a recipe says its kind itself.
    reference_classifier : Run, optional
        Evaluates generators; the usual reference classifier of the task otherwise.
    margin : float, optional
        Difference in accuracy that does not matter, as for `compare`.
    quiet, data_dir
        As for `compare`.
    command : str, optional
        What was typed.

    Raises
    ------
    UsageError
        For fewer than two values, one twice, a key that is overridden too, or data that would give
        each value other test items.
    UnknownName, RecipeError
        For a name, key or value that a recipe cannot have, before anything is trained.
    """
    checked_margin(margin)
    key = override_key(f"{key}=")
    changes, labels = list(overrides), _labels(key, values)
    if any(override_key(one) == key for one in changes):
        raise UsageError(f"{key} is varied, and overridden too (--set): leave one of them out")
    require_seeds(seeds)
    base = _base(model, task, kind)
    if base.kind == "classifier" and _changes_test(key):
        raise UsageError(
            f"{key} is of the data, and values are compared on the same test images: draw numbers "
            "of training images with glyphlab learning-curve, or compare twice"
        )
    of_task, others = base.task, changes
    if base.kind == "classifier":  # one task for all of them
        of_task, others = task_overridden(base.task, changes)
    first = base.seed if seed is None else seed
    recipes: dict[str, list[BaseRecipe]] = {}
    for label, change in labels.items():
        made = [
            base.make(of_task, number, [*others, change]) for number in range(first, first + seeds)
        ]
        recipes[label] = made if made[0].has_chance else made[:1]
    words = ["glyphlab", "vary", base.name, f"{key}={','.join(labels)}"]
    of_words = base.task_words(task)
    words += [*of_words, *base.kind_words(kind), "--seeds", str(seeds)]
    words += [] if seed is None else ["--seed", str(seed)]
    words += [word for change in changes for word in ("--set", change)]
    words += [*reference_words(reference_classifier, root), *margin_words(margin)]
    words += out_words(root)
    said = command_of(words, base.task) if of_words else shlex.join(words)
    experiment = Experiment(recipes, command or said)
    question = f"What does {key} change?"
    if base.kind == "generator":
        require_classifiers(margin=margin)
        runs = experiment.run(
            root, quiet=quiet, data_dir=data_dir, reference_classifier=reference_classifier
        )
        outcomes = {value: outcome_of(found, experiment.command) for value, found in runs.items()}
        return GeneratorVariation(outcomes, experiment.command, question, key)
    if reference_classifier is not None:
        raise UsageError("--reference is for generators: a classifier is scored by its own answers")
    loaded = task if isinstance(task, Task) else load_recipe_task(of_task, data_dir, quiet=quiet)
    audit = loaded.audit().to_json()
    heard = [Interim(experiment.recipes, quiet=quiet)]
    compared = gather(
        experiment.run(root, loaded, quiet=quiet, data_dir=data_dir, callbacks=heard),
        question=question, command=experiment.command, audit=audit, margin=margin,
    )  # fmt: skip
    content = {field.name: getattr(compared, field.name) for field in fields(Comparison)}
    return Variation(**content, key=key, model=recipes[next(iter(labels))][0].name)


def _labels(key: str, values: Sequence[Any]) -> dict[str, str]:
    """Return the override of each value, by what stands for it in the table."""
    found: dict[str, str] = {}
    for value in values:
        if isinstance(value, str):
            found[value] = f"{key}={value}"
        else:
            override = override_text(key, value)
            found[override.partition("=")[2]] = override
    if len(found) < 2 or len(found) < len(values):
        raise UsageError(
            f"{key} at {list(values)}: expected at least two different values, as [0.001, 0.01]"
        )
    return found


def _changes_test(key: str) -> bool:
    table, _, name = key.partition(".")
    return table == "task" and name not in DRAWN_IN_TRAINING


@dataclass(frozen=True)
class _Base:
    """What is varied: where its recipes come from."""

    kind: Kind
    name: str
    task: TaskRecipe
    seed: int
    models: Named | None
    make: Callable[[TaskRecipe, int, Sequence[str]], BaseRecipe]

    def task_words(self, given: object) -> list[str]:
        """Return the options that name the task, where the recipe does not."""
        if self.models is None and given is None:
            return []
        task = self.task
        usual = task_of(task.plain, self.kind)
        return ["--task", task.word, "--data", task.data, *task_words(task, usual, ())]

    def kind_words(self, kind: str | None) -> list[str]:
        """Return the option that says the kind, where the name does not."""
        return kind_words(self.models.models, kind) if self.models else []


def _base(
    model: str | Path | BaseRecipe, task: str | Scene | Task | TaskRecipe | None, kind: str | None
) -> _Base:
    if isinstance(model, str) and not model.endswith(".toml"):
        models = named([model], kind)
        generates = models.kind == "generator"
        usual = ("triple" if generator_entry(model).several else "digits") if generates else None
        of_task = task_of(task or usual or model_entry(model).task, models.kind)

        def by_name(of: TaskRecipe, seed: int, changes: Sequence[str]) -> BaseRecipe:
            (made,) = models.recipes(of, [seed], overrides=changes, quiet=True)[model]
            return made

        return _Base(models.kind, model, of_task, 0, models, by_name)
    recipe = model if isinstance(model, BaseRecipe) else read_recipe_file(Path(model))
    name = str(model) if not isinstance(model, BaseRecipe) else f"{recipe.name}.toml"
    found = require_kind(recipe, kind, name)
    of_task = recipe.task if task is None else task_of(task, found)

    def of_recipe(of: TaskRecipe, seed: int, changes: Sequence[str]) -> BaseRecipe:
        content: Mapping[str, Any] = {
            **recipe.content(), "task": of.model_dump(), "seed": seed,
        }  # fmt: skip
        typed = [override_key(change) for change in changes]
        return type(recipe).from_mapping(apply_overrides(content, changes), recipe.name, typed)

    return _Base(found, name, of_task, recipe.seed, None, of_recipe)

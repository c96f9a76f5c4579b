"""Which models a comparison trains, with which settings and seeds, and the command for the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.experiments.command_line import (
    command_of,
    kind_words,
    out_words,
    set_words,
    task_words,
)
from glyphlab.experiments.compare_presets import Preset, preset_of
from glyphlab.experiments.kinds import Kind, named, require_classifiers, task_of
from glyphlab.experiments.own_models import Models, is_own, own_remark, own_words
from glyphlab.experiments.results.footing import Footing
from glyphlab.recipes import BaseRecipe
from glyphlab.recipes.plan import require_seeds, task_overridden
from glyphlab.tasks import Scene, Task
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = ["ComparisonPlan", "plan_comparison"]


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
    footing : {'', 'equal', 'tuned', 'searched'}
        How the settings of the models are chosen; empty for generators.
    settled : tuple of str
        The overrides of all recipes, those of the preset included; none of the task.
    """

    kind: Kind
    task: TaskRecipe
    recipes: Mapping[str, Sequence[BaseRecipe]]
    command: str
    footing: Footing = ""
    settled: tuple[str, ...] = ()


def plan_comparison(
    task: str | Scene | Task | TaskRecipe,
    models: Models,
    *,
    seeds: int = 3,
    root: str | Path = "runs",
    preset: str | None = None,
    overrides: Iterable[str] = (),
    kind: str | None = None,
    tuned: bool = False,
    searched: Mapping[str, Mapping[str, Any]] | None = None,
    more: Sequence[str] = (),
    quiet: bool = False,
) -> ComparisonPlan:
    """Return what `compare` would train; parameters and errors are its own.

    `searched` are settings that a search found, by model and key, and `more` further words of the
    command.
    """
    overrides = list(overrides)
    _check(models, seeds)
    entries = named(models, kind, task)
    footing: Footing = ""
    if entries.kind == "generator":
        require_classifiers(tuned=tuned)
    else:
        footing = "tuned" if tuned else "equal"
        entries = entries if tuned else entries.on_equal_footing()
        if searched is not None:
            footing, entries = "searched", entries.with_settings(searched)
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
    words += [*(["--tuned"] if tuned else []), *more]
    words += [*set_words(overrides), *out_words(root)]
    command = command_of(words, of_task) + own_remark(entries.entries)
    settled = (*entries.effective(of_task, defaults), *changes)
    return ComparisonPlan(entries.kind, of_task, recipes, command, footing, settled)


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

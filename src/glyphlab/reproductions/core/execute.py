"""Run a published experiment again, or show what was recorded of it."""

from __future__ import annotations

import importlib.resources
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab.data import list_sources
from glyphlab.experiments.command_line import out_words
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.results.classifier_runs import has_chance
from glyphlab.experiments.results.ledger import evaluation_of
from glyphlab.recipes import BaseRecipe, ModelEntry, Recipe
from glyphlab.recipes.plan import require_seeds
from glyphlab.reporting.pages.page_parts import Part
from glyphlab.reproductions.catalogue import find_reproduction
from glyphlab.reproductions.core.drawn.report_figures import drawn
from glyphlab.reproductions.core.generator_recipes import scaled_generator
from glyphlab.reproductions.core.outcome import Outcome
from glyphlab.reproductions.core.reproduction import Reproduction, Scale, scale_of
from glyphlab.reproductions.core.rows import Row
from glyphlab.reproductions.core.verdicts.deciding import decide
from glyphlab.reproductions.core.verdicts.engines import engines_of
from glyphlab.reproductions.core.verdicts.row_documents import NOT_RUN, as_json, as_told
from glyphlab.runs import Run, commit_of, environment
from glyphlab.tasks import Task, load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.identity import identified

__all__ = ["recorded", "reproduce", "row_ids"]

FEW_DIGITS = 15
"""Digits of a number that a handful of digits is enough for."""
FEW_IMAGES = 100
"""Images of a model with a task of its own, at most, where nothing is to be learned from them."""


def row_ids(name: str) -> tuple[str, ...]:
    """Return the ids of every row of a published experiment, in their order.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    return tuple(row.id for row in find_reproduction(name).rows)


def reproduce(
    name: str,
    *,
    rows: Sequence[str] | None = None,
    scale: str = "quick",
    seeds: int | None = None,
    finished: bool = False,
    root: str | Path = "runs",
    quiet: bool = False,
    data_dir: str | Path | None = None,
) -> Outcome:
    """Run a published experiment again and set the measured beside the reported.

    Parameters
    ----------
    name : str
        One of `list_reproductions`.
    rows : sequence of str, optional
        Ids of rows; all by default. Models that no chosen row needs are not trained.
    scale : {'smoke', 'quick', 'long', 'full'}
        ``'smoke'``: embedded digits, one epoch. ``'quick'``: the report's data, one epoch, one
        seed. ``'long'``: as ``'full'``, but generators for a part of their training; sentences
        about them get a verdict at that length. ``'full'``: the report's own training, with as many
        seeds as the reproduction says.
    seeds : int, optional
        Other than the scale's.
    finished : bool
        Train nothing: measure each row with the finished runs that are there, of the seeds that all
        its models have. A row whose models have none is ``not run``.
    root : path
        Folder of the run folders; finished runs are used as they are.

    Raises
    ------
    UnknownName
        For a name, row or scale that is none.
    DataMissing
        Where MNIST is not there and may not be fetched.
    """
    if seeds is not None:
        require_seeds(seeds)
    published = find_reproduction(name)
    how = scale_of(scale)
    chosen = published.chosen(rows)
    of_task = published.task_recipe(how)
    task = load_recipe_task(of_task, data_dir, quiet=quiet)
    usual = min(how.seeds, published.seeds)
    count = seeds or usual
    words = ["glyphlab", "reproduce", "run", name, "--scale", scale]
    words += ["--rows", ",".join(rows)] if rows else []
    words += ["--seeds", str(count)] if count != usual else []
    words += [*["--finished"] * finished, *out_words(root)]
    command = shlex.join(words)
    there = Path(root) if finished else None
    recipes = {
        model: _recipes(published, model, of_task, how, count, there)
        for model in dict.fromkeys(model for row in chosen for model in row.models)
    }
    runs: dict[str, list[Run]] = {model: [] for model in recipes}
    parts = _parts(recipes, command)
    countdown = Countdown(sum(len(part.trainings()) for _, part in parts), quiet=quiet)
    for of_part, part in parts:
        loaded = None if of_part.differences(of_task) else task
        found = part.run(root, loaded, quiet=quiet, data_dir=data_dir, countdown=countdown)
        for model, of_model in found.items():
            runs[model] += of_model
    return Outcome(
        name,
        published.title,
        scale,
        command,
        [{**_measured(published, row, task, runs, how), **as_told(row)} for row in chosen],
        environment(),
        _drawn(published, task, runs, every=rows is None),
        evaluation_of((run for found in runs.values() for run in found), command),
        _items(published, rows),
    )


def recorded(
    name: str, *, rows: Sequence[str] | None = None, root: str | Path | None = None
) -> Outcome:
    """Return the committed result of a published experiment; nothing is run.

    A row that has no committed result yet has the verdict ``not run``.

    Parameters
    ----------
    name : str
    rows : sequence of str, optional
        Ids of the rows to show; all otherwise.
    root : path, optional
        Folder of run folders whose finished runs are drawn, where there are any: a record holds
        numbers alone. The data are drawn where they are on this machine. Without it, nothing is.

    Raises
    ------
    UnknownName
        Where there is no such experiment, or no such row.
    UsageError
        Where nothing was recorded of it.
    """
    published = find_reproduction(name)
    chosen = published.chosen(rows)
    file = importlib.resources.files("glyphlab.reproductions") / "recorded" / f"{name}.json"
    if not file.is_file():
        raise UsageError(
            f"nothing is recorded of '{name}': run it with: "
            f"glyphlab reproduce run {name} --scale full"
        )
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    measured = {row["id"]: row for row in content["rows"]}
    return Outcome(
        name,
        content["title"],
        content["scale"],
        content["command"],
        [{**measured.get(row.id, as_json(row, None, NOT_RUN)), **as_told(row)} for row in chosen],
        content["env"],
        _of_finished(published, chosen, scale_of(content["scale"]), Path(root), rows is None)
        if root is not None
        else (),
        items=_items(published, rows),
    )


def _of_finished(
    published: Reproduction, chosen: Sequence[Row], how: Scale, root: Path, every: bool
) -> list[Part]:
    """Return the pictures that the finished runs and the data on this machine allow."""
    of_task = published.task_recipe(how)
    count = published.seeds
    runs: dict[str, list[Run]] = {}
    for model in dict.fromkeys(model for row in chosen for model in row.models):
        recipes = _recipes(published, model, of_task, how, count, root)
        runs[model] = [Run.load(identified(one, root).path_in(root)) for one in recipes]
    # Nothing is fetched to show what was recorded.
    here = {one.name for one in list_sources() if one.state in ("embedded", "ok")}
    task = load_recipe_task(of_task, quiet=True) if of_task.data in here else None
    return _drawn(published, task, runs, every=every)


def _drawn(
    published: Reproduction, task: Task | None, runs: Mapping[str, Sequence[Run]], *, every: bool
) -> list[Part]:
    return drawn(
        published.figures, task, {model: found for model, found in runs.items() if found},
        rows=published.rows, name=published.name, source=published.published.data, every=every,
    )  # fmt: skip


def _recipes(
    published: Reproduction,
    model: str,
    task: TaskRecipe,
    how: Scale,
    seeds: int,
    there: Path | None,
) -> list[BaseRecipe]:
    """Return the recipes of a model, one a seed; with `there` those that are finished there."""
    if model in published.generator_names:
        entry = published.generator(model)
        made = [scaled_generator(entry, task, how, seed) for seed in range(seeds)]
        return [one for one in made if there is None or _is_done(there, one)]
    return [*_of_classifier(published.entry(model), task, how, seeds, there)]


def _items(published: Reproduction, rows: Sequence[str] | None) -> tuple[dict[str, Any], ...]:
    """Return what the report says that is no row of its own, where all its rows are shown."""
    return tuple(item.to_json() for item in published.items) if rows is None else ()


def _of_classifier(
    entry: ModelEntry,
    task: TaskRecipe,
    how: Scale,
    seeds: int,
    there: Path | None,
) -> Iterator[Recipe]:
    """Yield the recipes of a classifier, one a seed; with `there` those that are finished there."""
    if not how.published:  # a handful of digits has too few images to choose from
        kept = {key: of for key, of in entry.of_task.items() if key != "train_images"}
        if "digits" in kept:  # of numbers of a hundred digits there would be a single test image
            kept["digits"] = min(kept["digits"], FEW_DIGITS)
        if "images" in kept:
            kept["images"] = min(kept["images"], FEW_IMAGES)
        entry = replace(entry, of_task=kept)
    changes = how.overrides_of(entry)
    for seed in range(seeds):
        one = Recipe.for_entry(entry, task, seed=seed, overrides=changes)
        if seed > 0 and not one.has_chance:  # another seed would only repeat the first
            continue
        if there is None or _is_done(there, one):
            yield one


def _parts(
    recipes: Mapping[str, Sequence[BaseRecipe]], command: str
) -> list[tuple[TaskRecipe, Experiment]]:
    """Return what is trained on one task each, classifiers first and generators apart."""
    every = [one for of_model in recipes.values() for one in of_model]
    found = []
    for kind, task in dict.fromkeys((one.kind, one.task) for one in sorted(every, key=_kind)):
        chosen = {
            model: [one for one in of_model if (one.kind, one.task) == (kind, task)]
            for model, of_model in recipes.items()
        }
        part = {model: of_model for model, of_model in chosen.items() if of_model}
        found.append((task, Experiment(part, command)))
    return found


def _kind(recipe: BaseRecipe) -> str:
    return recipe.kind


def _measured(
    published: Reproduction, row: Row, task: Task, runs: dict[str, list[Run]], scale: Scale
) -> dict[str, Any]:
    by_model = [runs[model] for model in row.models]
    if not all(by_model):
        return as_json(row, None, NOT_RUN)
    # What has no chance in it is there once; of the rest only seeds that every model has count.
    drawn = [{_seed(run) for run in found} for found in by_model if has_chance(found[0])]
    common = set.intersection(*drawn) if drawn else set()
    if drawn and not common:
        return as_json(row, None, NOT_RUN)
    found = [run for one in by_model for run in one if not has_chance(run) or _seed(run) in common]
    measured = row.measure(task, found)
    decision = decide(
        row,
        measured,
        certain=bool(found) and not drawn,
        same_images=published.same_images,
        against=published.reason_against(row, scale),
        remark=published.remark(row, scale),
    )
    document = as_json(row, measured, decision, published.rows)
    commits = sorted({commit_of(run.env) for run in found})
    return {**document, "scale": scale.name, "commits": commits, "engines": engines_of(found)}


def _seed(run: Run) -> int:
    return int(run.recipe["seed"])


def _is_done(root: Path, recipe: BaseRecipe) -> bool:
    return (identified(recipe, root).path_in(root) / "done").exists()

"""Accuracy against the number of training images: what structure is worth where data are few."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from glyphlab.comparisons.gather import gather
from glyphlab.comparisons.plan import planned, task_overridden
from glyphlab.comparisons.words import command_of, out_words, set_words, task_words
from glyphlab.compose import Scene
from glyphlab.errors import UsageError
from glyphlab.models import model_entry
from glyphlab.progress import Progress, note, progress
from glyphlab.report.curve_page import write_curve_page
from glyphlab.runs import Run
from glyphlab.train import Recipe, TaskRecipe, load_recipe_task
from glyphlab.train.together import train_together

__all__ = ["STEPS", "LearningCurve", "learning_curve"]

SCHEMA = 1
OPTIONS = ("--as-published", "--per-label", "--images", "--digits", "--once", "--seed")
"""Options of ``glyphlab curve`` that say what the task is."""
STEPS = 1_000
"""Steps that a training takes at least: ten epochs of a hundred images would be ten steps."""


@dataclass(frozen=True)
class LearningCurve:
    """Scores of several models at several numbers of training images.

    Attributes
    ----------
    task, protocol, command : str
    sizes : list of int
    rows : list of dict
        The rows of a comparison, each with its ``images``.
    tests : list of dict
        The paired tests of each size, each with its ``images``; corrected within a size.
    env : dict
    """

    task: str
    protocol: str
    command: str
    sizes: list[int]
    rows: list[dict[str, Any]]
    tests: list[dict[str, Any]]
    env: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab curve --json``."""
        return {
            "schema": SCHEMA,
            "task": self.task,
            "protocol": self.protocol,
            "sizes": self.sizes,
            "rows": self.rows,
            "tests": self.tests,
            "command": self.command,
            "env": self.env,
        }

    def report(self, path: str | Path) -> Path:
        """Write the page, one self-contained HTML file, and return its path."""
        write_curve_page(Path(path), self.to_json())
        return Path(path)

    def __str__(self) -> str:
        """Return a line a size and a column a model."""
        models = list(dict.fromkeys(row["model"] for row in self.rows))
        lines = [self.protocol, "", f"{'images':>8}" + "".join(f"{m:>26}" for m in models)]
        for size in self.sizes:
            cells = {row["model"]: row for row in self.rows if row["images"] == size}
            line = f"{size:>8,}"
            for model in models:
                row = cells[model]
                text = f"{row['mean']:.2%} [{row['low']:.2%}, {row['high']:.2%}]"
                line += f"{text:>26}"
            lines.append(line)
        return "\n".join(lines)


def learning_curve(
    task: str | Scene | TaskRecipe,
    models: Sequence[str],
    sizes: Sequence[int],
    *,
    seeds: int = 3,
    steps: int = STEPS,
    root: str | Path = "runs",
    overrides: Iterable[str] = (),
    quiet: bool = False,
    data_dir: str | Path | None = None,
) -> LearningCurve:
    """Train every model on several numbers of training images, and score all on one test set.

    The images of a smaller number are among those of a larger one. Validation and test stay as they
    are, so that selection is as good everywhere.

    Parameters
    ----------
    task : str, Scene or TaskRecipe
        As `glyphlab.comparisons.compare` takes it.
    models : sequence of str
        Names that `glyphlab.models.list_models` knows.
    sizes : sequence of int
        Numbers of training images.
    seeds : int
        Trainings of each model at each size.
    steps : int
        Least number of training steps: where a net's own epochs come to fewer, each shows its
        images several times.
    root : path
        Folder of the run folders; finished runs are used as they are.
    overrides : iterable of str
        ``key.path=value`` for every recipe.

    Raises
    ------
    UsageError
        Where no model or size is named, or one twice, or the task has fewer images.
    UnknownName
        For a model that is none.
    """
    overrides = list(overrides)
    entries = [model_entry(model) for model in models]
    for what, given in (("model", models), ("size", sizes)):
        if not given or len(set(given)) < len(given):
            raise UsageError(f"name at least one {what}, and each once; found {list(given)}")
    of_task = task if isinstance(task, TaskRecipe) else TaskRecipe.of(task, square=0)
    task, changes = task_overridden(of_task, overrides)
    whole = load_recipe_task(task, data_dir, quiet=quiet)
    rows: list[dict[str, Any]] = []
    tests: list[dict[str, Any]] = []
    words = ["glyphlab", "curve", task.word, "--data", task.data, "--models", ",".join(models)]
    words += ["--sizes", ",".join(map(str, sizes)), "--seeds", str(seeds)]
    words += ["--steps", str(steps)] if steps != STEPS else []
    usual = task.plain.changed(square=0)
    words += [*task_words(task, usual, OPTIONS), *set_words(overrides)]
    command = command_of([*words, *out_words(root)], task)
    env: dict[str, Any] = {}
    protocol = ""
    for size in sorted(sizes):
        part = whole.with_train_images(size)
        of_size = task.changed(train_images=size)
        recipes = planned(
            entries, of_size, range(seeds), overrides=changes, quiet=quiet or size != min(sizes),
            more=partial(_repeats, size, steps),
        )  # fmt: skip
        plan = [(model, one) for model, of_model in recipes.items() for one in of_model]
        longer = {model: one for model, one in plan if one.training.passes > 1}
        if longer and not quiet:
            said = ", ".join(f"{model} {one.training.passes}" for model, one in longer.items())
            note(f"{size:,} images: passes in an epoch for {steps:,} steps (--steps): {said}")
        with progress(len(plan), f"{size:,} images", unit="training", quiet=quiet) as bar:
            begun = 0

            def on_group(group: Sequence[int], plan: Any = plan, bar: Progress = bar) -> None:
                nonlocal begun
                if begun:  # a group has begun, so that the one before it is done
                    bar.advance(begun)
                begun = len(group)
                if not quiet:
                    note(f"training {', '.join(dict.fromkeys(plan[one][0] for one in group))}")

            found = train_together(
                [one for _, one in plan], Path(root), part, quiet=True, command=command,
                on_group=on_group,
            )  # fmt: skip
            bar.advance(begun)
        runs: dict[str, list[Run]] = {}
        for (model, _), run in zip(plan, found, strict=True):
            runs.setdefault(model, []).append(run)
        compared = gather(runs, question="", command=command, audit={})
        rows += [{"images": size, **row} for row in compared.rows]
        tests += [{"images": size, **test} for test in compared.tests]
        env, protocol = compared.env, whole.protocol
    return LearningCurve(task.name, protocol, command, sorted(sizes), rows, tests, env)


def _repeats(size: int, steps: int, recipe: Recipe) -> Sequence[str]:
    """Return the override that shows the images so often that the steps are enough."""
    training = recipe.training
    if recipe.model.net == "classical":
        return []
    # more passes and not more epochs: after each epoch all validation images are read
    passes = math.ceil(steps * training.batch / (training.epochs * size))
    return [f"training.passes={passes}"] if passes > training.passes else []

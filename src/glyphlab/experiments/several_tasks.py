"""One comparison on several tasks, with a verdict over all of them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from glyphlab._common.errors import UsageError
from glyphlab._common.files import file_words
from glyphlab._common.tabular.column_table import Column, Table
from glyphlab._common.tabular.number_texts import number_text, p_text, points_text, share_text
from glyphlab._common.tabular.table_forms import as_text
from glyphlab.experiments.comparing import compare
from glyphlab.experiments.data_seeds import require_redrawn
from glyphlab.experiments.kinds import require_classifiers
from glyphlab.experiments.own_models import Models
from glyphlab.experiments.planning.comparison_plan import plan_comparison
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.experiments.results.document import SCHEMA, Document
from glyphlab.experiments.results.task_summary import TOO_FEW, rows_over_tasks, verdicts_over_tasks
from glyphlab.reporting.pages.answer import gap
from glyphlab.reporting.pages.page import write_page
from glyphlab.reporting.pages.page_parts import Fold, Page, Section, figures_in
from glyphlab.reporting.pages.tasks_page import tasks_page
from glyphlab.tasks import Scene, Task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.rehearsal import rehearse

__all__ = ["SeveralTasks", "compare_tasks"]


_MODELS = (
    Column("model"),
    Column("mean_rank", form=lambda value, _: number_text(value, "distance"),
           interval=("rank_low", "rank_high")),
    Column("mean", "mean accuracy", share_text, ("low", "high")),
)  # fmt: skip
_PAIRS = (
    Column("a", "first"), Column("b", "second"),
    Column("difference", "mean difference, points", points_text, ("low", "high")),
    Column("p_holm", "p, Holm", p_text), Column("tasks_better"), Column("tasks_worse"),
    Column("verdict", "first is"),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class SeveralTasks(Document):
    """What several models scored on several tasks.

    Attributes
    ----------
    comparisons : mapping of str to Comparison
        By task.
    command : str
    """

    comparisons: Mapping[str, Comparison]
    command: str

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One a model: its mean rank, and its interquartile mean accuracy, with intervals."""
        return rows_over_tasks({task: one.rows for task, one in self.comparisons.items()})

    @cached_property
    def tests(self) -> list[dict[str, Any]]:
        """One a pair, over all tasks."""
        return verdicts_over_tasks(
            {task: one.rows for task, one in self.comparisons.items()},
            {task: one.tests for task, one in self.comparisons.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``glyphlab compare TASK,TASK --json``."""
        return {
            "schema": SCHEMA,
            "tasks": {task: one.to_json() for task, one in self.comparisons.items()},
            "rows": self.rows,
            "tests": self.tests,
            "command": self.command,
            "env": next(iter(self.comparisons.values())).env,
        }

    def tables(self) -> list[Table]:
        """Return models and pairs over all tasks, and the tables of each task by its name."""
        ranked = sorted(self.rows, key=lambda row: float(row["mean_rank"]))
        found = [Table("results", ranked, _MODELS), Table("tests", self.tests, _PAIRS)]
        for task, one in self.comparisons.items():
            for table in one.tables():
                found.append(replace(table, name=f"{task} {table.name}"))
        return found

    @property
    def headline(self) -> str:
        """What was compared."""
        return f"{len(self.rows)} models on {len(self.comparisons)} tasks: " + ", ".join(
            self.comparisons
        )

    def to_html(self, path: str | Path) -> Path:
        """Write the page of the summary, and beside it the page of each task; return its path."""
        target = Path(path)
        pages = {}
        words = file_words(self.comparisons)
        for word, (task, one) in zip(words, self.comparisons.items(), strict=True):
            pages[task] = one.to_html(target.with_name(f"{target.stem}-{word}.html")).name
        write_page(target, self._summary(pages))
        return target

    def page(self) -> Page:
        """Return the page of the summary, and the figures of each task's own page."""
        found = self._summary({})
        shown = [
            Section(f"{task}: {section.title}", [Fold("Figures", figures)])
            for task, one in self.comparisons.items()
            for section in one.page().sections
            if (figures := figures_in(section.parts))
        ]
        return replace(found, sections=[*found.sections, *shown])

    def _summary(self, pages: Mapping[str, str]) -> Page:
        trained = {task: one.groups for task, one in self.comparisons.items()}
        return tasks_page(self.to_json(), pages, trained)

    def __str__(self) -> str:
        """Return the summary, and then each task's own text."""
        lines = [
            f"{len(self.comparisons)} tasks: {', '.join(self.comparisons)}", "",
            as_text(self.table()),
        ]  # fmt: skip
        lines += ["", *map(_sentence, self.tests)]
        for task, one in self.comparisons.items():
            lines += ["", f"== {task}", str(one)]
        return "\n".join(lines)


def _sentence(test: Mapping[str, Any]) -> str:
    said = f"{gap(test['difference'], test['low'], test['high'])} in the mean"
    alone = f"alone better on {test['tasks_better']}, worse on {test['tasks_worse']}"
    if test["verdict"] == "one seed":
        return f"{test['a']} and {test['b']}: {said}; one seed cannot tell which is better"
    if test["verdict"] == TOO_FEW:
        return f"{test['a']} and {test['b']}: {said}; fewer than three tasks say nothing of others"
    if test["verdict"] == "not distinguished":
        words = f"{test['a']} and {test['b']} are not distinguished over these tasks"
    else:
        words = f"{test['a']} is {test['verdict']} than {test['b']} over these tasks"
    return f"{words}: {said}, p {test['p_holm']:.2g}; {alone}"


def compare_tasks(
    tasks: Sequence[str | Scene | Task | TaskRecipe], models: Models, **words: Any
) -> SeveralTasks:
    """Compare the same models on several tasks, with a verdict over all of them.

    Parameters
    ----------
    tasks : sequence
        At least two, each as `compare` takes it.
    models : sequence of str, or mapping
        Classifiers that can read all of them.
    **words
        Those of `compare`, for each task.

    Raises
    ------
    UsageError
        For fewer than two tasks, one twice, a plan for a time, or what `compare` refuses of any of
        them, before anything is trained.
    """
    if words.get("minutes") is not None:
        raise UsageError("--minutes plans one task: name one, or leave it out")
    planned = {
        key: words[key] for key in ("seeds", "root", "preset", "overrides", "kind", "tuned")
        if key in words
    }  # fmt: skip
    plans = [plan_comparison(task, models, quiet=True, **planned) for task in tasks]
    names = _names([plan.task for plan in plans])
    if len(names) < 2 or len(set(names)) < len(names):
        raise UsageError(f"several tasks are at least two different ones, found {', '.join(names)}")
    if any(plan.kind == "generator" for plan in plans):
        require_classifiers(several_tasks=True)
    for plan in plans:
        if words.get("data_seeds", 1) > 1:
            require_redrawn(plan.task)
        for of_model in plan.recipes.values():
            rehearse(of_model[0])
    compared: dict[str, Comparison] = {}
    for name, task in zip(names, tasks, strict=True):
        found = compare(task, models, **words)
        assert isinstance(found, Comparison), "classifiers"
        compared[name] = found
    first = next(iter(compared.values())).command
    return SeveralTasks(compared, _command(first, [plan.task for plan in plans]))


def _names(tasks: Sequence[TaskRecipe]) -> list[str]:
    """Return the names of tasks; of several sources of single symbols those of the sources."""
    if sum(task.name == "single" for task in tasks) < 2:
        return [task.name for task in tasks]
    return [Path(task.data).name if task.name == "single" else task.name for task in tasks]


def _command(first: str, tasks: Sequence[TaskRecipe]) -> str:
    """Return the command of all tasks, from that of the first."""
    typed, remark, note = first.partition("  # ")
    words = shlex.split(typed)
    called = [task.word for task in tasks]
    if len({task.data for task in tasks}) > 1:  # one option cannot name several sources
        called = [task.data if task.name == "single" else task.word for task in tasks]
        place = words.index("--data")
        del words[place : place + 2]
    words[words.index(tasks[0].word)] = ",".join(called)
    return f"{shlex.join(words)}{remark}{note}"

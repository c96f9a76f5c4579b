"""The page of one comparison on several tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.number_texts import p_text
from glyphlab.reporting.pages.answer import named
from glyphlab.reporting.pages.generators_page import figure_cell
from glyphlab.reporting.pages.page import environment_rows
from glyphlab.reporting.pages.page_parts import (
    Cell,
    Column,
    Link,
    Page,
    Part,
    Section,
    Table,
    Text,
    points_cell,
    share_cell,
)
from glyphlab.reporting.sections.before_training import data_section
from glyphlab.runs import Run

__all__ = ["tasks_answer", "tasks_page"]


def tasks_page(
    document: Mapping[str, Any],
    pages: Mapping[str, str],
    trained: Mapping[str, Mapping[str, Sequence[Run]]] | None = None,
) -> Page:
    """Return the page of the document of several tasks.

    Parameters
    ----------
    document : mapping
        ``tasks``, ``rows`` and ``tests``.
    pages : mapping of str to str
        The file with the whole page of each task.
    trained : mapping of str to mapping of str to sequence of Run, optional
        The runs of each model by task, for images of the data.
    """
    runs = trained or {}
    tasks: Mapping[str, Mapping[str, Any]] = document["tasks"]
    summary = Section(
        "Over all tasks",
        [
            Text(
                "The rank of a model on a task is its place by exact match, 1 for the highest; "
                "the mean accuracy is the interquartile mean over tasks, and the mean of fewer "
                "than four. Intervals are for other tasks of the kind, so that there are none from "
                "fewer than three."
            ),
            _summary(document["rows"], list(tasks)),
        ],
    )
    tests = Section(
        "Which differences hold over all tasks",
        [
            Text(
                "The interquartile mean of the differences; p is corrected by Holm over the pairs. "
                "Tasks of one source show the same glyphs, so their errors are taken to go "
                "together. "
                "“Better” and “worse” speak of the first model and stand only where the corrected "
                "p is below 0.05."
            ),
            _tests(document["tests"]),
        ],
    )
    return Page(
        eyebrow="Glyphlab comparison",
        title=f"Comparison on {len(tasks)} tasks",
        question=f"Which model is best on {', '.join(tasks)}?",
        sections=[
            summary,
            *([tests] if document["tests"] else []),
            *(
                _of_task(task, one, pages.get(task, ""), runs.get(task, {}))
                for task, one in tasks.items()
            ),
        ],
        environment=environment_rows(document["env"]),
        command=document["command"],
        answer=tasks_answer(document["rows"], document["tests"]),
    )


def tasks_answer(
    rows: Sequence[Mapping[str, Any]], tests: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Say in a few sentences what may be concluded over all tasks.

    Parameters
    ----------
    rows : sequence of mapping
        ``model``, ``mean_rank`` and ``tasks`` of each model.
    tests : sequence of mapping
        ``a``, ``b`` and ``verdict`` of every pair.
    """
    first = min(rows, key=lambda row: float(row["mean_rank"]))
    name, tasks = str(first["model"]), int(first["tasks"])
    found = [
        f"The model {name} has the highest place over these {tasks} tasks: mean rank "
        f"{first['mean_rank']:.2f} of {len(rows)} models."
    ]
    words = {str(test["verdict"]) for test in tests}
    if "too few tasks" in words:
        found.append(
            "Fewer than three tasks say nothing of others: the verdict on each of these stands "
            "below."
        )
    elif "one seed" in words:
        found.append("One seed cannot tell which model is better.")
    else:
        beaten = [
            str(test["b"] if test["a"] == name else test["a"])
            for test in tests
            if (test["a"] == name and test["verdict"] == "better")
            or (test["b"] == name and test["verdict"] == "worse")
        ]
        found.append(
            f"Over tasks of this kind it is better than {named(beaten)}."
            if beaten
            else "No test says that it is better than another over tasks of this kind."
        )
    return found


def _summary(rows: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> Table:
    ranked = sorted(rows, key=lambda row: float(row["mean_rank"]))
    return Table(
        "Models over all tasks",
        [Column("model"), Column("mean rank"), Column("mean accuracy"), *map(Column, tasks)],
        [
            [
                Cell(str(row["model"])),
                Cell(f"{row['mean_rank']:.2f}", _ranks(row)),
                share_cell(row["mean"], row["low"], row["high"]),
                *(Cell(f"{100 * row['each_task'][task]:.2f} %") for task in tasks),
            ]
            for row in ranked
        ],
    )


def _ranks(row: Mapping[str, Any]) -> str:
    low, high = row["rank_low"], row["rank_high"]
    return "" if low is None else f"{low:.2f} – {high:.2f}"


def _tests(tests: Sequence[Mapping[str, Any]]) -> Table:
    columns = [
        Column("pair"), Column("mean difference"), Column("p, Holm"), Column("tasks better, worse"),
        Column("verdict", verdict=True),
    ]  # fmt: skip
    return Table(
        "Paired tests over all tasks",
        columns,
        [
            [
                Cell(f"{test['a']}, {test['b']}"),
                points_cell(test["difference"], test["low"], test["high"]),
                Cell(p_text(None if test["verdict"] == "one seed" else test.get("p_holm"))),
                Cell(f"{test['tasks_better']}, {test['tasks_worse']}"),
                Cell(str(test["verdict"])),
            ]
            for test in tests
        ],
    )


def _of_task(
    task: str, document: Mapping[str, Any], page: str, trained: Mapping[str, Sequence[Run]]
) -> Section:
    rows = Table(
        f"Results on {task}",
        [Column("model"), Column("exact match"), Column("seeds")],
        [
            [Cell(str(row["model"])), figure_cell("exact_match", row), Cell(str(row["seeds"]))]
            for row in document["rows"]
        ],
    )
    tests = Table(
        f"Paired tests on {task}",
        [Column("pair"), Column("difference"), Column("p, Holm"), Column("verdict", verdict=True)],
        [
            [
                Cell(f"{test['a']}, {test['b']}"),
                points_cell(test["difference"], test["low"], test["high"]),
                Cell(p_text(None if test["verdict"] == "one seed" else test.get("p_holm"))),
                Cell(str(test["verdict"])),
            ]
            for test in document["tests"]
        ],
    )
    parts: list[Part] = [Text(f"{document['protocol']}."), *map(Text, document["remarks"])]
    parts += [*data_section(trained).parts[:1], rows]
    parts += [tests] if document["tests"] else []
    parts += [Link(f"The whole page of {task}", page)] if page else []
    return Section(task, parts)

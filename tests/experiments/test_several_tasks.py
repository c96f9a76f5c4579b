"""Several tasks in one verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import SeveralTasks, compare_tasks, several_tasks
from glyphlab.experiments.results.task_summary import (
    TOO_FEW,
    rows_over_tasks,
    verdicts_over_tasks,
)
from glyphlab.reporting.pages.tasks_page import tasks_answer
from glyphlab.tasks.task_recipe import TaskRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "preset": "smoke",
    "quiet": True,
    "seeds": 2,
    "overrides": ["training.precision=float32", "task.generalization_grid=0"],
}


def row(model: str, mean: float, half: float = 0.01) -> dict[str, Any]:
    return {"model": model, "mean": mean, "low": mean - half, "high": mean + half}


def tasks_of(*means: tuple[float, float], half: float = 0.01) -> dict[str, list[dict[str, Any]]]:
    return {f"task {n}": [row("a", a, half), row("b", b, half)] for n, (a, b) in enumerate(means)}


def verdict_of(by_task: dict[str, list[dict[str, Any]]], *words: str) -> dict[str, Any]:
    (found,) = verdicts_over_tasks(
        by_task,
        {
            task: [{"a": "a", "b": "b", "verdict": word}]
            for task, word in zip(by_task, words, strict=True)
        },
    )
    return found


def test_ranks_and_means() -> None:
    rows = rows_over_tasks(tasks_of((0.9, 0.5), (0.8, 0.79), (0.7, 0.75)))
    assert [one["mean_rank"] for one in rows] == pytest.approx([4 / 3, 5 / 3])
    assert rows[0]["mean"] == pytest.approx(0.8)
    assert rows[0]["low"] < 0.7 < 0.9 < rows[0]["high"]  # three tasks say little of others
    assert 1 <= rows[0]["rank_low"] < 4 / 3 < rows[0]["rank_high"] <= 2
    assert rows[0]["each_task"] == {"task 0": 0.9, "task 1": 0.8, "task 2": 0.7}


def test_two_tasks_say_nothing_of_others() -> None:
    tasks = tasks_of((0.9, 0.9), (0.8, 0.7))
    rows = rows_over_tasks(tasks)
    assert [one["mean_rank"] for one in rows] == [1.25, 1.75]  # equal ones share their rank
    assert [rows[0][key] for key in ("low", "high", "rank_low")] == [None, None, None]
    found = verdict_of(tasks, "not distinguished", "better")
    assert (found["verdict"], found["p"], found["tasks_better"]) == (TOO_FEW, None, 1)


def test_one_verdict_over_tasks() -> None:
    many = tasks_of(*((0.9 + n / 100, 0.7 + n / 90) for n in range(6)))
    clear = verdict_of(many, *["better"] * 6)
    assert (clear["verdict"], clear["tasks_better"], clear["tasks_worse"]) == ("better", 6, 0)
    assert clear["low"] < clear["difference"] < clear["high"]
    assert verdict_of(many, *["better"] * 5, "one seed")["verdict"] == "one seed"
    opposed = verdict_of(tasks_of((0.9, 0.7), (0.7, 0.9), (0.8, 0.8)), "better", "worse", "worse")
    assert opposed["verdict"] == "not distinguished"


def test_luck_that_all_tasks_share_is_no_difference() -> None:
    """Equal models whose luck is the same on all tasks are seldom distinguished."""
    rng = np.random.default_rng(0)
    false = 0
    for _ in range(400):
        luck, noise = rng.standard_normal(2) * 0.01, rng.standard_normal((4, 2)) * 1e-4
        tables = tasks_of(*(0.9 + luck + noise), half=1.96 * 0.01)
        false += verdict_of(tables, *["?"] * 4)["verdict"] != "not distinguished"
    assert false <= 32  # 5 % of 400, and what chance adds


def test_tasks_are_compared_and_shown(tmp_path: Path) -> None:
    found = compare_tasks(["triple", "single"], ["multihead", "knn"], root=tmp_path, **SMALL)
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(document["tasks"]) == ["triple", "single"]
    assert {one["model"] for one in document["rows"]} == {"multihead", "knn"}
    assert found.command.startswith("glyphlab compare triple,single --data digits")
    page = found.to_html(tmp_path / "report.html").read_text(encoding="utf-8")
    for said in ("Over all tasks", "mean rank", "report-triple.html", "report-single.html"):
        assert said in page
    assert (tmp_path / "report-triple.html").exists()
    assert '<a href="report-triple.html">' in page
    assert "Fewer than three tasks say nothing of others" in page
    text = str(found)
    assert "mean rank" in text
    assert "== single" in text
    assert "fewer than three tasks" in text


def test_names_that_come_to_one_word_have_a_page_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Compared:
        def to_html(self, path: Path) -> Path:
            assert not path.exists()
            path.write_text("")
            return path

    linked: dict[str, str] = {}
    monkeypatch.setattr(several_tasks, "write_page", lambda _target, _page: None)
    monkeypatch.setattr(SeveralTasks, "_summary", lambda _self, pages: linked.update(pages))
    names = ["a-b", "a_b", "triple"]
    SeveralTasks({name: Compared() for name in names}, "").to_html(tmp_path / "r.html")  # type: ignore[misc]
    assert linked == {"a-b": "r-a-b.html", "a_b": "r-a-b-2.html", "triple": "r-triple.html"}


def test_two_sources_are_two_tasks() -> None:
    tasks = [TaskRecipe(name="single", data="mnist"), TaskRecipe(name="single", data="a/my set"),
             TaskRecipe(name="triple", data="mnist")]  # fmt: skip
    assert several_tasks._names(tasks) == ["mnist", "my set", "triple"]
    assert several_tasks._names(tasks[1:]) == ["single", "triple"]
    first = "glyphlab compare single --data mnist --models knn --seeds 2"
    assert several_tasks._command(first, tasks) == (
        "glyphlab compare 'mnist,a/my set,triple' --models knn --seeds 2"
    )
    assert several_tasks._command(f"{first}  # first: this", [tasks[0], tasks[2]]) == (
        "glyphlab compare single,triple --data mnist --models knn --seeds 2  # first: this"
    )


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("better", "it is better than b."),
        ("worse", "No test says that it is better"),
        ("not distinguished", "No test says that it is better"),
        ("one seed", "One seed cannot tell"),
        (TOO_FEW, "Fewer than three tasks"),
    ],
)
def test_the_answer_is_the_verdict(verdict: str, said: str) -> None:
    rows = [
        {"model": "a", "mean_rank": 1.2, "tasks": 5},
        {"model": "b", "mean_rank": 1.8, "tasks": 5},
    ]
    first, second = tasks_answer(rows, [{"a": "a", "b": "b", "verdict": verdict}])
    assert "The model a has the highest place over these 5 tasks: mean rank 1.20" in first
    assert said in second


@pytest.mark.parametrize(
    ("tasks", "words", "message"),
    [
        (["triple"], {}, "at least two different"),
        (["triple", "triple"], {}, "at least two different"),
        (["triple", "addition"], {"minutes": 3}, "plans one task"),
        (["triple", "single"], {"data_seeds": 2}, "of 'single' are fixed"),
        (["triple", "addition"], {"models": ["sliced"]}, "'sliced' reads one label a position"),
    ],
)
def test_what_cannot_be_asked(
    tasks: list[str], words: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        compare_tasks(tasks, **{"models": ["whole"], "root": tmp_path, **words})
    assert list(tmp_path.iterdir()) == []

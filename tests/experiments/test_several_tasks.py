"""Several tasks in one verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import compare_tasks
from glyphlab.experiments.results.task_summary import (
    interquartile_mean,
    rows_over_tasks,
    verdicts_over_tasks,
)

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "preset": "smoke",
    "quiet": True,
    "seeds": 2,
    "overrides": ["training.precision=float32", "task.generalization_grid=0"],
}


def row(model: str, mean: float, half: float = 0.01) -> dict[str, Any]:
    return {"model": model, "mean": mean, "low": mean - half, "high": mean + half}


def pair(difference: float, half: float, verdict: str = "better") -> dict[str, Any]:
    return {
        "a": "a", "b": "b", "difference": difference, "low": difference - half,
        "high": difference + half, "verdict": verdict,
    }  # fmt: skip


def test_ranks_and_means() -> None:
    rows = rows_over_tasks(
        {"x": [row("a", 0.9), row("b", 0.5)], "y": [row("a", 0.8), row("b", 0.79)]}
    )
    assert [one["mean_rank"] for one in rows] == [1.0, 2.0]
    assert rows[0]["mean"] == pytest.approx(0.85)
    assert rows[0]["low"] == pytest.approx(0.84, abs=0.002)
    assert rows[0]["rank_low"] == 1.0 < rows[0]["rank_high"]  # they are close on y
    assert rows[0]["each_task"] == {"x": 0.9, "y": 0.8}
    four = np.array([0.0, 0.5, 0.7, 1.0])
    assert interquartile_mean(four) == pytest.approx(0.6)
    assert interquartile_mean(four[:3]) == pytest.approx(0.4)


def test_equal_ranks_are_shared() -> None:
    rows = rows_over_tasks({"x": [row("a", 0.9), row("b", 0.9)]})
    assert [one["mean_rank"] for one in rows] == [1.5, 1.5]


def test_one_verdict_over_tasks() -> None:
    (clear,) = verdicts_over_tasks({"x": [pair(0.1, 0.02)], "y": [pair(0.05, 0.04, "worse")]})
    assert (clear["verdict"], clear["tasks_better"], clear["tasks_worse"]) == ("better", 1, 1)
    assert clear["difference"] == pytest.approx(0.075)
    assert (clear["low"], clear["high"]) == pytest.approx((0.045, 0.105))
    (opposed,) = verdicts_over_tasks({"x": [pair(0.1, 0.02)], "y": [pair(-0.1, 0.02, "worse")]})
    assert opposed["verdict"] == "not distinguished"
    (single,) = verdicts_over_tasks({"x": [pair(0.1, 0.02)], "y": [pair(0.1, 0.02, "one seed")]})
    assert single["verdict"] == "one seed"


def test_the_error_of_a_mean_over_tasks_is_not_below_what_shared_glyphs_leave() -> None:
    """Equal models whose luck is the same on all tasks are seldom distinguished."""
    rng = np.random.default_rng(0)
    false = 0
    for _ in range(400):
        luck = rng.standard_normal() * 0.01
        tables = {name: [pair(luck, 1.96 * 0.01, "?")] for name in "xyz"}
        false += verdicts_over_tasks(tables)[0]["verdict"] != "not distinguished"
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
    text = str(found)
    assert "mean rank" in text
    assert "== single" in text
    assert "over these tasks" in text


@pytest.mark.parametrize(
    ("tasks", "words", "message"),
    [
        (["triple"], {}, "at least two different"),
        (["triple", "triple"], {}, "at least two different"),
        (["triple", "addition"], {"minutes": 3}, "plans one task"),
        (["triple", "addition"], {"models": ["sliced"]}, "'sliced' reads one label a position"),
    ],
)
def test_what_cannot_be_asked(
    tasks: list[str], words: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        compare_tasks(tasks, **{"models": ["whole"], "root": tmp_path, **words})
    assert list(tmp_path.iterdir()) == []

"""Several tasks in one verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import compare_tasks
from glyphlab.experiments.results.table import rows_over_tasks
from glyphlab.tasks import Scene

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "preset": "smoke",
    "quiet": True,
    "seeds": 2,
    "overrides": ["training.precision=float32", "task.generalization_grid=0"],
}


def row(model: str, mean: float, half: float = 0.01) -> dict[str, Any]:
    return {"model": model, "mean": mean, "low": mean - half, "high": mean + half}


def test_ranks_means_and_pairs() -> None:
    gaps = {"x": 0.0, "y": 0.01, "z": 0.02}
    tables = {task: [row("a", 0.9 + gap), row("b", 0.5)] for task, gap in gaps.items()}
    rows, (test,) = rows_over_tasks(tables)
    assert [one["mean_rank"] for one in rows] == [1.0, 2.0]
    assert rows[0]["mean"] == pytest.approx(0.91)
    assert rows[0]["low"] < 0.91 < rows[0]["high"] <= 1
    assert rows[0]["each_task"] == {"x": 0.9, "y": 0.91, "z": 0.92}
    assert (test["verdict"], test["won"], test["lost"]) == ("better", 3, 0)
    opposed = {
        task: [row("a", 0.5 + gap), row("b", 0.5)] for task, gap in zip("xyz", (-0.1, 0, 0.1))
    }
    assert rows_over_tasks(opposed)[1][0]["verdict"] == "not distinguished"


def test_tasks_are_compared_and_shown(tmp_path: Path) -> None:
    pair = Scene.in_grid("pair", 1, 2)
    tasks = ["triple", "single", pair]
    found = compare_tasks(tasks, ["multihead", "knn"], root=tmp_path, **SMALL)  # type: ignore[arg-type]
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert list(document["tasks"]) == ["triple", "single", "pair"]
    assert {one["model"] for one in document["rows"]} == {"multihead", "knn"}
    assert found.command.startswith("glyphlab compare triple,single,pair.toml --data digits")
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
        (["triple", "single"], {}, "at least three different"),
        (["triple", "single", "triple"], {}, "at least three different"),
        (["triple", "single", "addition"], {"minutes": 3}, "plans one task"),
        (["triple", "single", "addition"], {"models": ["sliced"]}, "'sliced' reads one label a"),
    ],
)
def test_what_cannot_be_asked(
    tasks: list[str], words: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        compare_tasks(tasks, **{"models": ["whole"], "root": tmp_path, **words})
    assert list(tmp_path.iterdir()) == []

"""Several drawings of the data in one verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import compare, preview
from glyphlab.tasks import load_task
from glyphlab.tasks.task_recipe import TaskRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "preset": "smoke",
    "quiet": True,
    "overrides": ["training.precision=float32", "task.generalization_grid=0"],
}


@pytest.mark.long
def test_intervals_cover_other_data(tmp_path: Path) -> None:
    found = compare("triple", ["multihead", "knn"], root=tmp_path, seeds=2, data_seeds=2, **SMALL)
    seeds = [run.recipe["task"]["seed"] for run in found.groups["multihead"]]
    assert seeds == [0, 0, 1, 1]
    rows = {row["model"]: row for row in found.rows}
    assert rows["multihead"]["data_seeds"] == rows["knn"]["data_seeds"] == 2
    assert rows["multihead"]["covers"] == "data, seeds and items"
    assert (len(rows["multihead"]["each_seed"]), len(rows["knn"]["each_seed"])) == (4, 2)
    (test,) = found.tests
    assert test["data_seeds"] == 2
    assert test["verdict"] in ("better", "worse", "not distinguished")
    assert "--data-seeds 2" in found.command
    page = found.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    said = "Means over 2 drawings of the data (--data-seeds)"
    assert said in str(found)
    assert said in page
    again = preview("triple", ["multihead", "knn"], root=tmp_path, seeds=2, data_seeds=2, **SMALL)
    assert [(row["trainings"], row["finished"]) for row in again.rows] == [(4, 4), (2, 2)]


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("single", "its images are those of the source"),
        (TaskRecipe(as_published=True, data="mnist"), "used as it was published"),
        (TaskRecipe(name="pairs.csv"), "a file says which glyphs"),
    ],
)
def test_fixed_data_are_refused(task: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"the data of .* are fixed .*{message}"):
        compare(task, ["whole"], root=tmp_path, data_seeds=2, quiet=True)


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="0 data seeds"):
        compare("triple", ["whole"], root=tmp_path, data_seeds=0)
    with pytest.raises(UsageError, match="leave --data-seeds out"):
        compare("triple", ["whole"], root=tmp_path, data_seeds=2, minutes=5)
    with pytest.raises(UsageError, match="one drawing of the data"):
        compare(load_task("triple", per_label=1), ["whole"], root=tmp_path, data_seeds=2)
    with pytest.raises(UsageError, match="--data-seeds is for classifiers"):
        compare("digits", ["small"], root=tmp_path, data_seeds=2)

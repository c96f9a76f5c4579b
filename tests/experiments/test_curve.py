"""Accuracy against the number of training images."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.experiments import compare, learning_curve
from glyphlab.experiments.curve import _repeats
from glyphlab.recipes import Recipe
from glyphlab.tasks.task_recipe import TaskRecipe

TASK = TaskRecipe(name="addition", per_label=15, generalization_grid=0)
SMALL = ["model.channels=2", "training.precision=float32"]


def test_every_model_at_every_size(tmp_path: Path) -> None:
    asked = dict(seeds=2, steps=4, root=tmp_path, overrides=SMALL, quiet=True)  # noqa: C408
    found = learning_curve(TASK, ["sum", "sequential"], [60, 20], **asked)  # type: ignore[arg-type]
    assert found.sizes == [20, 60]
    assert [(row["images"], row["model"], row["seeds"]) for row in found.rows] == [
        (20, "sum", 2), (20, "sequential", 2), (60, "sum", 2), (60, "sequential", 2),
    ]  # fmt: skip
    assert [test["images"] for test in found.tests] == [20, 60]
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert "--sizes 60,20" in document["command"]
    page = found.report(tmp_path / "curve.html").read_text()
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "20" in str(found)
    runs = sorted(path.name for path in tmp_path.glob("addition-*"))
    assert len(runs) == 8
    learning_curve(TASK, ["sum", "sequential"], [60, 20], **asked)  # type: ignore[arg-type]
    assert sorted(path.name for path in tmp_path.glob("addition-*")) == runs


def test_few_images_are_seen_more_often() -> None:
    plain = Recipe.for_model("sum", TASK)
    few = Recipe.for_model("sum", TASK, overrides=_repeats(100, 1_000, plain)).training
    assert few.epochs * -(-100 * few.repeats // few.batch_size) >= 1_000
    assert few.epochs * -(-100 * (few.repeats - 2) // few.batch_size) < 1_000
    assert _repeats(50_000, 1_000, plain) == []
    assert _repeats(100, 1_000, Recipe.for_model("knn", TASK)) == []


@pytest.mark.parametrize(
    ("models", "sizes", "error", "said"),
    [
        (["sum"], [], UsageError, "at least one size"),
        (["sum", "sum"], [10], UsageError, "at least one model"),
        (["summ"], [10], UnknownName, "did you mean 'sum'"),
        (["sum"], [10**6], UsageError, "expected from 1 to all of them"),
    ],
)
def test_what_cannot_be_drawn(
    models: list[str], sizes: list[int], error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        learning_curve(TASK, models, sizes, root=tmp_path, quiet=True)


def test_a_comparison_without_validation_has_a_page(tmp_path: Path) -> None:
    of = TaskRecipe(
        name="addition",
        without_glyph_reuse=True,
        validation_glyph_fraction=0,
        generalization_grid=0,
    )
    changes = [*SMALL, "training.epochs=1"]
    found = compare(of, ["sum"], seeds=2, root=tmp_path, overrides=changes, quiet=True)
    assert found.rows[0]["validation"] is None
    assert "on validation" not in found.report(tmp_path / "page.html").read_text()

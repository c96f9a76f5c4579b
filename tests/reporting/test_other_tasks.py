"""Reports of runs that were scored on different images: of other tasks, or of other drawings."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab.experiments import report_runs
from glyphlab.recipes import Recipe
from glyphlab.reporting.sections.confidence import label_spread
from glyphlab.runs import Run
from glyphlab.training import train
from trained import digits_run

pytestmark = pytest.mark.usefixtures("one_thread")


def nearest(task: str, root: Path, *, task_seed: int = 0) -> Run:
    recipe = Recipe.from_mapping(
        {
            "name": "nearest",
            "task": {"name": task, "images": 200, "generalization_grid": 0, "seed": task_seed},
            "model": {"strategy": "whole", "net": "classical", "classical": {"name": "knn"}},
        }
    )
    return train(recipe, root, quiet=True)


def test_classes_of_different_tasks_are_not_put_into_one_table(tmp_path: Path) -> None:
    sums = nearest("addition", tmp_path)
    for runs in ([digits_run(), sums], [sums, digits_run()]):
        page = report_runs(runs).to_html(tmp_path / "page.html").read_text(encoding="utf-8")
        assert "scored on different test images" in page
        assert "Accuracy of each class" not in page
        assert "Confusion matrix of" not in page
        assert "Exact match is the share of the test images" in page
    alone = report_runs([sums]).to_html(tmp_path / "one.html").read_text(encoding="utf-8")
    assert "Confusion matrix of" in alone
    assert "Exact match is the share of the 40 test images" in alone


def test_probabilities_of_different_images_do_not_stand_in_one_figure(tmp_path: Path) -> None:
    one, other = (nearest("addition", tmp_path, task_seed=seed) for seed in (0, 1))
    assert label_spread({"a": [one], "b": [one]}) is not None
    assert label_spread({"a": [one], "b": [other]}) is None

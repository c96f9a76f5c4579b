"""Probabilities of true sums by pair of digits, on a model whose answers are plain."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from glyphlab.recipes import Recipe
from glyphlab.reproductions.mnist_addition import pair_measures, pair_probabilities
from glyphlab.reproductions.mnist_addition.addition_models import addition_models
from glyphlab.reproductions.mnist_addition.paper import MNIST_ADDITION
from glyphlab.runs import Run
from glyphlab.tasks import Task, load_recipe_task, load_task
from glyphlab.training import train


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task("addition", images=400, offline=True)


def told(monkeypatch: pytest.MonkeyPatch, by_path: dict[Path, Any]) -> list[Any]:
    monkeypatch.setattr(
        pair_probabilities, "probabilities_of_true_labels", lambda path, _task: by_path[path]
    )
    monkeypatch.setattr(
        pair_measures, "probabilities_of_true_labels", lambda path, _task: by_path[path]
    )
    pair_probabilities.probabilities_by_pair.cache_clear()
    return [
        SimpleNamespace(path=path, summary=SimpleNamespace(model=path.name)) for path in by_path
    ]


def test_means_are_by_pair(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = task.test.symbols.T
    upper, lower = task.test.symbols[0].tolist()
    likely = np.where((first == upper) & (second == lower), 0.1, 0.9)
    (run,) = told(monkeypatch, {Path("a"): likely})
    table = pair_probabilities.probabilities_by_pair(run.path, task)
    assert table.shape == (10, 10)
    there = np.zeros((10, 10), bool)
    there[first, second] = True
    assert (np.isnan(table) == ~there).all()
    assert table[upper, lower] == pytest.approx(0.1)
    assert np.nanmax(table) == pytest.approx(0.9)
    assert pair_measures.probability_of_hardest_pair(task, [run]).value == pytest.approx(0.1)
    found = pair_measures.probability_of_true_label(task, [run])
    assert (found.value, found.items) == (pytest.approx(likely.mean()), len(task.test))


def test_of_two_models_pair_by_pair(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    upper = task.test.symbols[:, 0]
    runs = told(monkeypatch, {Path("b"): np.where(upper < 5, 0.8, 0.2), Path("c"): 0.5 + 0 * upper})
    pairs = {tuple(row) for row in task.test.symbols.tolist()}
    share = np.mean([first < 5 for first, _ in pairs])
    assert pair_measures.pairs_above(task, runs).value == pytest.approx(share)
    above = pair_measures.probability_above(task, runs).value
    assert above == pytest.approx(np.where(upper < 5, 0.8, 0.2).mean() - 0.5)


def test_probabilities_are_those_of_the_model(tmp_path: Path) -> None:
    """A right answer is the likeliest, and the true sum gets no more than the predicted one."""
    (entry,) = (one for one in addition_models() if one.name == "forest-8")
    few = MNIST_ADDITION.smoke.changed(train_images=200)
    run = train(Recipe.for_entry(entry, few), tmp_path, quiet=True)
    task = load_recipe_task(few)
    found = pair_probabilities.probabilities_of_true_labels(Run.load(run.path).path, task)
    confidence = run.load_predictions()["confidence"]
    assert found.shape == (len(task.test),)
    assert (found <= confidence + 1e-6).all()
    np.testing.assert_allclose(found[run.correct], confidence[run.correct], rtol=1e-5)

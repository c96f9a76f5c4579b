"""Runs that learn derived labels, from the recipe to the reading of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import RecipeError
from glyphlab.recipes import Recipe, list_models
from glyphlab.tasks import load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import predict, train
from glyphlab.training.targets import strategy_for, training_labels

pytestmark = pytest.mark.usefixtures("without_familiarity")
DERIVED = [entry.name for entry in list_models() if entry.task == "addition"]


def small(model: str, **task: object) -> Recipe:
    of = TaskRecipe.model_validate(
        {"name": "addition", "per_label": 8, "generalization_grid": 20, **task}
    )
    linear = model.startswith("linear")
    changes = [] if linear else ["training.epochs=2", "training.precision=float32"]
    changes += ["model.channels=4"] if model in ("sum", "sequential", "combined") else []
    return Recipe.for_model(model, of, overrides=changes)


@pytest.mark.parametrize("rule", ["addition", "product", "difference"])
@pytest.mark.parametrize("name", DERIVED)
def test_a_run_reads_labels_and_symbols(name: str, rule: str, tmp_path: Path) -> None:
    run = train(small(name, name=rule), tmp_path, quiet=True)
    task = load_task(rule, per_label=8)
    arrays, summary = run.load_predictions(), run.summary
    np.testing.assert_array_equal(arrays["true"][:, 0], task.test.labels)
    assert arrays["pred"].shape == arrays["true"].shape
    if summary.strategy == "whole":
        assert summary.symbols is None
    else:
        assert 0 < summary.symbols.accuracy <= 1
        assert summary.symbols.all_correct <= summary.metrics.exact_match
    assert summary.test_loss > 0
    assert len(summary.metrics.digit_accuracy) == (19 if rule == "addition" else 0)
    file = tmp_path / "one.png"
    Image.fromarray(task.test.images[0]).save(file)
    (read,) = predict(run.path, [file], as_is=True)
    assert read["label"] == str(arrays["pred"][0, 0])


def test_long_numbers(tmp_path: Path) -> None:
    run = train(
        small("sum", digits=3, without_glyph_reuse=True, per_label=None), tmp_path, quiet=True
    )
    assert run.summary.generalization_grid is None
    assert run.summary.metrics.digit_accuracy == ()
    assert "each glyph on one image" in run.summary.protocol.data


def test_what_supervises() -> None:
    task = load_task("addition", per_label=2)
    named = strategy_for(small("sequential"), task)
    np.testing.assert_array_equal(training_labels(named, task.train), task.train.symbols)
    for name in ("sum", "whole"):
        strategy = strategy_for(small(name), task)
        np.testing.assert_array_equal(
            training_labels(strategy, task.train)[:, 0], task.train.labels
        )
    with pytest.raises(RecipeError, match="'whole', 'sum' or 'sequential'"):
        strategy_for(small("aligned"), task)


def test_perceptrons_supervised_by_symbols_train_in_a_stack(tmp_path: Path) -> None:
    from glyphlab.training.train_many import train_many

    plain = {"optimizer": "adam", "augment": "none", "precision": "float32", "epochs": 2}
    recipes = [
        Recipe.from_mapping(
            {
                "task": {"name": "addition", "per_label": 8, "generalization_grid": 0},
                "model": {"strategy": "sequential", "net": "layers", "layers": ["dense 9"]},
                "training": plain,
                "seed": seed,
                "name": "told",
            }
        )
        for seed in range(2)
    ]
    runs = [
        *train_many(recipes, tmp_path / "a", task=load_task("addition", per_label=8), quiet=True)
    ]
    assert [run.summary.stacked for run in runs] in ([2, 2], [None, None])
    alone = train(recipes[0], tmp_path / "b", quiet=True)
    np.testing.assert_array_equal(
        alone.load_predictions()["pred"], runs[0].load_predictions()["pred"]
    )


@pytest.mark.parametrize("name", ["linear-combined", "linear-sequential", "sum"])
def test_a_run_keeps_how_its_samples_spread_over_all_sums(name: str, tmp_path: Path) -> None:
    small = TaskRecipe(name="addition", per_label=10, generalization_grid=0)
    few = ["training.epochs=1", "model.channels=2"] if name == "sum" else []
    run = train(Recipe.for_model(name, small, overrides=few), tmp_path, quiet=True)
    arrays = run.load_predictions()
    np.testing.assert_array_equal(arrays["sample_labels"], np.arange(19))
    spread, index = arrays["sample_spread"], arrays["sample_index"]
    assert spread.shape == (len(index), 19)
    np.testing.assert_allclose(spread.sum(1), 1, atol=1e-5)
    said = arrays["pred"][index, 0]
    np.testing.assert_allclose(
        spread[np.arange(len(index)), said], arrays["confidence"][index], atol=1e-6
    )


def test_long_numbers_have_too_many_sums_to_keep_all(tmp_path: Path) -> None:
    long = TaskRecipe(name="addition", digits=2, without_glyph_reuse=True, generalization_grid=0)
    run = train(Recipe.for_model("linear-sequential", long), tmp_path, quiet=True)
    assert "sample_spread" not in run.load_predictions()

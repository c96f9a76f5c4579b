"""Differences between models on the same images: over seeds and over images."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab.metrics import compare_pair
from glyphlab.recipes import Recipe
from glyphlab.reproductions.core.measured.paired import (
    above_on_answers,
    interval_of_table,
    mean_above_on_answers,
    ratio_of_answers,
)
from glyphlab.tasks.task_recipe import TaskRecipe
from summaries import ToldRun, classifier_summary

ITEMS = 500


def runs_of(name: str, model: str, rates: tuple[float, ...]) -> list[ToldRun]:
    recipe = Recipe.for_model(model, TaskRecipe(name="single", generalization_grid=0)).content()
    found = []
    for seed, rate in enumerate(rates):
        right = np.random.default_rng(seed + len(name)).random((ITEMS, 1)) < rate
        arrays = {"true": np.zeros((ITEMS, 1), np.int64), "pred": (~right).astype(np.int64)}
        summary = classifier_summary(model=name, test_set=None)
        found.append(ToldRun(summary, (), arrays, {**recipe, "seed": seed}))
    return found


def correct(runs: list[ToldRun]) -> NDArray[np.bool_]:
    return np.stack([run.correct for run in runs])


def test_a_difference_has_the_interval_of_the_paired_test() -> None:
    first, second = runs_of("a", "mlp", (0.9, 0.91, 0.92)), runs_of("bb", "mlp", (0.8, 0.82, 0.81))
    found = above_on_answers([*first, *second])
    test = compare_pair(correct(first), correct(second))
    assert (found.value, found.low, found.high) == (test.difference, test.low, test.high)
    assert (found.seeds, found.covers, found.items) == (3, "seeds and items", ITEMS)


def test_a_model_without_chance_has_an_answer_for_every_seed() -> None:
    first, second = runs_of("a", "mlp", (0.9, 0.91)), runs_of("bb", "knn", (0.8,))
    found = above_on_answers([*first, *second])
    assert found.seeds == 2
    assert found.value == pytest.approx(correct(first).mean() - correct(second).mean())
    ratio = ratio_of_answers([*first, *second])
    assert ratio.value == pytest.approx(correct(first).mean() / correct(second).mean())
    assert ratio.low is not None
    assert ratio.low < ratio.value


def test_one_seed_has_an_interval_over_items_alone() -> None:
    found = above_on_answers([*runs_of("a", "mlp", (0.9,)), *runs_of("bb", "mlp", (0.8,))])
    assert (found.seeds, found.covers) == (1, "items")


def test_means_of_models_are_compared_item_by_item() -> None:
    models = [runs_of("a" * (i + 1), "mlp", (0.9 - i / 20, 0.9 - i / 20)) for i in range(4)]
    found = mean_above_on_answers([run for one in models for run in one])
    shares = [correct(one).mean() for one in models]
    assert found.value == pytest.approx(np.mean(shares[:2]) - np.mean(shares[2:]))
    assert found.covers == "seeds and items"


@pytest.mark.parametrize("by_seed", [0.0, 0.03])
def test_the_interval_covers_the_mean_over_new_seeds_and_new_items(by_seed: float) -> None:
    rng, inside = np.random.default_rng(0), 0
    for _ in range(400):
        table = (
            by_seed * rng.normal(size=(3, 1))
            + 0.5 * rng.normal(size=(1, 200))
            + 0.3 * rng.normal(size=(3, 200))
        )
        low, high = interval_of_table(table)
        inside += low <= 0 <= high
    assert inside >= 0.92 * 400


def test_items_that_share_a_glyph_widen_it() -> None:
    glyphs = np.repeat(np.arange(50), 4)[:, None]
    table = np.repeat(np.random.default_rng(1).normal(size=(5, 50)), 4, axis=1)
    table += np.random.default_rng(2).normal(size=(1, 200))
    alone, shared = interval_of_table(table), interval_of_table(table, glyphs)
    assert shared[1] - shared[0] > alone[1] - alone[0]

"""Measures of the addition report, on runs made by hand."""

from __future__ import annotations

import pytest

from glyphlab.recipes import Recipe
from glyphlab.reproductions import list_reproductions
from glyphlab.reproductions.mnist_addition import paper as a
from glyphlab.reproductions.mnist_addition.addition_models import (
    LOGISTIC,
    SVM,
    addition_models,
    forest_name,
    logistic_name,
    svm_name,
)
from summaries import ToldRun, classifier_summary, scores


def run(model: str, test: float, train: float = 1.0, depth: int = 1) -> ToldRun:
    return ToldRun(
        classifier_summary(model=model, train_accuracy=train, metrics=scores(test)),
        recipe={"model": {"classical": {"max_depth": depth}}},
    )


def test_the_smallest_depth_that_overfits() -> None:
    runs = [
        run(f"forest-{depth}", test=0.5, train=0.5 + 0.031 * depth + 0.01 * seed, depth=depth)
        for depth in (1, 2, 3, 4, 5)
        for seed in (0, 1)
    ]
    found = a._overfits_from(None, runs)  # type: ignore[arg-type]
    assert (found.value, found.seeds) == (3.5, 2)  # 0.124 at 4, and 0.093 + 0.01 at 3
    never = [run("forest-1", 0.5, 0.5, 1), run("forest-2", 0.5, 0.55, 2)]
    assert a._overfits_from(None, never).value == 3  # type: ignore[arg-type]


def test_means_of_models_and_ratios_go_seed_by_seed() -> None:
    runs = [
        *(run("a", score) for score in (0.5, 0.6)), *(run("b", score) for score in (0.7, 0.8)),
        *(run("c", score) for score in (0.4, 0.4)), *(run("d", score) for score in (0.6, 0.6)),
    ]  # fmt: skip
    found = a._mean_above(None, runs)  # type: ignore[arg-type]
    assert found.value == pytest.approx(0.15)
    ratio = a._ratio_on_test(None, [run("a", 0.8), run("a", 0.9), run("b", 0.2), run("b", 0.3)])  # type: ignore[arg-type]
    assert ratio.value == pytest.approx(3.5)


def test_every_model_is_a_recipe_of_the_published_task() -> None:
    assert "mnist-addition" in list_reproductions()
    published = a.MNIST_ADDITION.published
    names = [entry.name for entry in addition_models()]
    assert len(names) == len(set(names))
    for entry in addition_models():
        recipe = Recipe.for_entry(entry, published)
        assert (recipe.task.name, recipe.task.as_published, recipe.task.seed) == (
            "addition", True, 42,
        )  # fmt: skip
        quarter = recipe.task.train_images == 12_000
        assert quarter == (entry.name.startswith("svm") and entry.name != "svm-default")
    wanted = {logistic_name(C, solver) for C, solver, *_ in LOGISTIC}
    wanted |= {svm_name(kernel, gamma, C) for kernel, gamma, C, *_ in SVM}
    wanted |= {forest_name(None), forest_name(25), forest_name(3, leaf=5)}
    assert wanted <= set(names)


def test_the_best_net_of_the_report() -> None:
    entry = a.MNIST_ADDITION.entry("best-mlp")
    recipe = Recipe.for_entry(entry, a.MNIST_ADDITION.published)
    assert recipe.model.layers[:3] == ("dense 253", "norm", "dropout 0.0856")
    assert (recipe.training.patience, recipe.training.epochs) == (7, 50)
    assert (recipe.training.select, recipe.training.batch) == ("best", 128)

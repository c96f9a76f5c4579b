"""The models of the addition report."""

from __future__ import annotations

from glyphlab.recipes import Recipe
from glyphlab.reproductions import list_reproductions
from glyphlab.reproductions.mnist_addition.addition_models import (
    LOGISTIC,
    SVM,
    addition_models,
    forest_name,
    logistic_name,
    svm_name,
)
from glyphlab.reproductions.mnist_addition.paper import MNIST_ADDITION


def test_every_model_is_a_recipe_of_the_published_task() -> None:
    assert "mnist-addition" in list_reproductions()
    published = MNIST_ADDITION.published
    names = [entry.name for entry in addition_models()]
    assert len(names) == len(set(names))
    for entry in addition_models():
        recipe = Recipe.for_entry(entry, published)
        assert (recipe.task.name, recipe.task.as_published, recipe.task.seed) == (
            "addition", True, 42,
        )  # fmt: skip
        quarter = recipe.task.train_images == 12_000
        assert quarter == (entry.name.startswith("svm") and entry.name != "svm-default")
        assert (recipe.model.strategy == "sequential") == ("-sequential" in entry.name)
    wanted = {logistic_name(C, solver) for C, solver in LOGISTIC}
    wanted |= {svm_name(kernel, gamma, C) for kernel, gamma, C in SVM}
    wanted |= {forest_name(None), forest_name(25), forest_name(3, leaf=5)}
    assert wanted <= set(names)


def test_the_best_net_of_the_report() -> None:
    entry = MNIST_ADDITION.entry("best-mlp")
    recipe = Recipe.for_entry(entry, MNIST_ADDITION.published)
    assert recipe.model.layers[:3] == ("dense 253", "norm", "dropout 0.0856")
    assert (recipe.training.patience, recipe.training.epochs) == (7, 50)
    assert (recipe.training.select, recipe.training.batch_size) == ("best", 128)

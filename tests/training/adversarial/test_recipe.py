"""Recipes of generators, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab._common.errors import RecipeError, UnknownName, UsageError
from glyphlab.recipes import GeneratorRecipe
from glyphlab.recipes.generator_presets import generator_recipe, list_generators, task_recipe


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"model": {"latent": 0}}, "model.latent must be at least 1, found 0"),
        ({"training": {"loss": "hinges"}}, r"did you mean 'hinge'\?"),
        (
            {"training": {"los": "hinge"}},
            r"unknown key 'training.los': did you mean 'training.loss'\?",
        ),
        (
            {"training": {"latent": 7}},
            r"unknown key 'training.latent': did you mean 'model.latent'\?",
        ),
        ({"model": {"family": "dcgan"}}, "takes no labels: set model.conditional = false"),
        (
            {"training": {"label_smoothing": 0.9}},
            "loss 'relativistic' has none.*'minimax', 'non-saturating'",
        ),
        ({"training": {"penalty": "r1", "strength": 0}}, "has strength 0"),
        (
            {"training": {"discriminator_steps": 0}},
            "nothing: set training.penalty = 'none', training.resample_generated = true$",
        ),
        (
            {"training": {"generator_batch_size": 32}},
            "images of the generator's own step: set training.resample_generated = true",
        ),
        (
            {"task": {"train_images": 9, "per_class": 9}},
            "task.train_images and task.per_class both say how many",
        ),
        ({"model": {"conditional": False}, "training": {"auxiliary": 1}}, "auxiliary needs labels"),
        ({"pictures": "stacked"}, "without a label, by family 'small'"),
        ({"model": {"discriminator_width": 2}}, "must be at least 4, found 2"),
        (
            {"model": {"conditional": True}, "training": {"collapse_mitigation": "replay"}},
            "keeps images without labels",
        ),
        (
            {"training": {"loss": "boundary-equilibrium", "penalty": "none"}},
            "one autoencoder.*without labels and penalties: set model.conditional = false$",
        ),
        (
            {
                "model": {"conditional": False, "discriminator_classes": [[1], [2]]},
                "training": {"loss": "boundary-equilibrium"},
            },
            r"set model.discriminator_classes = \[\], training.penalty = 'none'",
        ),
        ({"model": {"discriminator_classes": [[1, 2]]}}, "of two discriminators or more"),
        ({"model": {"discriminator_classes": [[1, 2], [2, 1]]}}, "in groups that differ"),
        ({"model": {"discriminator_classes": [[1, 1], [2]]}}, "have no class twice"),
        ({"model": {"discriminator_classes": [[1], [-2]]}}, "at least 0, found -2"),
        (
            {
                "model": {"discriminator_classes": [[1], [2]]},
                "training": {
                    "discriminator_steps": 0,
                    "penalty": "none",
                    "resample_generated": True,
                },
            },
            "several discriminators that learn",
        ),
        ({"training": {"one_sided": True}}, "training.label_smoothing, which is 0: give both"),
        ({"training": {"diversity": 0.7}}, "of training.loss 'boundary-equilibrium' alone"),
        ({"training": {"class_weight": 2}}, "needs model.discriminator_classes"),
        ({"model": {"dropout": 0.1}}, "of a paper's family: leave it out"),
    ],
)
def test_what_a_recipe_cannot_be(content: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        GeneratorRecipe.from_mapping(content)


def test_a_discriminator_as_wide_as_its_generator_is_no_key_of_its_own() -> None:
    """Recipes that are older than the key keep their hash."""
    plain, narrow = (
        GeneratorRecipe.from_mapping({"model": model}) for model in ({}, {"discriminator_width": 8})
    )
    assert "discriminator_width" not in plain.content()["model"]
    assert narrow.content()["model"]["discriminator_width"] == 8
    assert plain.hash != narrow.hash
    assert generator_recipe("small", task_recipe("mnist")).hash == "eab5a170"


@pytest.mark.parametrize("name", [entry.name for entry in list_generators()])
def test_every_generator_has_a_recipe(name: str) -> None:
    several = {entry.name for entry in list_generators() if entry.several}
    task = task_recipe("triple" if name in several else "mnist")
    recipe = generator_recipe(name, task)
    assert recipe.name == name
    assert recipe.title == f"{task.name}-{name}-s0"


def test_the_task_of_single_symbols_is_named_by_its_source_or_as_single() -> None:
    assert task_recipe("single") == task_recipe("digits")
    assert task_recipe("single", "mnist") == task_recipe("mnist")


def test_names() -> None:
    with pytest.raises(UnknownName, match="did you mean 'dcgan'"):
        generator_recipe("dcgn", task_recipe("mnist"))
    with pytest.raises(UnknownName, match="did you mean 'mnist'"):
        task_recipe("mnst")
    with pytest.raises(UsageError, match="'composed' is for images of several symbols"):
        generator_recipe("composed", task_recipe("digits"))
    with pytest.raises(UsageError, match="is a source itself"):
        task_recipe("mnist", "digits")
    assert task_recipe("triple").data == "mnist"
    assert task_recipe("triple", "digits").data == "digits"


def test_embedded_digits_are_not_shown_for_hours() -> None:
    assert generator_recipe("dcgan", task_recipe("mnist")).training.images == 100 * 29_952
    for name in ("dcgan", "small"):
        assert generator_recipe(name, task_recipe("digits")).training.images == 20_000
    asked = generator_recipe("small", task_recipe("digits"), overrides=["training.images=50000"])
    assert asked.training.images == 50_000

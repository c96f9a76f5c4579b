"""Recipes of generators, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from glyphlab._common.errors import RecipeError, UnknownName, UsageError
from glyphlab.recipes import GanRecipe
from glyphlab.recipes.generator_presets import gan_recipe, list_gans, task_recipe


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"nets": {"latent": 0}}, r"nets.latent = 0: .*greater than or equal to 1"),
        ({"play": {"loss": "hinges"}}, r"did you mean 'hinge'\?"),
        ({"play": {"los": "hinge"}}, r"unknown key 'play.los': did you mean 'play.loss'\?"),
        ({"play": {"latent": 7}}, r"unknown key 'play.latent': did you mean 'nets.latent'\?"),
        ({"nets": {"family": "dcgan"}}, "is not told labels: set nets.conditional = false"),
        ({"play": {"smoothing": 0.9}}, "loss 'relativistic' has none.*'minimax', 'non-saturating'"),
        ({"play": {"penalty": "r1", "strength": 0}}, "has strength 0"),
        (
            {"play": {"discriminator_steps": 0}},
            "the discriminator nothing: set play.penalty = 'none', play.fresh = true$",
        ),
        ({"play": {"generator_batch": 32}}, "counts fresh images: set play.fresh = true"),
        (
            {"task": {"train_images": 9, "per_class": 9}},
            "task.train_images and task.per_class both say how many",
        ),
        ({"nets": {"conditional": False}, "play": {"auxiliary": 1}}, "auxiliary needs labels"),
        (
            {"nets": {"conditional": True}, "play": {"remedy": "memory"}},
            "remembers images without labels",
        ),
    ],
)
def test_what_a_recipe_cannot_be(content: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        GanRecipe.from_mapping(content)


@pytest.mark.parametrize("name", [entry.name for entry in list_gans()])
def test_every_generator_has_a_recipe(name: str) -> None:
    several = {entry.name for entry in list_gans() if entry.several}
    task = task_recipe("triple" if name in several else "mnist")
    recipe = gan_recipe(name, task)
    assert recipe.name == name
    assert recipe.title == f"{task.name}-{name}-s0"


def test_names() -> None:
    with pytest.raises(UnknownName, match="did you mean 'dcgan'"):
        gan_recipe("dcgn", task_recipe("mnist"))
    with pytest.raises(UnknownName, match="did you mean 'mnist'"):
        task_recipe("mnst")
    with pytest.raises(UsageError, match="'composed' is for images of several symbols"):
        gan_recipe("composed", task_recipe("digits"))
    with pytest.raises(UsageError, match="is a source itself"):
        task_recipe("mnist", "digits")
    assert task_recipe("triple").data == "mnist"
    assert task_recipe("triple", "digits").data == "digits"


def test_embedded_digits_are_not_shown_for_hours() -> None:
    assert gan_recipe("dcgan", task_recipe("mnist")).play.images == 100 * 29_952
    for name in ("dcgan", "small"):
        assert gan_recipe(name, task_recipe("digits")).play.images == 20_000
    asked = gan_recipe("small", task_recipe("digits"), overrides=["play.images=50000"])
    assert asked.play.images == 50_000

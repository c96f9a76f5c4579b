"""Recipes of generators, and what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glyphlab.errors import RecipeError, UnknownName, UsageError
from glyphlab.gan.recipe import GanRecipe
from glyphlab.gan.registry import gan_recipe, list_gans, task_recipe


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"nets": {"latent": 0}}, r"nets.latent = 0: .*greater than or equal to 1"),
        ({"play": {"loss": "hinges"}}, r"did you mean 'hinge'\?"),
        ({"play": {"los": "hinge"}}, r"unknown key 'play.los': did you mean 'loss'\?"),
        ({"nets": {"family": "dcgan"}}, "is not told labels: set nets.conditional = false"),
        ({"play": {"smoothing": 0.9}}, "loss 'relativistic' has none.*'minimax', 'non-saturating'"),
        ({"play": {"penalty": "r1", "strength": 0}}, "has strength 0"),
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


def test_toml(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\n[nets]\nlatent = 7\n')
    recipe = GanRecipe.from_toml(file, ["play.batch=16"])
    assert (recipe.nets.latent, recipe.play.batch, recipe.name) == (7, 16, "mine")
    with pytest.raises(RecipeError, match="cannot read the recipe"):
        GanRecipe.from_toml(tmp_path / "none.toml")


@pytest.mark.parametrize("name", [entry.name for entry in list_gans()])
def test_every_generator_has_a_recipe(name: str) -> None:
    recipe = gan_recipe(name, task_recipe("mnist"))
    assert recipe.name == name
    assert recipe.title == f"single-{name}-s0"


def test_names() -> None:
    with pytest.raises(UnknownName, match="did you mean 'dcgan'"):
        gan_recipe("dcgn", task_recipe("mnist"))
    with pytest.raises(UnknownName, match="did you mean 'mnist'"):
        task_recipe("mnst")
    with pytest.raises(UsageError, match="is a source itself"):
        task_recipe("mnist", "digits")
    assert task_recipe("triple").data == "mnist"
    assert task_recipe("triple", "digits").data == "digits"

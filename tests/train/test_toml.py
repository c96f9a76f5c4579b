"""A recipe written as TOML is the recipe that was read."""

from __future__ import annotations

import tomllib

from glyphlab.train import Recipe
from glyphlab.train.toml import toml_text


def test_a_recipe_comes_back() -> None:
    recipe = Recipe.from_mapping(
        {"name": "x", "seed": 7, "task": {"data": 'a "b"\\c'}, "training": {"patience": None}}
    )
    text = toml_text(recipe.model_dump(mode="json"))
    assert Recipe.from_mapping(tomllib.loads(text)) == recipe
    assert "# patience is not set" in text
    assert "[training]" in text

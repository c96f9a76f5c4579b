"""Recipes of every kind through one reader and one schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import RecipeError
from glyphlab._common.toml import toml_text
from glyphlab.recipes import GeneratorRecipe, Recipe, json_schema, parse_recipe, read_recipe_file
from glyphlab.recipes.generator_presets import generator_recipe, list_generators, task_recipe
from glyphlab.recipes.union import KINDS
from glyphlab.reproductions.catalogue import find_reproduction, list_reproductions
from glyphlab.runs import Run


def test_every_kind_names_itself() -> None:
    assert {name: kind().kind for name, kind in KINDS.items()} == {name: name for name in KINDS}  # type: ignore[call-arg]
    assert Recipe().content()["kind"] == "classifier"
    assert parse_recipe({}) == Recipe()
    assert parse_recipe({"kind": "generator"}) == GeneratorRecipe()


@pytest.mark.parametrize("name", [entry.name for entry in list_generators()])
def test_a_generator_comes_back_from_its_file(name: str, tmp_path: Path) -> None:
    several = {entry.name for entry in list_generators() if entry.several}
    task = task_recipe("triple", "digits") if name in several else task_recipe("digits")
    recipe = generator_recipe(name, task, seed=3)
    file = tmp_path / "g.toml"
    file.write_text(toml_text(recipe.content()))
    assert read_recipe_file(file) == recipe
    assert read_recipe_file(file, ["training.images=77"], seed=4) == generator_recipe(
        name, task, seed=4, overrides=["training.images=77"]
    )


def test_the_recipe_of_a_run_is_a_recipe_file(tmp_path: Path) -> None:
    for recipe in (Recipe(seed=2, name="mine"), GeneratorRecipe(seed=1)):
        run = Run.open(tmp_path, recipe.title, recipe.content())
        assert read_recipe_file(run.path / "recipe.json") == recipe


def test_another_json_file_is_no_recipe(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "mine-s0", Recipe(name="mine").content())
    for name in ("env.json", "none.json"):
        with pytest.raises(
            RecipeError, match=f"{name}: expected a recipe, .* recipe.json of a run"
        ):
            read_recipe_file(run.path / name)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"kind": "generater"}, "did you mean 'generator'"),
        ({"kind": 3}, "unknown kind '3'"),
        ({"training": {"images": 3}}, r'add kind = "generator"'),
        ({"kind": "classifier", "training": {"images": 3}}, "unknown key 'training.images'"),
        ({"kind": "generator", "training": {"epochs": 3}}, "unknown key 'training.epochs'"),
        ({"kind": "generator", "training": {"imagse": 3}}, "did you mean 'training.images'"),
    ],
)
def test_a_wrong_kind_is_said(content: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        parse_recipe(content, "here")


def test_one_schema_tells_the_kinds_apart() -> None:
    schema = json_schema()
    assert schema["$id"] == "glyphlab"
    assert set(schema["discriminator"]["mapping"]) == set(KINDS)
    assert {"Recipe", "GeneratorRecipe", "TaskRecipe", "GeneratorTrainingRecipe"} <= set(
        schema["$defs"]
    )


def test_titles_are_told_without_the_experiments() -> None:
    for name, title in list_reproductions().items():
        assert find_reproduction(name).title == title
        assert find_reproduction(name).name == name

"""Recipes of every kind: one reader, one schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from glyphlab._common.errors import RecipeError, UnknownName, look_up
from glyphlab.recipes.base import BaseRecipe, typed_content
from glyphlab.recipes.classifier import Recipe
from glyphlab.recipes.generator import GeneratorRecipe
from glyphlab.recipes.overrides import keys_of

__all__ = [
    "KINDS",
    "AnyRecipe",
    "json_schema",
    "parse_recipe",
    "read_recipe_file",
    "recipe_class",
]

AnyRecipe = Annotated[Recipe | GeneratorRecipe, Field(discriminator="kind")]
"""A recipe, distinguished by its ``kind``."""

KINDS: Mapping[str, type[BaseRecipe]] = {"classifier": Recipe, "generator": GeneratorRecipe}
"""The recipes of each kind; a document that does not say its kind is a classifier's."""


def parse_recipe(
    content: Mapping[str, Any], where: str = "recipe", typed: Iterable[str] = ()
) -> Recipe | GeneratorRecipe:
    """Validate a mapping as a recipe of the kind that it says.

    Parameters
    ----------
    content, where, typed
        As `BaseRecipe.from_mapping` takes them.

    Raises
    ------
    RecipeError
        For a kind that is none, and as `BaseRecipe.from_mapping` does.
    """
    chosen = recipe_class(content, where)
    of_generators = set(keys_of(content)) & (_keys(GeneratorRecipe()) - _keys(Recipe()))
    if "kind" not in content and of_generators:
        raise RecipeError(
            f"{where}: {min(of_generators)} is of a generator, and the recipe does not say its "
            'kind: add kind = "generator" at the top'
        )
    found = chosen.from_mapping(content, where, typed)
    assert isinstance(found, Recipe | GeneratorRecipe)
    return found


def recipe_class(content: Mapping[str, Any], where: str = "recipe") -> type[BaseRecipe]:
    """Return which recipe a mapping describes: its ``kind`` says it, a classifier otherwise.

    Raises
    ------
    RecipeError
        For a kind that is none.
    """
    try:
        return look_up("kind", str(content.get("kind", "classifier")), KINDS)
    except UnknownName as error:
        raise RecipeError(f"{where}: {error}") from error


def read_recipe_file(
    path: Path, overrides: Iterable[str] = (), seed: int | None = None
) -> Recipe | GeneratorRecipe:
    """Read a recipe of any kind from a TOML file, or from the ``recipe.json`` of a run.

    Raises
    ------
    RecipeError
        Where the file is missing, cannot be read, or holds what a recipe cannot.
    """
    content = typed_content(path, overrides, seed)
    return parse_recipe(content, str(path), typed=keys_of(content))


def _keys(recipe: BaseRecipe) -> set[str]:
    return set(keys_of(recipe.model_dump()))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of recipes of every kind, for editors."""
    schema: dict[str, Any] = TypeAdapter(AnyRecipe).json_schema()
    return {"$id": "glyphlab", **schema}

"""Recipes: everything that decides the result of a run, frozen and validated, without torch."""

from glyphlab.compose.recipe import TaskRecipe
from glyphlab.recipes.base import BaseRecipe
from glyphlab.recipes.classical import ClassicalSettings
from glyphlab.recipes.classifier import ModelRecipe, Recipe, TrainingRecipe
from glyphlab.recipes.generator import EvaluationRecipe, GanRecipe, NetsRecipe, PlayRecipe
from glyphlab.recipes.presets import ModelEntry, list_models, model_entry
from glyphlab.recipes.union import AnyRecipe, json_schema, parse_recipe, read_recipe_file

__all__ = [
    "AnyRecipe",
    "BaseRecipe",
    "ClassicalSettings",
    "EvaluationRecipe",
    "GanRecipe",
    "ModelEntry",
    "ModelRecipe",
    "NetsRecipe",
    "PlayRecipe",
    "Recipe",
    "TaskRecipe",
    "TrainingRecipe",
    "json_schema",
    "list_models",
    "model_entry",
    "parse_recipe",
    "read_recipe_file",
]

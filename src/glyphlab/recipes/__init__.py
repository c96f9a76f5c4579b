"""Recipes: everything that decides the result of a run, frozen and validated, without torch."""

from glyphlab.recipes.base import BaseRecipe
from glyphlab.recipes.classifier import ModelRecipe, Recipe, TrainingRecipe
from glyphlab.recipes.classifier_presets import ModelEntry, list_models, model_entry
from glyphlab.recipes.generator import (
    EvaluationRecipe,
    GeneratorModelRecipe,
    GeneratorRecipe,
    GeneratorTrainingRecipe,
)
from glyphlab.recipes.sklearn_settings import ClassicalSettings
from glyphlab.recipes.union import AnyRecipe, json_schema, parse_recipe, read_recipe_file
from glyphlab.tasks.task_recipe import TaskRecipe

__all__ = [
    "AnyRecipe",
    "BaseRecipe",
    "ClassicalSettings",
    "EvaluationRecipe",
    "GeneratorModelRecipe",
    "GeneratorRecipe",
    "GeneratorTrainingRecipe",
    "ModelEntry",
    "ModelRecipe",
    "Recipe",
    "TaskRecipe",
    "TrainingRecipe",
    "json_schema",
    "list_models",
    "model_entry",
    "parse_recipe",
    "read_recipe_file",
]

"""Recipes: everything that decides the result of a run, frozen and validated, without torch."""

from glyphlab.compose.recipe import TaskRecipe
from glyphlab.recipes.base import BaseRecipe
from glyphlab.recipes.classical import ClassicalSettings
from glyphlab.recipes.classifier import ModelRecipe, Recipe, TrainingRecipe
from glyphlab.recipes.generator import EvaluationRecipe, GanRecipe, NetsRecipe, PlayRecipe
from glyphlab.recipes.presets import ModelEntry, list_models, model_entry

__all__ = [
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
    "list_models",
    "model_entry",
]

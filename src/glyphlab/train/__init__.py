"""Recipes, the engine that trains them, and the scikit-learn face."""

from glyphlab.compose.from_recipe import load_recipe_task
from glyphlab.train.estimator import GlyphClassifier
from glyphlab.train.execute import train
from glyphlab.train.faces import (
    AlignedClassifier,
    MultiHeadClassifier,
    SlicedClassifier,
    WholeClassifier,
)
from glyphlab.train.predicting import predict
from glyphlab.train.recipe import ModelRecipe, Recipe, TaskRecipe, TrainingRecipe

__all__ = [
    "AlignedClassifier",
    "GlyphClassifier",
    "ModelRecipe",
    "MultiHeadClassifier",
    "Recipe",
    "SlicedClassifier",
    "TaskRecipe",
    "TrainingRecipe",
    "WholeClassifier",
    "load_recipe_task",
    "predict",
    "train",
]

"""Every registry in one place: what can be extended, without importing any of it."""

from glyphlab._common.registry import AUGMENTATIONS, LOSSES, NETS, SOURCES, STRATEGIES
from glyphlab.recipes.classifier_presets import MODELS
from glyphlab.tasks.scenes.scene import SCENES

__all__ = ["AUGMENTATIONS", "LOSSES", "MODELS", "NETS", "SCENES", "SOURCES", "STRATEGIES"]

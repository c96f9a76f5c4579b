"""Generators: two nets that train each other, a judge of what they draw, and alarms."""

from glyphlab.gan.alarms import ALARMS, Alarm, alarms_of
from glyphlab.gan.execute import train_gan
from glyphlab.gan.judge import Judge, Judged, load_judge, train_judge
from glyphlab.gan.losses import LOSSES, AdversarialLoss, adversarial_loss
from glyphlab.gan.recipe import EvaluationRecipe, GanRecipe, NetsRecipe, PlayRecipe

__all__ = [
    "ALARMS",
    "LOSSES",
    "AdversarialLoss",
    "Alarm",
    "EvaluationRecipe",
    "GanRecipe",
    "Judge",
    "Judged",
    "NetsRecipe",
    "PlayRecipe",
    "adversarial_loss",
    "alarms_of",
    "load_judge",
    "train_gan",
    "train_judge",
]

"""The net that a recipe describes, with the weights that it begins with."""

from __future__ import annotations

import torch

from glyphlab._common.seeds import torch_rng
from glyphlab.models import build_net
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import Recipe
from glyphlab.training.batches import part_size

__all__ = ["make_net"]


def make_net(
    recipe: Recipe, strategy: Strategy, height: int, width: int, start: int = 0
) -> torch.nn.Module:
    """Build the recipe's net for images of that size, its weights drawn by the recipe's seed.

    Another `start` has other weights.
    """
    height, width = part_size(strategy, height, width)
    return build_net(
        recipe.model.net,
        height=height,
        width=width,
        heads=strategy.heads,
        classes=strategy.classes,
        head=strategy.head,
        cells=strategy.cells,
        rows=strategy.rows,
        channels=recipe.model.channels,
        layers=recipe.model.words,
        activation=recipe.model.activation,
        initial=recipe.model.initial,
        custom=recipe.model.custom,
        generator=torch_rng(recipe.seed, "init", *([start] if start else [])),
    )

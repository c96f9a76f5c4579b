"""Strategies by name."""

from __future__ import annotations

from glyphlab._common.registry import STRATEGIES
from glyphlab.models.strategies.base import Labels, Strategy
from glyphlab.tasks.scenes.scene import Scene

__all__ = ["make_strategy"]


def make_strategy(name: str, labels: Labels, symbols: int, scene: Scene | None = None) -> Strategy:
    """Make a strategy by name for the labels it will be trained on.

    Parameters
    ----------
    name : str
        One of `STRATEGIES`.
    labels : (n, k) int64, or Python integers
        What training is told: labels, or symbols for ``'sequential'``.
    symbols : int
        How many different symbols there are.
    scene : Scene, optional
        Where symbols stand and the label rule; needed by ``'sequential'`` and ``'sum'``.

    Raises
    ------
    UnknownName
        For a name that is no strategy.
    RecipeError
        For a scene whose symbols do not stand in a grid, or for ``'sum'`` have too many readings.
    DataError
        For ``'sum'`` and a label that no symbols give.
    PluginError
        For one of a package that is broken.
    """
    kind: type[Strategy] = STRATEGIES.load(name)
    return kind.make(labels, symbols, scene)

"""One classifier a strategy: the estimators that most people name."""

from __future__ import annotations

import inspect
from typing import ClassVar

import numpy as np

from glyphlab._common.renamed_keys import refuses_old_arguments
from glyphlab.estimators.base import GlyphClassifier

__all__ = ["AlignedClassifier", "MultiHeadClassifier", "SlicedClassifier", "WholeClassifier"]


class _FixedStrategy(GlyphClassifier):
    """A face whose strategy is its class's; every other parameter is that of `GlyphClassifier`."""

    _strategy_name: ClassVar[str]

    @refuses_old_arguments("training")
    def __init__(
        self,
        *,
        net: str = "fast",
        channels: int = 16,
        epochs: int = 6,
        batch_size: int = 128,
        optimizer: str = "adamw",
        learning_rate: float = 1e-2,
        schedule: str = "onecycle",
        weight_decay: float = 0.02,
        label_smoothing: float = 0.1,
        augment: str = "auto",
        patience: int | None = None,
        image_shape: tuple[int, int] | None = None,
        precision: str = "auto",
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        settings = {name: value for name, value in locals().items() if name in _SETTINGS}
        super().__init__(self._strategy_name, **settings)


_SETTINGS = frozenset(inspect.signature(_FixedStrategy).parameters)


class WholeClassifier(_FixedStrategy):
    """Every label seen in training is a class of its own; no other can be said.

    Parameters and attributes are those of `GlyphClassifier`, without ``strategy``.
    """

    _strategy_name = "whole"


class SlicedClassifier(_FixedStrategy):
    """Cut the image into one strip a position; one net reads every strip.

    Parameters and attributes are those of `GlyphClassifier`, without ``strategy``.
    """

    _strategy_name = "sliced"


class MultiHeadClassifier(_FixedStrategy):
    """One net for the whole image, one head a position.

    Parameters and attributes are those of `GlyphClassifier`, without ``strategy``.
    """

    _strategy_name = "multihead"


class AlignedClassifier(_FixedStrategy):
    """No cutting: one shared head reads one pooled cell a position.

    Parameters and attributes are those of `GlyphClassifier`, without ``strategy``.
    """

    _strategy_name = "aligned"

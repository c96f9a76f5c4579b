"""The one way from recipes to finished runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.training.evaluation.predict import predict
    from glyphlab.training.train_many import train

__all__ = ["predict", "train"]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "evaluation.predict": ("predict",),
            "train_many": ("train",),
        },
    )

"""Nets, the strategies by which they meet a label, and the names a comparison knows them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glyphlab._common.lazy import attach

if TYPE_CHECKING:
    from glyphlab.models.nets.build import build_net
    from glyphlab.models.nets.cnns import FastNet, TripleMnistCNN
    from glyphlab.models.nets.net_summary import count_parameters, summary
    from glyphlab.models.strategies import (
        Aligned,
        MultiHead,
        Sliced,
        Strategy,
        Whole,
        make_strategy,
    )

__all__ = [
    "Aligned",
    "FastNet",
    "MultiHead",
    "Sliced",
    "Strategy",
    "TripleMnistCNN",
    "Whole",
    "build_net",
    "count_parameters",
    "make_strategy",
    "summary",
]

if not TYPE_CHECKING:  # to a type checker the names above are all there are
    __getattr__, __dir__ = attach(
        __name__,
        {
            "nets.build": ("build_net",),
            "nets.net_summary": (
                "count_parameters",
                "summary",
            ),
            "nets.cnns": (
                "FastNet",
                "TripleMnistCNN",
            ),
            "strategies": (
                "Aligned",
                "MultiHead",
                "Sliced",
                "Strategy",
                "Whole",
                "make_strategy",
            ),
        },
    )

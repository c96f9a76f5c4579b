"""Our own strategies, nets, losses and augmentations: a line each, and nothing imported."""

from __future__ import annotations

from typing import Any

from glyphlab.registry.names import Registry

__all__ = ["AUGMENTATIONS", "LOSSES", "NETS", "SOURCES", "STRATEGIES"]

STRATEGIES: Registry[Any] = Registry(
    "strategy",
    "glyphlab.strategies",
    {
        "whole": "glyphlab.models.strategies.whole:Whole",
        "sliced": "glyphlab.models.strategies.sliced:Sliced",
        "multihead": "glyphlab.models.strategies.multihead:MultiHead",
        "aligned": "glyphlab.models.strategies.aligned:Aligned",
        "sequential": "glyphlab.models.strategies.sequential:Sequential",
        "sum": "glyphlab.models.strategies.marginal:MarginalLikelihood",
    },
    needs=(
        "name",
        "told",
        "head",
        "make",
        "ceiling",
        "state",
        "rebuild",
        "reason_against_net",
        "reason_against_task",
        "reason_against_stack",
    ),
)
"""How a net meets a label: classes as `glyphlab.models.strategies.Strategy` describes them."""

NETS: Registry[Any] = Registry(
    "net",
    "glyphlab.nets",
    {
        "classical": "glyphlab.models.classical.build:build_classical",
        "custom": "glyphlab.models.own:build_own",
        "fast": "glyphlab.models.build:build_fast",
        "layers": "glyphlab.models.build:build_layers",
        "report": "glyphlab.models.build:build_report",
    },
)
"""What builds a net: functions from a `glyphlab.models.build.NetPlan` to a module; ``'classical'``
is what builds a pipeline of scikit-learn in the place of one."""

LOSSES: Registry[Any] = Registry(
    "loss",
    "glyphlab.losses",
    {
        "hinge": "glyphlab.gan.losses:HINGE",
        "least-squares": "glyphlab.gan.losses:LEAST_SQUARES",
        "minimax": "glyphlab.gan.losses:MINIMAX",
        "non-saturating": "glyphlab.gan.losses:NON_SATURATING",
        "relativistic": "glyphlab.gan.losses:RELATIVISTIC",
        "wasserstein": "glyphlab.gan.losses:WASSERSTEIN",
    },
    needs=("discriminator", "generator", "relative", "smoothable"),
)
"""What both players of a generator's training want: `glyphlab.gan.losses.AdversarialLoss`."""

AUGMENTATIONS: Registry[Any] = Registry(
    "augmentation",
    "glyphlab.augmentations",
    {
        "none": "glyphlab.train.augment:unchanged",
        "roll": "glyphlab.train.augment:roll",
        "warp": "glyphlab.train.augment:warp",
        "affine": "glyphlab.train.augment:affine",
        "columns": "glyphlab.train.augment:affine_by_columns",
        "flip": "glyphlab.train.augment:flip",
        "erase": "glyphlab.train.augment:erase",
    },
)
"""Changes of images that leave the label true: functions ``(images, generator, columns)``."""

SOURCES: Registry[Any] = Registry("data source", "glyphlab.sources", {})
"""Further sources of symbols: functions without arguments that return a
`glyphlab.data.symbols.SymbolSet`. Our own are ``digits`` and those of ``data/registry.toml``."""

"""Our own strategies, nets, losses and augmentations: a line each, and nothing imported."""

from __future__ import annotations

from typing import Any

from glyphlab._common.registry.names import Registry

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
        "supervision",
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
        "classical": "glyphlab.models.sklearn.pipelines:build_classical",
        "custom": "glyphlab.models.own.given:build_own",
        "fast": "glyphlab.models.nets.build:build_fast",
        "layers": "glyphlab.models.nets.build:build_layers",
        "triple-mnist-cnn": "glyphlab.models.nets.build:build_triple_mnist_cnn",
    },
)
"""What builds a net: functions from a `glyphlab.models.nets.build.NetPlan` to a module;
``'classical'`` is what builds a pipeline of scikit-learn in the place of one."""

LOSSES: Registry[Any] = Registry(
    "loss",
    "glyphlab.losses",
    {
        "boundary-equilibrium": "glyphlab.models.generators.losses:BOUNDARY_EQUILIBRIUM",
        "hinge": "glyphlab.models.generators.losses:HINGE",
        "least-squares": "glyphlab.models.generators.losses:LEAST_SQUARES",
        "minimax": "glyphlab.models.generators.losses:MINIMAX",
        "non-saturating": "glyphlab.models.generators.losses:NON_SATURATING",
        "relativistic": "glyphlab.models.generators.losses:RELATIVISTIC",
        "wasserstein": "glyphlab.models.generators.losses:WASSERSTEIN",
    },
    needs=("discriminator", "generator", "relative", "smoothable"),
)
"""What both nets of a generator minimise: `glyphlab.models.generators.losses.AdversarialLoss`."""

AUGMENTATIONS: Registry[Any] = Registry(
    "augmentation",
    "glyphlab.augmentations",
    {
        "none": "glyphlab.training.augment:unchanged",
        "roll": "glyphlab.training.augment:roll",
        "warp": "glyphlab.training.augment:warp",
        "affine": "glyphlab.training.augment:affine",
        "rotate": "glyphlab.training.augment:rotate",
        "shift": "glyphlab.training.augment:shift",
        "zoom": "glyphlab.training.augment:zoom",
        "columns": "glyphlab.training.augment:affine_by_columns",
        "flip": "glyphlab.training.augment:flip",
        "erase": "glyphlab.training.augment:erase",
    },
)
"""Changes of images that leave the label true: functions ``(images, generator, columns)``."""

SOURCES: Registry[Any] = Registry("data source", "glyphlab.sources", {})
"""Further sources of symbols: functions without arguments that return a
`glyphlab.data.symbols.SymbolSet`. Our own are ``digits`` and those of ``data/registry.toml``."""

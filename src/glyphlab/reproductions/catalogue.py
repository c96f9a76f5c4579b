"""The published experiments by name: their titles are known without importing any of them."""

from __future__ import annotations

import importlib
from types import MappingProxyType
from typing import TYPE_CHECKING

from glyphlab._common.errors import look_up

if TYPE_CHECKING:
    from glyphlab.reproductions.core.reproduction import Reproduction

__all__ = ["find_reproduction", "list_reproductions"]

_CATALOGUE = MappingProxyType(
    {
        "triple-mnist": (
            "Triple-MNIST: reading three digits whose combination was never seen",
            "triple_mnist.paper:TRIPLE_MNIST",
        ),
        "mnist-networks": (
            "MNIST networks: units, penalties, activations, and a CNN",
            "mnist_networks.paper:MNIST_NETWORKS",
        ),
        "mnist-addition": (
            "MNIST addition: the sum of two digits as one of nineteen classes",
            "mnist_addition.paper:MNIST_ADDITION",
        ),
        "mnist-sums": (
            "MNIST sums: the digits learned from sums of N-digit numbers alone",
            "mnist_sums.paper:MNIST_SUMS",
        ),
        "mnist-gan": (
            "MNIST GANs: a DCGAN, fewer latent numbers, smoothed targets",
            "mnist_gan.paper:MNIST_GAN",
        ),
        "fashion-mnist": (
            "Fashion-MNIST: nine settings of one small net, and larger ones",
            "fashion_mnist.paper:FASHION_MNIST",
        ),
    }
)
"""Title, and module and name, of each."""


def list_reproductions() -> dict[str, str]:
    """Return the title of every published experiment in the catalogue, by name."""
    return {name: title for name, (title, _) in _CATALOGUE.items()}


def find_reproduction(name: str) -> Reproduction:
    """Return a published experiment by name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    module, _, attribute = look_up("reproduction", name, _CATALOGUE)[1].partition(":")
    found: Reproduction = getattr(
        importlib.import_module(f"glyphlab.reproductions.{module}"), attribute
    )
    return found

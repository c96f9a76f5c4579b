"""What generator and discriminator want, as pure functions of logits.

A discriminator gives each image a logit, high where it takes the image for a real one. Every loss
here is a mean over the batch, in nats where it is a cross-entropy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from glyphlab._common.registry import LOSSES

__all__ = ["LOSSES", "AdversarialLoss", "adversarial_loss", "smoothed"]

Discriminate = Callable[[Tensor, Tensor, float], Tensor]
Generate = Callable[[Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class AdversarialLoss:
    """The losses of both nets.

    Attributes
    ----------
    name : str
    discriminator : callable
        From logits of real and of generated images ``(n,)`` and a smoothing to a scalar.
    generator : callable
        From logits of generated images, and of real ones where `relative`, to a scalar.
    relative : bool
        Whether images are compared in pairs, a generated one against a real one.
    source : str
        Where it is from.
    smoothable : bool
        Whether its discriminator has targets, which can be smoothed.
    """

    name: str
    discriminator: Discriminate
    generator: Generate
    relative: bool
    source: str
    smoothable: bool = False


def smoothed(target: float, label_smoothing: float) -> float:
    """Return a target of 0 or 1 as Keras's BinaryCrossentropy smooths it: half-way of the share.

    With a smoothing of 0.9 the targets are 0.55 and 0.45, not 0.9 and 0.1, which is a smoothing of
    0.2.
    """
    return target * (1 - label_smoothing) + label_smoothing / 2


def adversarial_loss(name: str) -> AdversarialLoss:
    """Return a loss by name.

    Raises
    ------
    UnknownName
        With the nearest right name.
    """
    loss: AdversarialLoss = LOSSES.load(name)
    return loss


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def _separation(real: Tensor, generated: Tensor, label_smoothing: float) -> Tensor:
    return _cross_entropy(real, smoothed(1.0, label_smoothing)) + _cross_entropy(
        generated, smoothed(0.0, label_smoothing)
    )


def _saturating(generated: Tensor, _real: Tensor | None) -> Tensor:
    return -F.softplus(generated).mean()  # log(1 - D(made))


def _taken_for_real(generated: Tensor, _real: Tensor | None) -> Tensor:
    return _cross_entropy(generated, 1.0)


def _squares(real: Tensor, generated: Tensor, _smoothing: float) -> Tensor:
    return ((real - 1).square().mean() + generated.square().mean()) / 2


def _square(generated: Tensor, _real: Tensor | None) -> Tensor:
    return (generated - 1).square().mean() / 2


def _hinges(real: Tensor, generated: Tensor, _smoothing: float) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + generated).mean()


def _critic(real: Tensor, generated: Tensor, _smoothing: float) -> Tensor:
    return generated.mean() - real.mean()


def _score(generated: Tensor, _real: Tensor | None) -> Tensor:
    return -generated.mean()


def _pairs(real: Tensor, generated: Tensor, _smoothing: float) -> Tensor:
    return F.softplus(generated - real).mean()


def _pairs_turned(generated: Tensor, real: Tensor | None) -> Tensor:
    assert real is not None, "a relative loss is given logits of real images"
    return F.softplus(real - generated).mean()


_GOODFELLOW = "Goodfellow et al., Generative adversarial nets, 2014"

MINIMAX = AdversarialLoss("minimax", _separation, _saturating, False, _GOODFELLOW, smoothable=True)
NON_SATURATING = AdversarialLoss(
    "non-saturating", _separation, _taken_for_real, False, _GOODFELLOW, smoothable=True
)
LEAST_SQUARES = AdversarialLoss(
    "least-squares", _squares, _square, False,
    "Mao et al., Least squares generative adversarial networks, 2017",
)  # fmt: skip
HINGE = AdversarialLoss("hinge", _hinges, _score, False, "Lim & Ye, Geometric GAN, 2017")
WASSERSTEIN = AdversarialLoss(
    "wasserstein", _critic, _score, False, "Arjovsky et al., Wasserstein GAN, 2017"
)
RELATIVISTIC = AdversarialLoss(
    "relativistic", _pairs, _pairs_turned, True,
    "Jolicoeur-Martineau, The relativistic discriminator, 2018",
)  # fmt: skip

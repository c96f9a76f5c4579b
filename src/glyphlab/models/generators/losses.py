"""What the two players want, as pure functions of logits.

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
    """The losses of both players.

    Attributes
    ----------
    name : str
    discriminator : callable
        From logits of real and of made images ``(n,)`` and a smoothing to a scalar.
    generator : callable
        From logits of made images, and of real ones where `relative`, to a scalar.
    relative : bool
        Whether images are judged in pairs, a made one against a real one.
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


def smoothed(target: float, smoothing: float) -> float:
    """Return a target of 0 or 1 as Keras's BinaryCrossentropy smooths it: half-way of the share.

    With a smoothing of 0.9 the targets are 0.55 and 0.45, not 0.9 and 0.1, which is a smoothing of
    0.2.
    """
    return target * (1 - smoothing) + smoothing / 2


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


def _told_apart(real: Tensor, made: Tensor, smoothing: float) -> Tensor:
    return _cross_entropy(real, smoothed(1.0, smoothing)) + _cross_entropy(
        made, smoothed(0.0, smoothing)
    )


def _saturating(made: Tensor, _real: Tensor | None) -> Tensor:
    return -F.softplus(made).mean()  # log(1 - D(made))


def _taken_for_real(made: Tensor, _real: Tensor | None) -> Tensor:
    return _cross_entropy(made, 1.0)


def _squares(real: Tensor, made: Tensor, _smoothing: float) -> Tensor:
    return ((real - 1).square().mean() + made.square().mean()) / 2


def _square(made: Tensor, _real: Tensor | None) -> Tensor:
    return (made - 1).square().mean() / 2


def _hinges(real: Tensor, made: Tensor, _smoothing: float) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + made).mean()


def _critic(real: Tensor, made: Tensor, _smoothing: float) -> Tensor:
    return made.mean() - real.mean()


def _score(made: Tensor, _real: Tensor | None) -> Tensor:
    return -made.mean()


def _pairs(real: Tensor, made: Tensor, _smoothing: float) -> Tensor:
    return F.softplus(made - real).mean()


def _pairs_turned(made: Tensor, real: Tensor | None) -> Tensor:
    assert real is not None, "a relative loss is given logits of real images"
    return F.softplus(real - made).mean()


_GOODFELLOW = "Goodfellow et al., Generative adversarial nets, 2014"

MINIMAX = AdversarialLoss("minimax", _told_apart, _saturating, False, _GOODFELLOW, smoothable=True)
NON_SATURATING = AdversarialLoss(
    "non-saturating", _told_apart, _taken_for_real, False, _GOODFELLOW, smoothable=True
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

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

__all__ = [
    "LOSSES",
    "AdversarialLoss",
    "adversarial_loss",
    "moved_balance",
    "of_discriminator",
    "smoothed",
]

Discriminate = Callable[[Tensor, Tensor, float | Tensor], Tensor]
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
    one_sided : callable, optional
        Its discriminator where the targets of real images alone are smoothed.
    reconstructs : bool
        Whether its discriminator is an autoencoder, whose logits are errors of reconstruction times
        -1. The discriminator's callable is then given the weight of generated images in the place
        of a smoothing.
    """

    name: str
    discriminator: Discriminate
    generator: Generate
    relative: bool
    source: str
    smoothable: bool = False
    one_sided: Discriminate | None = None
    reconstructs: bool = False


BALANCE_RATE = 1e-3
"""How fast the weight of generated images follows in BEGAN, as published."""


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


def of_discriminator(
    loss: AdversarialLoss,
    real: Tensor,
    generated: Tensor,
    given: float | Tensor,
    *,
    one_sided: bool = False,
    weights: Tensor | None = None,
) -> Tensor:
    """Return the discriminator's loss of logits ``(n,)`` of real and of generated images.

    Parameters
    ----------
    loss : AdversarialLoss
    real, generated : (n,) tensors
    given : float or scalar tensor
        A smoothing; of a loss that reconstructs, the weight of generated images.
    one_sided : bool
        Smooth the targets of real images alone.
    weights : (n,) tensor, optional
        What each real image counts, together with the generated one beside it; of mean 1. The loss
        is a mean over these pairs, and so is the weighted one.
    """
    chosen = loss.one_sided if one_sided and loss.one_sided else loss.discriminator
    if weights is None:
        return chosen(real, generated, given)
    each = torch.vmap(lambda r, g: chosen(r[None], g[None], given))(real, generated)
    return (weights * each).mean()


@torch.no_grad()
def moved_balance(balance: Tensor, real: Tensor, generated: Tensor, diversity: float) -> Tensor:
    """Move BEGAN's weight of generated images by a step, in place.

    It grows where generated images are reconstructed better than `diversity` times as badly as real
    ones, and stays between 0 and 1.

    Parameters
    ----------
    balance : scalar tensor
    real, generated : (n,) tensors
        Logits, which are errors times -1.
    diversity : float
        Errors of generated images over those of real ones that are aimed at.
    """
    step = diversity * -real.mean() + generated.mean()
    return balance.add_(BALANCE_RATE * step).clamp_(0, 1)


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def _separation(real: Tensor, generated: Tensor, given: float | Tensor) -> Tensor:
    label_smoothing = float(given)
    return _cross_entropy(real, smoothed(1.0, label_smoothing)) + _cross_entropy(
        generated, smoothed(0.0, label_smoothing)
    )


def _one_sided(real: Tensor, generated: Tensor, given: float | Tensor) -> Tensor:
    return _cross_entropy(real, 1.0 - float(given)) + _cross_entropy(generated, 0.0)


def _errors(real: Tensor, generated: Tensor, balance: float | Tensor) -> Tensor:
    return balance * generated.mean() - real.mean()  # logits are errors times -1


def _saturating(generated: Tensor, _real: Tensor | None) -> Tensor:
    return -F.softplus(generated).mean()  # log(1 - D(made))


def _taken_for_real(generated: Tensor, _real: Tensor | None) -> Tensor:
    return _cross_entropy(generated, 1.0)


def _squares(real: Tensor, generated: Tensor, _smoothing: float | Tensor) -> Tensor:
    return ((real - 1).square().mean() + generated.square().mean()) / 2


def _square(generated: Tensor, _real: Tensor | None) -> Tensor:
    return (generated - 1).square().mean() / 2


def _hinges(real: Tensor, generated: Tensor, _smoothing: float | Tensor) -> Tensor:
    return F.relu(1 - real).mean() + F.relu(1 + generated).mean()


def _critic(real: Tensor, generated: Tensor, _smoothing: float | Tensor) -> Tensor:
    return generated.mean() - real.mean()


def _score(generated: Tensor, _real: Tensor | None) -> Tensor:
    return -generated.mean()


def _pairs(real: Tensor, generated: Tensor, _smoothing: float | Tensor) -> Tensor:
    return F.softplus(generated - real).mean()


def _pairs_turned(generated: Tensor, real: Tensor | None) -> Tensor:
    assert real is not None, "a relative loss is given logits of real images"
    return F.softplus(real - generated).mean()


_GOODFELLOW = "Goodfellow et al., Generative adversarial nets, 2014"

MINIMAX = AdversarialLoss(
    "minimax", _separation, _saturating, False, _GOODFELLOW, smoothable=True, one_sided=_one_sided
)
NON_SATURATING = AdversarialLoss(
    "non-saturating", _separation, _taken_for_real, False, _GOODFELLOW, smoothable=True,
    one_sided=_one_sided,
)  # fmt: skip
BOUNDARY_EQUILIBRIUM = AdversarialLoss(
    "boundary-equilibrium", _errors, _score, False,
    "Berthelot et al., BEGAN: Boundary equilibrium generative adversarial networks, 2017",
    reconstructs=True,
)  # fmt: skip
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

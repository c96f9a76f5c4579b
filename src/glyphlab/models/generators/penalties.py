"""What keeps a discriminator smooth: penalties on its gradient at images."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

__all__ = ["gradient_penalty", "squared_gradients"]

Discriminator = Callable[[Tensor], Tensor]
"""From images to logits ``(n,)``; labels are bound to it already."""


def squared_gradients(logits: Tensor, at: Sequence[Tensor]) -> Tensor:
    """Return the squared length of the logits' gradient at images, a mean over the images.

    Halved and times a strength it is R1 at real images and R2 at generated ones (Mescheder et al.,
    *Which training methods for GANs do actually converge?*, 2018). Can be differentiated again.

    Parameters
    ----------
    logits : (n,) tensor
        Of a discriminator in which no image looks at another.
    at : sequence of (m, 1, h, w) tensors
        Images that the logits were computed of, each requiring a gradient; the means of all are
        added.
    """
    gradients = torch.autograd.grad(logits.sum(), list(at), create_graph=True)
    lengths = [_wide(one).square().sum(dim=(1, 2, 3)).mean() for one in gradients]
    return torch.stack(lengths).sum()


def gradient_penalty(
    discriminator: Discriminator, real: Tensor, generated: Tensor, generator: torch.Generator
) -> Tensor:
    """Return by how much, squared, the gradient's length between real and generated differs from 1.

    Gulrajani et al., *Improved training of Wasserstein GANs*, 2017: at a random point on the line
    between each real image and a generated one.

    Parameters
    ----------
    discriminator : callable
    real, generated : (n, 1, h, w) tensors
    generator : torch.Generator
        Draws the points.
    """
    shape = (len(real), 1, 1, 1)
    share = torch.rand(shape, generator=generator, device=generator.device).to(real.device)
    between = (share * real + (1 - share) * generated).detach().requires_grad_(True)
    (gradients,) = torch.autograd.grad(discriminator(between).sum(), between, create_graph=True)
    length: Tensor = _wide(gradients).flatten(1).norm(dim=1)
    return (length - 1).square().mean()


def _wide(values: Tensor) -> Tensor:
    """Return values in float32 at least: squares of many would lose their ends in bfloat16."""
    return values.to(torch.promote_types(values.dtype, torch.float32))

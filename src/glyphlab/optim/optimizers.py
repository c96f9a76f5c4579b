"""Optimisers by name."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab.models.nets.base import Net
from glyphlab.optim.keras_optimizers import KERAS_EPSILON, KerasNadam, KerasRMSprop
from glyphlab.optim.muon import Muon
from glyphlab.optim.threaded_adam import ThreadedAdam

__all__ = ["OPTIMIZERS", "build_optimizer", "kernels_of", "laid_out_as"]

OPTIMIZERS = ("adam", "adamw", "muon", "nadam", "rmsprop", "sgd")
KERAS_ADAM_EPSILON = KERAS_EPSILON
"""Keras's Adam; PyTorch's own default is 1e-8."""
TORCH_EPSILON = 1e-8


def build_optimizer(
    name: str,
    net: nn.Module,
    *,
    rate: float,
    weight_decay: float,
    momentum: float = 0.9,
    nesterov: bool = True,
) -> torch.optim.Optimizer:
    """Build an optimiser over a net's parameters.

    ``'adam'`` has Keras's epsilon of 1e-7, ``'adamw'`` decays only weights of two or more
    dimensions (not biases and norms), ``'sgd'`` has Nesterov momentum 0.9 unless told otherwise
    (momentum 0 is plain), ``'nadam'`` and ``'rmsprop'`` are Keras's, ``'muon'`` turns the net's
    `scale_free_weights` and leaves the rest to ``'adamw'``. PyTorch's own run as one fused pass
    over each parameter, for which gradients and state must be `laid_out_as` the parameter. With all
    but ``'adamw'`` and ``'muon'`` the decay is part of the gradient.

    Raises
    ------
    UnknownName
        For any other name.
    RecipeError
        For ``'muon'`` and a net without scale-free weights.
    """
    banks: list[Tensor] = []
    if name == "muon":
        banks = list(net.scale_free_weights) if isinstance(net, Net) else []
        if not banks:
            raise RecipeError(
                "optimizer 'muon' needs convolutions followed by batch norm, and this net has "
                "none: choose net 'fast', a net of blocks, or training.optimizer 'adamw'"
            )
    apart = {id(bank) for bank in banks}
    parameters = [p for p in net.parameters() if p.requires_grad and id(p) not in apart]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if name == "adamw":
        return ThreadedAdam(
            groups, lr=rate, eps=TORCH_EPSILON, decoupled_weight_decay=True, fused=True
        )
    if name == "muon":
        return Muon(banks, groups, lr=rate, fused=True)
    if name == "adam":
        return ThreadedAdam(groups, lr=rate, eps=KERAS_ADAM_EPSILON, fused=True)
    if name == "nadam":
        return KerasNadam(groups, lr=rate)
    if name == "rmsprop":
        return KerasRMSprop(groups, lr=rate)
    if name == "sgd":
        ahead = nesterov and momentum > 0
        return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=ahead, fused=True)
    raise UnknownName("optimizer", name, OPTIMIZERS)


def kernels_of(net: nn.Module) -> list[nn.Parameter]:
    """Return the weights that decay and are penalised: those of two or more dimensions."""
    return [p for p in net.parameters() if p.requires_grad and p.ndim > 1]


def laid_out_as(parameter: Tensor, value: Tensor | None) -> Tensor | None:
    """Return `value` in the memory layout of `parameter`, itself where it is so already.

    PyTorch's fused optimisers walk parameter, gradient and state side by side in memory: the same
    numbers in another order (channels first beside channels last) would be silently mixed up.
    """
    if value is None or value.stride() == parameter.stride() or value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter).copy_(value)

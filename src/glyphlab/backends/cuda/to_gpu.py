"""Getting things to where a captured step reads them."""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["copied_to", "rate_from"]


def copied_to(device: str, value: Tensor) -> Tensor:
    """Return a tensor of the host on a device; the host does not wait for the GPU meanwhile."""
    if device == "cuda" and value.device.type == "cpu":
        return value.pin_memory().to(device, non_blocking=True)
    return value.to(device)


def rate_from(optimizer: torch.optim.Optimizer, rate: Tensor | None) -> None:
    """Let an optimizer read its learning rate from a tensor, or from a number again.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    rate : scalar tensor, optional
        On the device. None: steps are taken one operation at a time again, at rates that are set
        as numbers.
    """
    for group in optimizer.param_groups:
        if rate is not None:
            group["lr"] = rate
        if "capturable" in group:
            group["capturable"] = rate is not None
    # torch warns of the runs that come before a capture
    vars(optimizer)["_warned_capturable_if_run_uncaptured"] = True

"""Which tensors compiled loops take, and how they are handed over."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

__all__ = ["arrays", "channels_last", "is_plain_float32"]


def is_plain_float32(*tensors: Tensor) -> bool:
    """Whether all are non-empty float32 on the processor, and no autocast wants another type."""
    return not torch.is_autocast_enabled("cpu") and all(
        t.device.type == "cpu" and t.dtype == torch.float32 and t.numel() > 0 for t in tensors
    )


def channels_last(x: Tensor) -> Tensor:
    """Return ``(n, c, h, w)`` as contiguous ``(n, h, w, c)``, a view where memory is so already."""
    return x.permute(0, 2, 3, 1).contiguous()


def arrays(*tensors: Tensor) -> list[Any]:
    """Return the tensors as NumPy arrays over the same memory."""
    return [(t.detach() if t.requires_grad else t).numpy() for t in tensors]

"""Convolutions of generators, put so that PyTorch's kernels on a CPU are quick at them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["DoublingConv", "OneChannelConv"]


class DoublingConv(nn.ConvTranspose2d):
    """A transposed convolution of 4×4 that doubles both sides, as Keras's ``'same'`` does.

    Its bias is added apart: its gradient inside the convolution's takes as long as the rest.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """Map ``(n, inputs, h, w)`` to ``(n, outputs, 2 h, 2 w)``."""
        assert self.bias is not None
        found = F.conv_transpose2d(x, self.weight, None, 2, 1)
        return found.add_(self.bias.to(found.dtype)[:, None, None])


class OneChannelConv(nn.Conv2d):
    """A convolution of odd size to a single map as large as what it reads.

    A matrix product gives what each pixel adds to each of the pixels around it, and those are
    summed where they fall. Weights, and results to rounding, are those of `torch.nn.Conv2d`.
    """

    def __init__(self, inputs: int, size: int) -> None:
        super().__init__(inputs, 1, size, padding=size // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, inputs, h, w)`` to ``(n, 1, h, w)`` float32."""
        assert self.bias is not None
        size = self.kernel_size[0]
        rows = x.permute(0, 2, 3, 1).flatten(1, 2)
        kernel = self.weight[0].flip(1, 2).flatten(1)
        shares = kernel.t().to(x.dtype) @ rows.transpose(1, 2)
        found = F.fold(shares.float(), (x.shape[2], x.shape[3]), size, padding=size // 2)
        return found + self.bias[:, None, None]

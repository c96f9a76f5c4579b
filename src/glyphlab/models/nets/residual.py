"""The residual block that nets by description are made of."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab.models.nets.operations import Activation, Operation, Residual, operations_of

__all__ = ["ResidualBlock"]


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with batch norm around a shortcut (He et al., 2016).

    ``relu(norm(conv(relu(norm(conv(x))))) + x)``; where the number of channels changes, the
    shortcut is a 1×1 convolution with batch norm. The size of the map stays.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
            )

    @property
    def scale_free_weights(self) -> list[Tensor]:
        """The 3×3 filter banks that see more than one channel."""
        convolutions = [self.conv1, self.conv2]
        return [one.weight for one in convolutions if one.in_channels > 1]

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, inputs, h, w)`` to ``(n, outputs, h, w)``."""
        inner = F.relu(self.norm1(self.conv1(x)), inplace=True)
        return F.relu(self.norm2(self.conv2(inner)) + self.shortcut(x), inplace=True)

    def operations(self, shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes in evaluation, as `glyphlab.models.nets.operations` has it."""
        parts = (self.conv1, self.norm1, Activation("relu"), self.conv2, self.norm2)
        main = [
            one
            for part in parts
            for one in ([part] if isinstance(part, Activation) else operations_of(part, shape))
        ]
        return [Residual(tuple(main), tuple(operations_of(self.shortcut, shape)))]

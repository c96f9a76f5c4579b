"""Net `funnel`: two dense layers."""

from __future__ import annotations

from torch import Tensor, nn

from glyphlab.models.nets.build import NetPlan
from glyphlab.models.nets.cnns import as_float


class Funnel(nn.Module):
    """Images ``(n, 1, H, W)`` to logits ``(n, heads, classes)``."""

    def __init__(self, plan: NetPlan) -> None:
        super().__init__()
        self.shape = plan.heads, plan.classes
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(plan.height * plan.width, 32),
            nn.ReLU(),
            nn.Linear(32, plan.heads * plan.classes),
        )
        for parameter in self.parameters():  # every weight from the generator that is given
            nn.init.uniform_(parameter, -0.05, 0.05, generator=plan.generator)

    def forward(self, images: Tensor) -> Tensor:
        """Read images, uint8 or float in 0..1."""
        return self.layers(as_float(images)).view(-1, *self.shape)


def build_funnel(plan: NetPlan) -> nn.Module:
    """Build it for images and labels of a size."""
    return Funnel(plan)

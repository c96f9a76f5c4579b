"""A discriminator that draws what it sees again: it takes for real what it draws well.

After Berthelot et al., *BEGAN: Boundary equilibrium generative adversarial networks*, 2017.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ReconstructingDiscriminator"]


class ReconstructingDiscriminator(nn.Module):
    """From an image to its error of reconstruction times -1: high for what it knows to draw.

    Convolutions with exponential linear units halve the map twice, and a linear layer leaves latent
    numbers. What draws them again is of the form of the generator, with weights of its own.

    Parameters
    ----------
    height, width : int
        Multiples of four.
    channels : int
        Of the first maps; those of the others are twice as many.
    latent : int
    decoder : torch.nn.Module
        From ``(n, latent)`` to images ``(n, 1, h, w)`` in [-1, 1].
    """

    def __init__(
        self, height: int, width: int, channels: int, latent: int, decoder: nn.Module
    ) -> None:
        super().__init__()
        w = channels
        self.inner1 = nn.Conv2d(1, w, 3, padding=1)
        self.down1 = nn.Conv2d(w, w, 3, 2, 1)
        self.inner2 = nn.Conv2d(w, 2 * w, 3, padding=1)
        self.down2 = nn.Conv2d(2 * w, 2 * w, 3, 2, 1)
        self.code = nn.Linear(2 * w * (height // 4) * (width // 4), latent)
        self.decoder = decoder
        # a batch norm of the decoder distinguishes real images from generated ones, as Keras does
        self.joint = not any(isinstance(one, nn.BatchNorm2d) for one in decoder.modules())

    def reconstruct(self, images: Tensor) -> Tensor:
        """Map images ``(n, 1, h, w)`` in [-1, 1] to images of the same form."""
        x = F.elu(self.inner1(images))
        x = F.elu(self.down1(x))
        x = F.elu(self.inner2(x))
        x = F.elu(self.down2(x))
        drawn: Tensor = self.decoder(self.code(x.flatten(1)))
        return drawn

    def features(self, images: Tensor) -> Tensor:
        """Return the mean absolute error of each image's reconstruction, ``(n, 1)``."""
        apart = self.reconstruct(images).float() - images.float()
        return apart.abs().mean(dim=(1, 2, 3))[:, None]

    def discriminate(self, features: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Return logits ``(n,)`` of features: errors times -1."""
        return -features[:, 0]

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map images ``(n, 1, h, w)`` to logits ``(n,)``, high for what is drawn well."""
        return self.discriminate(self.features(images), labels)

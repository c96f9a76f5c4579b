"""The generators and discriminators of the papers, to the parameter where a report gives counts."""

from __future__ import annotations

from torch import Tensor, nn

from glyphlab.models.generators.convolutions import DoublingConv, OneChannelConv
from glyphlab.models.generators.keras_layers import KerasConv, KerasDropout, Reshape, keras_norm

__all__ = ["PaperDiscriminator", "PaperGenerator", "paper_pair"]


class PaperGenerator(nn.Module):
    """A stack of layers from latent numbers to an image in [-1, 1].

    Parameters
    ----------
    latent : int
    layers : torch.nn.Sequential
        From ``(n, latent)`` to ``(n, 1, h, w)``, at least as large as the picture.
    height, width : int
        What is cut out of the middle.
    """

    def __init__(self, latent: int, layers: nn.Sequential, height: int, width: int) -> None:
        super().__init__()
        self.latent, self.layers = latent, layers
        self.height, self.width = height, width

    def forward(self, noise: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Map ``(n, latent)`` to images ``(n, 1, h, w)`` in [-1, 1]."""
        x: Tensor = self.layers(noise)
        top, left = (x.shape[2] - self.height) // 2, (x.shape[3] - self.width) // 2
        return x[:, :, top : top + self.height, left : left + self.width]


class PaperDiscriminator(nn.Module):
    """A stack of layers from an image to one logit."""

    joint = False
    """Real and generated images go through it apart, as Keras trains: batch norm distinguishes
    them."""

    def __init__(self, layers: nn.Sequential) -> None:
        super().__init__()
        self.layers = layers

    def features(self, images: Tensor) -> Tensor:
        """Return what the last layer reads, flat."""
        x: Tensor = self.layers[:-1](images)
        return x

    def discriminate(self, features: Tensor, _labels: Tensor | None = None) -> Tensor:
        """Return logits ``(n,)`` of features."""
        logits: Tensor = self.layers[-1](features)
        return logits[:, 0]

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map images ``(n, 1, h, w)`` to logits ``(n,)``, high for real ones."""
        return self.discriminate(self.features(images), labels)


def paper_pair(
    family: str, latent: int, height: int, width: int, dropout: float | None = None
) -> tuple[PaperGenerator, PaperDiscriminator]:
    """Return the untrained nets of a family; their weights are still to be drawn.

    'dcgan': Keras's tutorial DCGAN for 28×28 with tanh (`mnist-gan`). 'dense': a perceptron each
    (`mnist-networks`). 'strip': 4,457,729 and 170,977 parameters for 84×28, and 'canvas' for 84×84
    (`triple-mnist`). Each reads pictures of the size of its own only for its own latent count, but
    is built for any picture whose sides are multiples of four. `dropout` takes the place of the
    discriminator's own share; 0 drops nothing.
    """
    generated = {"dcgan": _dcgan, "dense": _dense, "strip": _strip, "canvas": _canvas}[family]
    generator, discriminator = generated(latent, height, width)
    for layer in discriminator:
        if dropout is not None and isinstance(layer, KerasDropout):
            layer.share = dropout
    return (
        PaperGenerator(latent, generator, height, width),
        PaperDiscriminator(discriminator),
    )


def _leaky(slope: float = 0.2) -> nn.LeakyReLU:
    return nn.LeakyReLU(slope, inplace=True)


def _dcgan(latent: int, height: int, width: int) -> tuple[nn.Sequential, nn.Sequential]:
    rows, columns = height // 4, width // 4
    generator = nn.Sequential(
        nn.Linear(latent, 128 * rows * columns), _leaky(), Reshape(128, rows, columns),
        DoublingConv(128, 128), _leaky(),
        DoublingConv(128, 128), _leaky(),
        OneChannelConv(128, 7), nn.Tanh(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        KerasConv(1, 64, 3, 2), _leaky(), KerasDropout(0.4),
        KerasConv(64, 64, 3, 2), _leaky(), KerasDropout(0.4),
        nn.Flatten(), nn.Linear(64 * rows * columns, 1),
    )  # fmt: skip
    return generator, discriminator


def _dense(latent: int, height: int, width: int) -> tuple[nn.Sequential, nn.Sequential]:
    pixels = height * width
    generator = nn.Sequential(
        nn.Linear(latent, 256), _leaky(), nn.Linear(256, 512), _leaky(),
        nn.Linear(512, 1024), _leaky(), nn.Linear(1024, pixels), nn.Tanh(),
        Reshape(1, height, width),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Flatten(), nn.Linear(pixels, 1024), _leaky(), KerasDropout(0.3),
        nn.Linear(1024, 512), _leaky(), KerasDropout(0.3),
        nn.Linear(512, 256), _leaky(), KerasDropout(0.3), nn.Linear(256, 1),
    )  # fmt: skip
    return generator, discriminator


def _strip(latent: int, height: int, width: int) -> tuple[nn.Sequential, nn.Sequential]:
    rows, columns = height // 4, width // 4
    generator = nn.Sequential(
        nn.Linear(latent, 256 * rows * columns), Reshape(256, rows, columns),
        DoublingConv(256, 128), keras_norm(128), nn.ReLU(inplace=True),
        DoublingConv(128, 64), keras_norm(64), nn.ReLU(inplace=True),
        OneChannelConv(64, 3), nn.Tanh(),
    )  # fmt: skip
    down = (-(-height // 8)) * (-(-width // 8))
    discriminator = nn.Sequential(
        KerasConv(1, 32, 4, 2), _leaky(), KerasDropout(0.25),
        KerasConv(32, 64, 4, 2), keras_norm(64), _leaky(), KerasDropout(0.25),
        KerasConv(64, 128, 4, 2), keras_norm(128), _leaky(), KerasDropout(0.25),
        nn.Flatten(), nn.Linear(128 * down, 1),
    )  # fmt: skip
    return generator, discriminator


def _canvas(latent: int, height: int, width: int) -> tuple[nn.Sequential, nn.Sequential]:
    rows, columns = -(-height // 16), -(-width // 16)
    rows, columns = max(rows, 7 * height // 84), max(columns, 7 * width // 84)
    generator = nn.Sequential(
        nn.Linear(latent, 256 * rows * columns), Reshape(256, rows, columns),
        DoublingConv(256, 128), keras_norm(128), nn.ReLU(inplace=True),
        DoublingConv(128, 64), keras_norm(64), nn.ReLU(inplace=True),
        DoublingConv(64, 32), keras_norm(32), nn.ReLU(inplace=True),
        DoublingConv(32, 16), keras_norm(16), nn.ReLU(inplace=True),
        OneChannelConv(16, 3), nn.Tanh(),
    )  # fmt: skip
    down = (-(-height // 8)) * (-(-width // 8))
    discriminator = nn.Sequential(
        KerasConv(1, 32, 4, 2), _leaky(), KerasDropout(0.3),
        KerasConv(32, 64, 4, 2), _leaky(), KerasDropout(0.3),
        KerasConv(64, 128, 4, 2), _leaky(), KerasDropout(0.3),
        nn.Flatten(), nn.Linear(128 * down, 1),
    )  # fmt: skip
    return generator, discriminator

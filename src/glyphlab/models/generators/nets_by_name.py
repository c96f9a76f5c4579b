"""Our own pair of nets, and every pair by the name of its family.

Small, without batch norm: what keeps them stable is the penalty on the discriminator's gradient
(Huang et al., *The GAN is dead; long live the GAN!*, 2024). The generator doubles its map by
transposed convolutions of 4×4.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from glyphlab._common.errors import RecipeError
from glyphlab.models.generators.autoencoders import ReconstructingDiscriminator
from glyphlab.models.generators.convolutions import DoublingConv, OneChannelConv
from glyphlab.models.generators.keras_layers import keras_start
from glyphlab.models.generators.papers import PaperDiscriminator, PaperGenerator, paper_pair
from glyphlab.recipes import GeneratorModelRecipe

__all__ = [
    "Discriminator",
    "Generator",
    "SmallDiscriminator",
    "SmallGenerator",
    "build_pair",
    "set_first_brightness",
]

SLOPE = 0.2
EMBEDDED = 32
"""Numbers that a label becomes."""


class SmallGenerator(nn.Module):
    """From latent numbers, and a label, to an image in [-1, 1].

    Parameters
    ----------
    latent : int
    classes : int
        0 where it takes no label.
    height, width : int
        Multiples of four.
    channels : int
        Of the last map; the first has four times as many.
    planes : int
        Channels of an image, which stand below each other in what it returns.
    """

    def __init__(
        self, latent: int, classes: int, height: int, width: int, channels: int, planes: int = 1
    ) -> None:
        super().__init__()
        self.latent, self.classes = latent, classes
        self.rows, self.columns, w = height // 4, width // 4, channels
        self.label = nn.Embedding(classes, EMBEDDED) if classes else None
        size = latent + (EMBEDDED if classes else 0)
        self.spread = nn.Linear(size, 4 * w * self.rows * self.columns)
        self.inner = nn.Conv2d(4 * w, 4 * w, 3, padding=1)
        self.up1 = DoublingConv(4 * w, 2 * w)
        self.up2 = DoublingConv(2 * w, w)
        self.out: nn.Conv2d = (
            OneChannelConv(w, 3) if planes == 1 else nn.Conv2d(w, planes, 3, padding=1)
        )

    def forward(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map noise ``(n, latent)`` and labels ``(n,)`` to images in [-1, 1].

        They are ``(n, 1, planes * h, w)``.
        """
        if self.label is not None:
            noise = torch.cat([noise, self.label(labels)], 1)
        x = self.spread(noise).view(len(noise), self.rows, self.columns, -1).permute(0, 3, 1, 2)
        x = F.leaky_relu(x, SLOPE)
        x = F.leaky_relu(x + self.inner(x), SLOPE)
        x = F.leaky_relu(self.up1(x), SLOPE)
        x = F.leaky_relu(self.up2(x), SLOPE)
        drawn = torch.tanh(self.out(x))
        return drawn if drawn.shape[1] == 1 else drawn.reshape(len(x), 1, -1, x.shape[3])


class SmallDiscriminator(nn.Module):
    """From an image, and its label, to a logit; and, from the image alone, to a label.

    A label enters as a direction in the features (Miyato & Koyama, *cGANs with projection
    discriminator*, 2018).

    Parameters
    ----------
    classes : int
        0 where it takes no label.
    height, width : int
        Multiples of four.
    channels : int
        Of the first map.
    planes : int
        Channels of an image, which stand below each other in what it is given.
    """

    joint = True
    """Nothing in it looks across a batch, so real and generated images go through it together."""

    def __init__(
        self, classes: int, height: int, width: int, channels: int, planes: int = 1
    ) -> None:
        super().__init__()
        w, self.planes = channels, planes
        rows, columns = -(-height // 8), -(-width // 8)
        self.down1 = nn.Conv2d(planes, w, 4, 2, 1)
        self.down2 = nn.Conv2d(w, 2 * w, 4, 2, 1)
        self.inner = nn.Conv2d(2 * w, 2 * w, 3, padding=1)
        self.down3 = nn.Conv2d(2 * w, 4 * w, 3, 2, 1)
        self.dense = nn.Linear(4 * w * rows * columns, 8 * w)
        self.logit = nn.Linear(8 * w, 1)
        self.label = nn.Embedding(classes, 8 * w) if classes else None
        self.reader = nn.Linear(8 * w, classes) if classes else None

    def features(self, images: Tensor) -> Tensor:
        """Map images ``(n, 1, planes * h, w)`` in [-1, 1] to features ``(n, d)``."""
        if self.planes > 1:
            images = images.reshape(len(images), self.planes, -1, images.shape[3])
        x = F.leaky_relu(self.down1(images), SLOPE)
        x = F.leaky_relu(self.down2(x), SLOPE)
        x = F.leaky_relu(x + self.inner(x), SLOPE)
        x = F.leaky_relu(self.down3(x), SLOPE)
        return F.leaky_relu(self.dense(x.flatten(1)), SLOPE)

    def discriminate(self, features: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return logits ``(n,)`` of features, high for real images of their labels."""
        logits: Tensor = self.logit(features)[:, 0]
        if self.label is None:
            return logits
        along: Tensor = (features * self.label(labels)).sum(1)
        return logits + along / math.sqrt(features.shape[1])

    def read(self, features: Tensor) -> Tensor:
        """Return logits ``(n, classes)`` of the label."""
        assert self.reader is not None
        logits: Tensor = self.reader(features)
        return logits

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map images ``(n, 1, h, w)`` and labels ``(n,)`` to logits ``(n,)``."""
        return self.discriminate(self.features(images), labels)


Generator = SmallGenerator | PaperGenerator
Discriminator = SmallDiscriminator | PaperDiscriminator | ReconstructingDiscriminator

ENCODED = 64
"""Channels of the first maps of an autoencoder beside a paper's generator, as its discriminator."""


def build_pair(
    model: GeneratorModelRecipe,
    classes: int,
    height: int,
    width: int,
    generator: torch.Generator,
    planes: int = 1,
    *,
    reconstructs: bool = False,
) -> tuple[Generator, Discriminator]:
    """Return the two nets of a recipe with drawn weights.

    Parameters
    ----------
    model : GeneratorModelRecipe
    classes : int
        Of the symbols.
    height, width : int
        Of a picture.
    generator : torch.Generator
        Draws the weights.
    planes : int
        Channels of a picture, which stand below each other.
    reconstructs : bool
        Whether the discriminator is an autoencoder.

    Raises
    ------
    RecipeError
        For pictures whose sides are no multiples of four.
    """
    high = height // planes
    if high % 4 or width % 4:
        raise RecipeError(
            f"a generator doubles its map twice, and {high}×{width} is no multiple of 4: choose "
            "a source of 28×28 symbols"
        )
    with torch.random.fork_rng(devices=[]):  # layers draw from torch's own before we draw over it
        torch.manual_seed(generator.initial_seed())  # spectral norm begins at directions of its own
        small = model.family == "small"
        generated, discriminator = _nets(model, classes, height, width, planes)
        if reconstructs:
            decoder, _ = _nets(model, classes, height, width, planes)
            channels = model.width if small else ENCODED
            discriminator = ReconstructingDiscriminator(
                height, width, channels, model.latent, decoder
            )
        for net in (generated, discriminator):
            if small:
                _start(net, generator)
            else:
                keras_start(net, generator)
        if model.spectral:
            for module in discriminator.modules():
                if isinstance(module, nn.Conv2d | nn.Linear):
                    spectral_norm(module)
    return generated, discriminator


def _nets(
    model: GeneratorModelRecipe, classes: int, height: int, width: int, planes: int
) -> tuple[Generator, Discriminator]:
    """Return the two nets of a family; their weights are still to be drawn."""
    if model.family != "small":
        return paper_pair(model.family, model.latent, height, width, model.dropout)
    of_both = (classes if model.conditional else 0, height // planes, width)
    return (
        SmallGenerator(model.latent, *of_both, model.width, planes),
        SmallDiscriminator(*of_both, model.discriminator_width or model.width, planes),
    )


def set_first_brightness(generator: Generator, brightness: float) -> None:
    """Let what a generator draws at first be about as bright as this, by its last bias.

    Parameters
    ----------
    generator : Generator
        Of any family: each ends in a layer of its own before the tanh.
    brightness : float
        In [-1, 1]; what is nearer to an end than 0.01 is taken as that.
    """
    last = [one for one in generator.modules() if isinstance(one, nn.Linear | nn.Conv2d)][-1]
    assert last.bias is not None
    nn.init.constant_(last.bias, math.atanh(max(-0.99, min(0.99, brightness))))


def _start(net: nn.Module, generator: torch.Generator) -> None:
    """Draw kernels by He's rule for leaky units, what ends a net smaller; labels begin alike."""
    for name, module in net.named_modules():
        if isinstance(module, nn.ConvTranspose2d):
            seen = 4 * module.in_channels  # a pixel sees four of the sixteen weights
            gain = nn.init.calculate_gain("leaky_relu", SLOPE)
            nn.init.normal_(module.weight, std=gain / seen**0.5, generator=generator)
            assert module.bias is not None
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, SLOPE, generator=generator)
            if name.rpartition(".")[2] in ("inner", "out", "logit", "reader"):
                module.weight.data.mul_(0.3)
            assert module.bias is not None
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, generator=generator)

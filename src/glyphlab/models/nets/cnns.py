"""The nets: the published one to the parameter, and a fast one of ours.

A net maps images ``(n, 1, H, W)``, uint8 or float in 0..1, to logits ``(n, heads, classes)``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab._common.errors import RecipeError
from glyphlab.backends import (
    ConvPass,
    compiled,
    conv_pool_relu,
    conv_pool_relu_first,
    conv_relu,
    dense,
    is_plain_float32,
)
from glyphlab.models.nets.base import WithoutDropout
from glyphlab.models.nets.operations import (
    Activation,
    CellMaxima,
    Flatten,
    MaxPool,
    Operation,
    operations_of,
    plain_conv,
    plain_dense,
    shape_after,
)
from glyphlab.models.strategies.base import Head

__all__ = ["FastNet", "TripleMnistCNN", "as_float"]


class TripleMnistCNN(WithoutDropout):
    """The convolutional net of the Triple-MNIST report.

    Three valid 3×3 convolutions of 32, 64 and 64 channels, the first two each followed by a 2×2
    max-pool, a dense layer of 128 units and one linear head: 2,505,920 parameters for 84×84 images
    and 640 classes. Initialised as Keras does it (Glorot-uniform kernels, zero biases), since the
    report's framework is part of its protocol.

    Parameters
    ----------
    height, width : int
        Image size in pixels, each at least 18.
    heads, classes : int
        Number of label positions and of classes at each.
    generator : torch.Generator
        Draws the initial weights.

    Notes
    -----
    Convolution, max-pool and ReLU run as one step (`glyphlab.backends`): the same function.
    No layer looks across the batch, so a batch may be split over threads (`shardable`), and each of
    them may take its part there and back in one call (`compiled_pass`).
    """

    shardable = True
    capturable = True

    def __init__(
        self, height: int, width: int, heads: int, classes: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        rows, columns = (_after_convolutions(side) for side in (height, width))
        if min(rows, columns) < 1:
            raise RecipeError(
                f"the paper's net needs images of at least 18×18 pixels, found {height}×{width}: "
                "choose net 'fast' for small images"
            )
        self.height, self.width = height, width
        self.heads, self.classes = heads, classes
        self.conv1 = _ConvPoolReLUFirst(1, 32, 3)
        self.conv2 = _ConvPoolReLU(32, 64, 3)
        self.conv3 = _ConvReLU(64, 64, 3)
        self.dense = _DenseReLU(64 * rows * columns, 128)
        self.out = nn.Linear(128, heads * classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                # Glorot & Bengio (2010), uniform: Keras's default kernel initialiser.
                nn.init.xavier_uniform_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, images: Tensor) -> Tensor:
        """Map images ``(n, 1, H, W)`` to logits ``(n, heads, classes)``."""
        x = self.conv3(self.conv2(self.conv1(images)))
        # Flattened as Keras does it, channels last: a view of what the convolution leaves.
        x = self.dense(x.permute(0, 2, 3, 1).flatten(1))
        logits: Tensor = self.out(x)
        return logits.view(-1, self.heads, self.classes)

    def operations(self, shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes in evaluation, as `glyphlab.models.nets.operations` has it."""
        del shape
        relu, halved = Activation("relu"), MaxPool((2, 2), (2, 2))
        return [
            plain_conv(self.conv1), relu, halved,
            plain_conv(self.conv2), relu, halved,
            plain_conv(self.conv3), relu,
            Flatten(channels_last=True),
            plain_dense(self.dense), relu,
            plain_dense(self.out),
        ]  # fmt: skip

    def compiled_pass(self) -> ConvPass | None:
        """Return what takes a batch there and back without autograd, over the weights as they lie.

        None where nothing is compiled, or the weights are not all to be trained and float32 on the
        processor, channels last.
        """
        parameters = list(self.parameters())
        if (
            (kernels := compiled()) is not None
            and is_plain_float32(*parameters)
            and all(p.requires_grad for p in parameters)
            and all(_is_channels_last(p) for p in parameters)
        ):
            return kernels.conv_pass(parameters, self.height, self.width, self.heads, self.classes)
        return None


class _ConvPoolReLUFirst(nn.Conv2d):
    """3×3 convolution of one channel, 2×2 max-pool and ReLU in one step, uint8 or float in."""

    def forward(self, images: Tensor) -> Tensor:
        """Map ``(n, 1, h, w)`` to ``(n, c, (h - 2) // 2, (w - 2) // 2)``, cut to even sides."""
        return conv_pool_relu_first(images, self.weight, _bias(self), even=True)


class _ConvPoolReLU(nn.Conv2d):
    """3×3 convolution, 2×2 max-pool and ReLU in one step."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c_in, h, w)`` to ``(n, c, (h - 2) // 2, (w - 2) // 2)``."""
        return conv_pool_relu(x, self.weight, _bias(self))


class _ConvReLU(nn.Conv2d):
    """3×3 convolution and ReLU in one step."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, c_in, h, w)`` to ``(n, c, h - 2, w - 2)``."""
        return conv_relu(x, self.weight, _bias(self))


class _DenseReLU(nn.Linear):
    """Affine map and ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n, inputs)`` to ``(n, outputs)``."""
        return F.relu(dense(x, self.weight, _bias(self)))


class FastNet(WithoutDropout):
    """Our small net: a stride-2 5×5 and three 3×3 convolutions, each with batch norm.

    The max-pool comes before the batch norm and the ReLU: a quarter of the memory traffic.

    Parameters
    ----------
    height, width : int
        Image size in pixels.
    heads, classes : int
        Number of label positions and of classes at each.
    generator : torch.Generator
        Draws the initial weights.
    channels : int
        Channels of the first convolution; the next have 2×, 4× and 4× as many.
    head : {'flat', 'cells'}
        ``'flat'`` reads every head from the whole map. ``'cells'`` takes the maximum over each of
        `heads` cells and reads all of them with one shared linear classifier.
    rows : int
        Of cells, which follow each other in reading order.
    """

    capturable = True

    def __init__(
        self,
        height: int,
        width: int,
        heads: int,
        classes: int,
        generator: torch.Generator,
        *,
        channels: int = 16,
        head: Head = "flat",
        rows: int = 1,
    ) -> None:
        super().__init__()
        self.heads, self.classes, self.head = heads, classes, head
        w, self.cells = channels, (rows, heads // rows)
        self.trunk = nn.Sequential(
            _Stage(1, w, 5, 2, None),
            _Stage(w, 2 * w, 3, 1, (2, 2)),
            # Halved three times, cells would straddle positions: 84 / 8 / 3 is no whole number.
            _Stage(2 * w, 4 * w, 3, 1, (2, 2) if head == "flat" else (2, 1) if rows == 1 else None),
            _Stage(4 * w, 4 * w, 3, 1, None),
        )
        if head == "cells":
            self.out = nn.Linear(4 * w, classes)
        else:
            high, wide = _map_size(height, width)
            self.out = nn.Linear(4 * w * high * wide, heads * classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_uniform_(module.weight, a=5**0.5, generator=generator)
        nn.init.zeros_(self.out.bias)

    @property
    def scale_free_weights(self) -> list[Tensor]:
        """Weights of all convolutions but the first: batch norm undoes their scale."""
        convolutions = [m for m in self.trunk.modules() if isinstance(m, nn.Conv2d)]
        return [convolution.weight for convolution in convolutions[1:]]

    def forward(self, images: Tensor) -> Tensor:
        """Map images ``(n, 1, H, W)`` to logits ``(n, heads, classes)``."""
        x: Tensor = self.trunk(as_float(images))
        if self.head == "cells":
            cells = F.adaptive_max_pool2d(x, self.cells).flatten(2).transpose(1, 2)
            logits: Tensor = self.out(cells)
            return logits
        flat: Tensor = self.out(x.flatten(1))
        return flat.view(-1, self.heads, self.classes)

    def operations(self, shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes in evaluation, as `glyphlab.models.nets.operations` has it."""
        cells = CellMaxima(*self.cells)
        last = cells if self.head == "cells" else Flatten(channels_last=False)
        return [*operations_of(self.trunk, shape), last, plain_dense(self.out)]


class _Stage(nn.Module):
    """Convolution, optional max-pool, batch norm, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, size: int, stride: int, pool: tuple[int, int] | None
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        if self.pool is not None:
            # A side of one pixel cannot be halved: images of any size must pass.
            x = F.max_pool2d(
                x, tuple(min(p, s) for p, s in zip(self.pool, x.shape[2:], strict=True))
            )
        return F.relu(self.norm(x), inplace=True)

    def operations(self, shape: tuple[int, ...]) -> list[Operation]:
        """Return what it computes in evaluation."""
        found: list[Operation] = [plain_conv(self.conv)]
        if self.pool is not None:
            map_size = shape_after(found[0], shape)[1:]
            down, right = (min(p, s) for p, s in zip(self.pool, map_size, strict=True))
            found.append(MaxPool((down, right), (down, right)))
        return [*found, *operations_of(self.norm, ()), Activation("relu")]


def as_float(images: Tensor) -> Tensor:
    """Return images ``(n, 1, h, w)`` as channels-last float32; uint8 becomes 0..1."""
    images = images.float().div_(255) if images.dtype == torch.uint8 else images.float()
    return images.contiguous(memory_format=torch.channels_last)


def _bias(layer: nn.Conv2d | nn.Linear) -> Tensor:
    assert layer.bias is not None
    return layer.bias


def _is_channels_last(value: Tensor) -> bool:
    last = value.permute(0, 2, 3, 1) if value.ndim == 4 else value
    return last.is_contiguous()


def _after_convolutions(side: int) -> int:
    return ((side - 2) // 2 - 2) // 2 - 2


def _map_size(height: int, width: int) -> tuple[int, int]:
    """Return the size of the trunk's map: halved three times, never under one pixel."""
    sides = []
    for size in (height, width):
        side = (size + 1) // 2
        for _ in range(2):
            side = max(1, side // 2)
        sides.append(side)
    return sides[0], sides[1]

"""What every layer of a net makes of images, in one pass."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from glyphlab.models.nets.activations import activations, layer_names, layer_outputs


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.skipped = nn.Linear(2, 2)

    def forward(self, x: Tensor) -> Tensor:
        # writes where the convolution did
        return torch.relu_(self.conv(x) - 0.5)


class Outer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Inner(), nn.MaxPool2d(2))
        self.out = nn.Linear(2 * 3 * 3, 4)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.out(self.stem(x).flatten(1))
        return logits


class Read(nn.Module):
    """A net that is given bytes with a channel, as those of runs are."""

    def __init__(self, net: Outer) -> None:
        super().__init__()
        self.net = net

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.net(images.float())
        return logits


def test_layers_in_order_without_what_repeats_another() -> None:
    torch.manual_seed(0)
    net, images = Outer(), torch.rand(2, 8, 8)
    found = layer_outputs(net, images)
    # 'stem' puts out what 'stem.1' does, and 'stem.0.skipped' is passed over
    assert list(found) == ["stem.0.conv", "stem.0", "stem.1", "out"]
    assert {"stem", "stem.0.skipped"} <= set(layer_names(net))
    with torch.no_grad():
        x = images.unsqueeze(1)
        np.testing.assert_allclose(found["stem.0.conv"], net.stem[0].conv(x).numpy())
        np.testing.assert_allclose(found["out"], net(x).numpy())
    assert found["stem.0.conv"].min() < 0 <= found["stem.0"].min()
    assert not any(module._forward_hooks for module in net.modules())


def test_one_layer_is_what_it_put_out_before_another_wrote_over_it() -> None:
    torch.manual_seed(0)
    net = Outer().eval()
    read = Read(net)
    images = np.arange(2 * 64, dtype=np.uint8).reshape(2, 8, 8)
    found = activations(read, "net.stem.0.conv", images)
    assert found.min() < 0
    expected = layer_outputs(net, torch.from_numpy(images).float())["stem.0.conv"]
    np.testing.assert_array_equal(found, expected.reshape(2, -1))

"""What the last linear layer of a net reads, whatever the net."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from glyphlab.models import make_strategy
from glyphlab.training.evaluation.inference import read
from glyphlab.training.evaluation.novelty.last_features import (
    kept_features,
    pixel_features,
    rows_of_images,
)

RNG = np.random.default_rng(1)


class Logits(nn.Module):
    """Three layers, the last of them with a view of heads."""

    def __init__(self, linear: bool = True) -> None:
        super().__init__()
        self.linear = linear
        self.first, self.out = nn.Linear(36, 5), nn.Linear(5, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        flat = images.float().flatten(1)
        if not self.linear:
            return torch.stack([flat[:, :3]], 1)
        found: torch.Tensor = self.out(torch.relu(self.first(flat)))
        return found.view(-1, 1, 3)


def test_it_is_the_input_of_the_last_layer_that_is_called() -> None:
    net = Logits()
    images = torch.rand(4, 1, 6, 6)
    with kept_features(net) as kept:
        net(images)
        net(images[:2])
    expected = torch.relu(net.first(images.flatten(1)))
    assert [tuple(one.shape) for one in kept] == [(4, 5), (2, 5)]
    torch.testing.assert_close(kept[0], expected)
    net(images)
    assert len(kept) == 2, "the hooks are gone"


def test_logits_where_there_is_no_linear_layer() -> None:
    net = nn.Sequential(nn.Conv2d(1, 3, 6), nn.Flatten())
    with kept_features(net) as kept:
        logits = net(torch.rand(2, 1, 6, 6))
    torch.testing.assert_close(kept[0], logits)


def test_of_several_views_the_first_is_the_image_itself() -> None:
    net = Logits().eval()
    strategy = make_strategy("multihead", np.zeros((9, 1), np.int64), 3)
    images = RNG.integers(0, 256, (9, 6, 6), dtype=np.uint8)
    with kept_features(net) as kept:
        read(net, strategy, images, views=5)
    assert len(kept) == 5
    with kept_features(net) as plain:
        read(net, strategy, images)
    # with several views an image is padded as floats of the same values
    torch.testing.assert_close(kept[::5][0], plain[0])


def test_rows_follow_the_symbols_of_an_image() -> None:
    parts = torch.arange(24.0).view(6, 4)  # three images of two parts
    rows = rows_of_images([parts[:4], parts[4:]], 3)
    assert rows.shape == (3, 2, 4)
    np.testing.assert_array_equal(rows[1], parts[2:4])
    cells = torch.arange(24.0).view(3, 2, 4)
    np.testing.assert_array_equal(rows_of_images([cells], 3), rows)


def test_pixels_of_the_parts_that_are_read() -> None:
    images = RNG.integers(0, 256, (3, 8, 12), dtype=np.uint8)
    strategy = make_strategy("sliced", np.zeros((3, 3), np.int64), 10)
    found = pixel_features(images, strategy)
    assert found.shape == (3, 3, 32)
    np.testing.assert_allclose(found[1, 2] * 255, images[1, :, 8:].ravel(), atol=1e-4)


def test_wide_rows_are_narrowed_and_keep_their_distances() -> None:
    wide = torch.from_numpy(RNG.normal(size=(40, 5000)).astype(np.float32))
    found = rows_of_images([wide], 40)
    assert found.shape == (40, 1, 1024)
    np.testing.assert_array_equal(found, rows_of_images([wide], 40))
    before, after = (
        np.linalg.norm(one[:20] - one[20:], axis=1) for one in (wide.numpy(), found[:, 0])
    )
    np.testing.assert_allclose(after, before, rtol=0.1)


def test_large_images_are_measured_by_squares() -> None:
    images = RNG.integers(0, 256, (2, 84, 84), dtype=np.uint8)
    strategy = make_strategy("multihead", np.zeros((2, 3), np.int64), 10)
    found = pixel_features(images, strategy)
    assert found.shape == (2, 1, 28 * 28)
    assert abs(found[0, 0, 0] * 255 - images[0, :3, :3].mean()) < 1e-3

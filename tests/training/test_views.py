"""Reading an image as it is, moved by a pixel each way, and mirrored."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import numpy_rng, torch_rng
from glyphlab.models import FastNet, make_strategy
from glyphlab.recipes import Recipe
from glyphlab.training.evaluation.inference import read

IMAGES = numpy_rng(0).integers(0, 256, (6, 12, 16), dtype=np.uint8)
STRATEGY = make_strategy("aligned", np.zeros((1, 2), np.int64), 3)


def moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    """The image moved, with background where nothing moves in; by plain loops."""
    out = np.zeros_like(image)
    for y in range(image.shape[0]):
        for x in range(image.shape[1]):
            if 0 <= y - down < image.shape[0] and 0 <= x - right < image.shape[1]:
                out[y, x] = image[y - down, x - right]
    return out


PLACES = {
    2: ((0, 0),),
    5: ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)),
    10: ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)),
}


@pytest.mark.parametrize("views", PLACES)
def test_views_are_the_geometric_mean(views: int) -> None:
    net = FastNet(12, 16, 2, 3, torch_rng(1), channels=2, head="cells")
    found = read(net, STRATEGY, IMAGES, views=views).probabilities
    product = np.ones_like(found, dtype=np.float64)
    for down, right in PLACES[views]:
        copies = np.stack([moved(image, down, right) for image in IMAGES])
        product *= read(net, STRATEGY, copies).probabilities
        if views % 2 == 0:
            mirrored = np.ascontiguousarray(copies[:, :, ::-1])
            product *= read(net, STRATEGY, mirrored).probabilities
    expected = product ** (1 / views)
    np.testing.assert_allclose(found, expected / expected.sum(-1, keepdims=True), atol=1e-5)


class Blind(nn.Module):
    """Sees nothing of the image."""

    def forward(self, images: Tensor) -> Tensor:
        return torch.arange(6.0).view(1, 2, 3).expand(len(images), 2, 3)


def test_views_change_nothing_for_a_net_that_does_not_look() -> None:
    one = read(Blind(), STRATEGY, IMAGES).probabilities
    for views in PLACES:
        found = read(Blind(), STRATEGY, IMAGES, views=views).probabilities
        np.testing.assert_allclose(found, one, rtol=1e-6)


def test_other_numbers_of_views_are_refused() -> None:
    with pytest.raises(RecipeError, match="test_views"):
        Recipe.from_mapping({"model": {"test_views": 3}})

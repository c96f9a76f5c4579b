"""Reading an image as it is, moved by a pixel each way, and mirrored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import numpy_rng, torch_rng
from glyphlab.models import FastNet, make_strategy
from glyphlab.recipes import Recipe
from glyphlab.tasks import Scene
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.evaluation.inference import read
from glyphlab.training.rehearsal import rehearse

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


FLIP, VIEWS = {"training": {"augment": "flip+roll"}}, {"model": {"test_views": 2}}
ROW = TaskRecipe.of(Scene.in_grid("row", 1, 2, rule="sum"), data="digits").model_dump()
LESS = TaskRecipe.of(Scene.in_grid("less", 1, 2, rule="difference"), data="digits").model_dump()
TRIPLE: dict[str, Any] = {"name": "triple", "per_label": 1}
MANY = {"name": "addition", "digits": 2}


def asked(strategy: str, task: dict[str, Any], change: dict[str, Any]) -> Recipe:
    model = {"strategy": strategy, **change.get("model", {})}
    task = {**task, "generalization_grid": 0}
    return Recipe.from_mapping({"task": task, **change, "model": model})


@pytest.mark.parametrize(
    ("strategy", "task", "change", "words"),
    [
        ("aligned", TRIPLE, FLIP, ["'flip+roll'", "3 columns", "leave 'flip' out", "'sliced'"]),
        ("aligned", TRIPLE, VIEWS, ["test_views = 2", "set it to 1 or 5", "'sliced'"]),
        ("multihead", TRIPLE, {"model": {"test_views": 10}}, ["test_views = 10"]),
        ("whole", TRIPLE, FLIP, ["strategy 'whole'"]),
        ("sum", MANY, FLIP, ["2 columns", "'sequential'"]),
        ("whole", LESS, FLIP, ["'sequential'"]),
        ("sum", ROW, VIEWS, ["test_views = 2"]),  # its heads read a cell each
    ],
)
def test_mirror_images_of_several_symbols_are_refused(
    strategy: str, task: dict[str, Any], change: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(RecipeError) as caught:
        rehearse(asked(strategy, task, change))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("strategy", "task", "change"),
    [
        ("sliced", TRIPLE, {**FLIP, **VIEWS}),
        ("sequential", MANY, {**FLIP, **VIEWS}),
        ("aligned", {"name": "single"}, {**FLIP, **VIEWS}),
        ("whole", {"name": "addition"}, {**FLIP, **VIEWS}),  # one below the other
        ("sum", {"name": "difference"}, {**FLIP, **VIEWS}),
        ("whole", ROW, {**FLIP, **VIEWS}),  # a sum in any order
        ("sum", ROW, FLIP),
        ("sum", LESS, {"training": {"augment": "flip", "estimate_classes": 1}}),  # single symbols
        ("aligned", TRIPLE, {"model": {"test_views": 5}}),
    ],
)
def test_mirror_images_that_keep_the_label_are_not_refused(
    strategy: str, task: dict[str, Any], change: dict[str, Any]
) -> None:
    rehearse(asked(strategy, task, change))

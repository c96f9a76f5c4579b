"""Nets that no memory holds are refused before any room is made for them."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn

from glyphlab._common.errors import UsageError
from glyphlab.models.nets.room import RoomForWeights
from glyphlab.recipes import GeneratorRecipe, Recipe
from glyphlab.training.rehearsal import rehearse

HUGE = 10_000_000


def test_what_fits_is_made_as_ever() -> None:
    torch.manual_seed(3)
    plain = nn.Linear(7, 5)
    torch.manual_seed(3)
    with RoomForWeights("less"):
        counted = nn.Linear(7, 5)
    assert torch.equal(plain.weight, counted.weight)


@pytest.mark.parametrize("size", [(HUGE, HUGE), ((HUGE, HUGE),), (2**40,)])
def test_a_tensor_that_does_not_fit_is_refused(size: tuple[int, ...]) -> None:
    said = pytest.raises(UsageError, match=r"weights would take .* GB of memory.*: less")
    with said, RoomForWeights("less"):
        torch.empty(*size)
    with pytest.raises(UsageError, match="less"), RoomForWeights("less"):
        torch.zeros(size=(HUGE, HUGE))


def test_layers_are_counted_together() -> None:
    made = []
    with pytest.raises(UsageError, match="less"), RoomForWeights("less"):
        made.extend(torch.empty(10**8, device="meta") for _ in range(10**6))  # each would fit


def test_recipes_of_nets_without_end_are_refused_at_once() -> None:
    began = time.monotonic()
    model = {"strategy": "sliced", "net": "fast", "channels": HUGE}
    with pytest.raises(UsageError, match="ask for a smaller net"):
        rehearse(Recipe.from_mapping({"task": {"name": "single"}, "model": model}, "r"))
    generator = {"kind": "generator", "task": {"name": "single"}, "model": {"width": HUGE}}
    with pytest.raises(UsageError, match="ask for smaller nets"):
        rehearse(GeneratorRecipe.from_mapping(generator, "g"))
    assert time.monotonic() - began < 60

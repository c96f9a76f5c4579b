"""The report's remedies: what counts, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RecipeError
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.training.rehearsal import rehearse
from glyphlab.training.trainers.adversarial.collapse_mitigation import (
    ClassCap,
    CollapseMitigation,
    Replay,
    make_mitigation,
)


def brightness(images: np.ndarray) -> np.ndarray:
    """A reference classifier that reads the brightest tenth."""
    return (images[:, 0, 0].astype(int) * 10 // 256).astype(np.int64)


def of(symbols: list[int]) -> torch.Tensor:
    values = torch.tensor([(symbol + 0.5) / 5 - 1 for symbol in symbols])
    return values.view(-1, 1, 1, 1).expand(-1, 1, 2, 2)


def test_a_cap_counts_each_symbol_up_to_its_share() -> None:
    sample_mask = ClassCap(brightness, 10).sample_mask(of([1, 1, 2, 1, 3, 2, 1, 9, 9, 9, 0]))
    # a share of eleven images is two
    assert sample_mask.tolist() == [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]


def test_a_memory_keeps_what_has_taken_over() -> None:
    drawn = np.stack([np.full((2, 2), v, np.uint8) for v in (10, 30, 200, 10)])
    memory = Replay(brightness, lambda _epoch: drawn, 10)
    chance = torch.Generator().manual_seed(0)
    assert memory.replayed(8, chance) is None
    row = {"classes": [10] * 10, "epoch": 1}
    memory.on_row(row)
    assert row["taken_over"] == []
    assert memory.kept is None
    row = {"classes": [60] + [4] * 10, "epoch": 2}
    memory.on_row(row)
    assert row["taken_over"] == [0]
    np.testing.assert_array_equal(memory.kept, drawn[[0, 3]])
    replayed = memory.replayed(8, chance)
    assert replayed is not None
    assert replayed.shape == (2, 1, 2, 2)
    other = Replay(brightness, lambda _epoch: drawn, 10)
    other.load(memory.tensors())
    np.testing.assert_array_equal(other.kept, memory.kept)


def test_by_name() -> None:
    draw = lambda _epoch: np.zeros((1, 2, 2), np.uint8)  # noqa: E731
    kinds = {
        name: type(make_mitigation(name, brightness, draw, 10))
        for name in ("none", "class_cap", "replay")
    }
    assert kinds == {"none": CollapseMitigation, "class_cap": ClassCap, "replay": Replay}
    assert make_mitigation("none", brightness, draw, 10).sample_mask(of([1])) is None


@pytest.mark.parametrize("name", ["whole", "composed", "stacked"])
def test_they_are_of_images_of_one_symbol(name: str) -> None:
    capped = ["training.collapse_mitigation=class_cap"]
    several = generator_recipe(name, task_recipe("triple", "digits"), overrides=capped)
    with pytest.raises(RecipeError, match=r"'class_cap' counts one symbol.*'triple' has 3: leave"):
        rehearse(several)
    rehearse(generator_recipe("small", task_recipe("digits"), overrides=capped))

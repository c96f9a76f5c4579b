"""Strategies: labels to targets and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab._common.registry.tables import STRATEGIES
from glyphlab.models import Whole, make_strategy
from glyphlab.models.nets.cells_net import cut
from glyphlab.models.strategies.class_losses import classification_loss, probabilities
from glyphlab.recipes import Recipe
from glyphlab.runs.records import SceneRecord, StrategyState
from glyphlab.tasks import load_task
from glyphlab.training.targets import strategy_for

NAMES = ("whole", "sliced", "multihead", "aligned")
SYMBOLS = 5
LABELS = st.tuples(st.integers(1, 8), st.integers(1, 4)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, SYMBOLS - 1))
)


def certain(targets: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Probabilities of a net that is sure of its targets."""
    return np.eye(classes, dtype=np.float32)[targets]


@pytest.mark.parametrize("name", NAMES)
@given(labels=LABELS)
def test_targets_decode_to_the_labels(name: str, labels: NDArray[np.int64]) -> None:
    strategy = make_strategy(name, labels, SYMBOLS)
    targets = strategy.targets(labels)
    assert targets.shape == (len(labels) * math.prod(strategy.grid), strategy.heads)
    assert strategy.positions == labels.shape[1]
    np.testing.assert_array_equal(strategy.decode(certain(targets, strategy.classes)), labels)


@given(labels=LABELS, others=LABELS)
def test_whole_knows_training_labels_only(
    labels: NDArray[np.int64], others: NDArray[np.int64]
) -> None:
    strategy = make_strategy("whole", labels, SYMBOLS)
    known = set(map(tuple, labels.tolist()))
    assert strategy.classes == len(known)
    for row, target in zip(others.tolist(), strategy.targets(others)[:, 0], strict=True):
        assert (target >= 0) == (tuple(row) in known)
    noise = np.random.default_rng(0).random((50, 1, strategy.classes), dtype=np.float32)
    assert set(map(tuple, strategy.decode(noise).tolist())) <= known


def test_whole_makes_a_class_of_a_sum() -> None:
    strategy = Whole(((3,), (11,)))
    assert strategy.targets(np.array([[11], [3], [4]])).tolist() == [[1], [0], [-1]]


@given(
    images=st.tuples(
        st.integers(0, 4), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4)
    ).flatmap(lambda s: hnp.arrays(np.uint8, (s[0], s[1], s[2] * s[3])).map(lambda a: (a, s[2])))
)
def test_slices_are_the_columns_left_to_right(images: tuple[NDArray[np.uint8], int]) -> None:
    array, slices = images
    wide = array.shape[2] // slices
    found = cut(torch.from_numpy(array), (1, slices)).numpy()
    assert found.shape == (len(array) * slices, array.shape[1], wide)
    for n in range(len(array)):
        for k in range(slices):
            expected = array[n, :, k * wide : (k + 1) * wide]
            np.testing.assert_array_equal(found[n * slices + k], expected)


def test_slices_that_do_not_fit() -> None:
    with pytest.raises(RecipeError, match="20 pixels wide cannot be cut into 3"):
        cut(torch.zeros(1, 4, 20), (1, 3))


@given(order=st.permutations(range(3)))
def test_sliced_follows_the_positions(order: list[int]) -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, SYMBOLS, (6, 3))
    strategy = make_strategy("sliced", labels, SYMBOLS)
    scores = rng.random((6, 3, SYMBOLS), dtype=np.float32)
    read = strategy.decode(scores.reshape(18, 1, SYMBOLS))
    moved = strategy.decode(scores[:, order].reshape(18, 1, SYMBOLS))
    np.testing.assert_array_equal(moved, read[:, order])
    np.testing.assert_array_equal(
        strategy.targets(np.ascontiguousarray(labels[:, order])),
        strategy.targets(labels).reshape(6, 3)[:, order].reshape(18, 1),
    )


def test_unknown_strategy() -> None:
    with pytest.raises(UnknownName, match="did you mean 'aligned'"):
        make_strategy("alinged", np.zeros((1, 3), np.int64), 10)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.1])
def test_loss_is_the_smoothed_cross_entropy_of_what_is_possible(label_smoothing: float) -> None:
    logits = torch.randn(4, 2, 5, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([[0, 1], [-1, 2], [4, -1], [3, 3]])
    log_p = torch.log_softmax(logits, -1)
    each = [
        -(1 - label_smoothing) * log_p[n, h, targets[n, h]] - label_smoothing * log_p[n, h].mean()
        for n in range(4)
        for h in range(2)
        if targets[n, h] >= 0
    ]
    found = classification_loss(logits, targets, label_smoothing)
    torch.testing.assert_close(found, torch.stack(each).mean())


def test_probabilities_are_a_float32_softmax() -> None:
    logits = torch.randn(3, 2, 5, generator=torch.Generator().manual_seed(0))
    found = probabilities(logits.bfloat16())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-6)
    np.testing.assert_array_equal(found.argmax(-1), logits.bfloat16().argmax(-1).numpy())


def test_how_sure_whole_is_of_a_label_that_was_not_the_likeliest() -> None:
    strategy = Whole(((3,), (11,)))
    shares = np.array([[[0.75, 0.25]], [[0.5, 0.5]], [[0.1, 0.9]]], np.float32)
    sure = strategy.confidence(shares, np.array([[11], [3], [4]]))
    np.testing.assert_array_equal(sure, np.array([0.25, 0.5, 0.0], np.float32))


@pytest.mark.parametrize("name", ["sliced", "multihead", "aligned"])
def test_how_sure_readers_by_position_are_of_other_answers_than_the_likeliest(name: str) -> None:
    strategy = make_strategy(name, np.array([[0, 1], [1, 0]]), 2)
    shares = np.array([[[0.75, 0.25], [0.5, 0.5]], [[0.1, 0.9], [0.2, 0.8]]], np.float32)
    shares = shares.reshape(-1, 1, 2) if strategy.heads == 1 else shares
    sure = strategy.confidence(shares, np.array([[1, 0], [1, 1]]))
    np.testing.assert_allclose(sure, [0.125, 0.72], rtol=1e-6)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"strategy": "sum"}, "strategy 'sum' learns by the gradient of the label's likelihood"),
        ({"strategy": "aligned"}, "strategy 'aligned' needs a net's map of the image"),
    ],
)
def test_what_a_strategy_does_not_go_together_with(model: dict[str, str], message: str) -> None:
    classical = {"net": "classical", "classical": {"name": "logistic"}}
    with pytest.raises(RecipeError, match=message):
        Recipe.from_mapping({"model": {**classical, **model}})


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_is_made_again_from_its_state(name: str) -> None:
    task = load_task("triple" if name in NAMES else "addition", per_label=2)
    recipe = Recipe.from_mapping({"task": task.recipe.model_dump(), "model": {"strategy": name}})
    strategy = strategy_for(recipe, task)
    scene = strategy.state().get("scene")
    state = StrategyState(
        1, 1, strategy.positions, task.classes, strategy.state().get("known", ()),
        scene and SceneRecord(**scene),
    )  # fmt: skip
    again = STRATEGIES.load(name).rebuild(state)
    assert again == strategy
    assert strategy.name == name
    assert 0 <= type(strategy).ceiling(task) <= 1

"""Strategies for labels that are derived: told the symbols, or nothing but the label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from glyphlab._common.errors import DataError, RecipeError
from glyphlab._common.seeds import numpy_rng, torch_rng
from glyphlab.models import make_strategy
from glyphlab.models.strategies.likelihood import log_likelihood
from glyphlab.tasks import Scene, preset
from glyphlab.tasks.arithmetic import of_numbers

SCENES = {
    "sum": preset("addition"),
    "sum of two digits each": of_numbers(preset("addition"), 2),
    "product": preset("product"),
    "difference": preset("difference"),
    "ordered pair": replace(preset("addition"), rule="digits"),
    "signed sum": Scene.in_grid("signed", 3, 1, rule="signed-sum", signs=(1, -1, 1)),
    "nothing but taken away": Scene.in_grid("signed", 2, 1, rule="signed-sum", signs=(-1, -1)),
    "signed sum of two digits each": Scene.in_grid(
        "signed", 2, 2, rule="signed-sum", digits=2, signs=(-1, 1)
    ),
}
LONG = {
    f"{rule} of {digits} digits each": of_numbers(preset(rule), digits)
    for rule in ("addition", "difference")
    for digits in (19, 20, 400)
} | {
    f"signed sum of {digits} digits each": Scene.in_grid(
        "signed", 3, digits, rule="signed-sum", digits=digits, signs=(-1, 1, -1)
    )
    for digits in (20, 60)
}
SCENES |= LONG
FEW = [case for case in SCENES if case not in LONG]


def labelled(scene: Scene, count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    symbols = numpy_rng(0).integers(0, 10, (count, scene.count))
    return symbols, scene.labels_of(symbols).reshape(count, -1)


def test_what_many_numbers_have_in_common_moves_them_less() -> None:
    """The loss is the same; all that goes is most of the mean of its gradient."""
    few, many = (Scene.in_grid("many", rows, 4, rule="sum") for rows in (4, 9))
    shares = []
    for scene in (few, many):
        _, labels = labelled(scene)
        strategy = make_strategy("sum", labels, 10, scene)
        logits = torch.randn(30, scene.count, 10, generator=torch_rng(0), requires_grad=True)
        targets = torch.from_numpy(strategy.targets(labels))
        logs = torch.log_softmax(logits, 2)
        plain = -log_likelihood("sum", logs, targets[:, 0]).mean()
        (expected,) = torch.autograd.grad(plain, logits)
        loss = strategy.loss(logits, targets, 0.0)
        (found,) = torch.autograd.grad(loss, logits)
        torch.testing.assert_close(loss, plain)
        apart = [one - one.mean((0, 1)) for one in (found, expected)]
        torch.testing.assert_close(apart[0], apart[1], atol=1e-6, rtol=1e-4)
        ratio = found.mean((0, 1)).norm() / expected.mean((0, 1)).norm()
        shares.append(float(ratio))
    np.testing.assert_allclose(shares, [1.0, 1 / 6], rtol=1e-3)


@pytest.mark.parametrize("case", SCENES)
def test_certain_symbols_give_the_label(case: str) -> None:
    scene = SCENES[case]
    symbols, labels = labelled(scene)
    certain = np.eye(10, dtype=np.float32)[symbols]
    alone = make_strategy("sum", labels, 10, scene)
    np.testing.assert_array_equal(alone.answer(alone.decode(certain)), labels)
    assert (alone.heads, alone.classes, alone.supervision) == (scene.count, 10, "labels")
    assert alone.positions == labels.shape[1]
    assert alone.mean_loss(certain, alone.targets(labels)) == pytest.approx(0, abs=1e-6)
    told = make_strategy("sequential", symbols, 10, scene)
    assert told.supervision == "symbols"
    targets = told.targets(symbols)
    assert targets.shape == (symbols.size, 1)
    parts = np.eye(10, dtype=np.float32)[targets]
    np.testing.assert_array_equal(told.answer(told.decode(parts)), labels)


@pytest.mark.parametrize("case", FEW)
def test_the_loss_is_the_likelihood_of_the_label(case: str) -> None:
    scene = SCENES[case]
    symbols, labels = labelled(scene, 8)
    strategy = make_strategy("sum", labels, 10, scene)
    logits = torch.randn(8, scene.count, 10, generator=torch_rng(0))
    logs, targets = torch.log_softmax(logits, 2), torch.from_numpy(labels)
    of_label = targets if scene.rule == "digits" else targets[:, 0]
    expected = -log_likelihood(scene.rule, logs, of_label, scene.digits, scene.signs).mean()
    torch.testing.assert_close(strategy.loss(logits, targets, 0.0), expected)
    smooth = 0.9 * expected - 0.1 * logs.mean() * scene.count
    torch.testing.assert_close(strategy.loss(logits, targets, 0.1), smooth)
    mean = strategy.mean_loss(torch.exp(logs).numpy(), labels)
    assert mean == pytest.approx(float(expected), rel=1e-5)
    right = torch.nn.functional.one_hot(torch.from_numpy(symbols), 10).float()
    assert strategy.count_correct(right, targets) == 8
    right[0, 0] = right[0, 0].roll(1)
    assert strategy.count_correct(right, targets) == 7


def test_smoothing_of_named_symbols_is_that_of_cross_entropy() -> None:
    scene = SCENES["ordered pair"]
    symbols, labels = labelled(scene, 8)
    logits = torch.randn(8, 2, 10, generator=torch_rng(0))
    found = make_strategy("sum", labels, 10, scene).loss(logits, torch.from_numpy(labels), 0.1)
    told = make_strategy("sequential", symbols, 10, scene)
    each = told.loss(logits.view(16, 1, 10), torch.from_numpy(told.targets(symbols)), 0.1)
    torch.testing.assert_close(found, 2 * each)


@pytest.mark.parametrize(
    ("case", "label", "said"),
    [
        ("sum", 19, "label 19 is the sum of no 2 symbols .* in 0 to 18"),
        ("sum", -1, "label -1"),
        ("product", 11, "label 11 is the product of no"),
        ("difference", 10, "-9 to 9"),
    ],
)  # fmt: skip
def test_labels_that_no_symbols_give(case: str, label: int, said: str) -> None:
    with pytest.raises(DataError, match=said):
        make_strategy("sum", np.array([[3], [label]]), 10, SCENES[case])


def test_sums_of_long_numbers_have_a_range() -> None:
    scene = of_numbers(preset("addition"), 15)
    most = 2 * (10**15 - 1)
    make_strategy("sum", np.array([[0], [most]]), 10, scene)
    with pytest.raises(DataError, match=f"expected labels in 0 to {most}"):
        make_strategy("sum", np.array([[most + 1]]), 10, scene)


@pytest.mark.parametrize("name", ["sum", "sequential"])
def test_symbols_must_stand_in_a_grid(name: str) -> None:
    steps = Scene("steps", 2, (56, 56), (28, 28), (0, 28), (0, 28), rule="sum")
    with pytest.raises(RecipeError, match="do not stand in a grid"):
        make_strategy(name, np.zeros((2, 1), np.int64), 10, steps)
    with pytest.raises(RecipeError, match="needs to know where the symbols stand"):
        make_strategy(name, np.zeros((2, 1), np.int64), 10)


@pytest.mark.parametrize("case", FEW)
def test_a_label_is_as_likely_as_all_symbols_that_give_it(case: str) -> None:
    scene = SCENES[case]
    probabilities = torch.softmax(
        torch.randn(5, scene.count, 10, generator=torch_rng(4)), 2
    ).numpy()
    symbols, labels = labelled(scene, 5)
    alone = make_strategy("sum", labels, 10, scene)
    told = make_strategy("sequential", symbols, 10, scene)
    readings = np.indices((10,) * scene.count).reshape(scene.count, -1).T
    given_labels = scene.labels_of(readings).reshape(len(readings), -1)
    for row in range(5):
        joint = np.prod(probabilities[row, np.arange(scene.count), readings], axis=1)
        expected = joint[(given_labels == labels[row]).all(1)].sum()
        found = alone.confidence(probabilities, labels)[row]
        assert found == pytest.approx(expected, rel=1e-4)
    np.testing.assert_allclose(
        told.confidence(probabilities.reshape(-1, 1, 10), labels),
        alone.confidence(probabilities, labels),
    )


@pytest.mark.parametrize("case", LONG)
def test_long_labels_become_targets_by_places(case: str) -> None:
    scene = LONG[case]
    symbols, labels = labelled(scene, 4)
    strategy = make_strategy("sum", labels, 10, scene)
    targets = strategy.targets(labels)
    assert (targets.shape, targets.dtype) == ((4, scene.digits + 1), np.int64)
    spelt = [sum(digit * 10**place for place, digit in enumerate(row)) for row in targets.tolist()]
    assert spelt == labels[:, 0].tolist()  # what is left stands above them, negative or not
    nothing = strategy.targets(np.zeros((2, 1), np.int64))  # as what is read without labels
    assert not nothing.any()
    told = torch.from_numpy(targets)
    right = torch.nn.functional.one_hot(torch.from_numpy(symbols), 10).float()
    assert strategy.count_correct(right, told) == 4
    wrong = right.clone()
    wrong[0, -1] = wrong[0, -1].roll(1)
    assert strategy.count_correct(wrong, told) == 3
    assert float(strategy.loss(100 * right, told, 0.0)) == pytest.approx(0, abs=1e-5)
    assert float(strategy.loss(100 * wrong, told, 0.0)) > 20
    # one symbol of each image half this and half the next: so is the label
    halves = right.numpy()
    halves[:, 0] = (halves[:, 0] + np.roll(halves[:, 0], 1, 1)) / 2
    np.testing.assert_allclose(strategy.confidence(halves, labels), 0.5, atol=1e-6)
    assert strategy.mean_loss(halves, targets) == pytest.approx(np.log(2), abs=1e-6)
    assert strategy.mean_loss(halves[:0], targets[:0]) is None
    each = make_strategy("sequential", symbols, 10, scene)
    np.testing.assert_allclose(each.confidence(halves.reshape(-1, 1, 10), labels), 0.5, atol=1e-6)


def test_the_range_of_sums_that_int64_does_not_hold() -> None:
    scene = of_numbers(preset("addition"), 30)
    most = 2 * (10**30 - 1)
    make_strategy("sum", np.array([[0], [most]], object), 10, scene)
    for label in (most + 1, -1):
        with pytest.raises(DataError, match=f"label {label} .* expected labels in 0 to {most}"):
            make_strategy("sum", np.array([[label], [3]], object), 10, scene)


@pytest.mark.parametrize("digits", [4, 20])
def test_readings_too_many_to_be_counted(digits: int) -> None:
    scene = of_numbers(preset("product"), digits)
    symbols, labels = labelled(scene, 3)
    with pytest.raises(RecipeError, match=r"tries out all readings of a product.* 'sequential'"):
        make_strategy("sum", labels, 10, scene)
    told = make_strategy("sequential", symbols, 10, scene)
    parts = np.full((symbols.size, 1, 10), 0.01, np.float32)
    parts[np.arange(symbols.size), 0, symbols.ravel()] = 0.9
    np.testing.assert_array_equal(told.answer(told.decode(parts)), labels)
    np.testing.assert_allclose(told.confidence(parts, labels), 0.9 ** (2 * digits), rtol=1e-4)


@pytest.mark.parametrize("long", [True, False])
def test_whole_labels_are_of_the_type_that_training_has(long: bool) -> None:
    labels = np.array([[5], [10**30 if long else 10], [5]], object if long else np.int64)
    strategy = make_strategy("whole", labels, 10)
    assert strategy.classes == 2
    assert strategy.targets(np.array([[5], [6]])).tolist() == [[0], [-1]]
    read = strategy.decode(np.eye(2, dtype=np.float32)[:, None])
    assert read.dtype == labels.dtype
    assert read.tolist() == [[5], [labels[1, 0]]]
    few = make_strategy("whole", labels[:1], 10).decode(np.ones((1, 1, 1), np.float32))
    assert few.dtype == labels.dtype  # whatever the values are

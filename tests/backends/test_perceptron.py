"""The compiled epochs: their products, their functions, and one batch against autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from glyphlab.backends import OPTIMIZERS, reason_against

if reason_against():
    pytest.skip(reason_against(), allow_module_level=True)

import itertools

from glyphlab.backends.numba import perceptron, pointwise
from glyphlab.backends.numba.gemm import ROWS
from glyphlab.backends.numba.perceptron_memory import PackedPerceptron
from glyphlab.backends.numba.steps import take_step


def linear(inputs: int, outputs: int, seed: int = 0) -> torch.nn.Linear:
    """A layer with random weights and biases of its own seed."""
    layer, draw = torch.nn.Linear(inputs, outputs), torch.Generator().manual_seed(seed)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, 0, inputs**-0.5, generator=draw)
    return layer


def arrays(layer: torch.nn.Linear) -> tuple[Any, Any]:
    """Kernel and bias of a layer."""
    return layer.weight.detach().numpy(), layer.bias.detach().numpy()


@pytest.mark.parametrize("columns", [16, 32, 48, 64])
@pytest.mark.parametrize("count", [1, 7, 40])
def test_products(columns: int, count: int) -> None:
    rng = np.random.default_rng(0)
    rows = 2 * ROWS
    left = rng.normal(size=(rows, count + 3)).astype(np.float32)
    right = rng.normal(size=(count, columns)).astype(np.float32)
    out = rng.normal(size=(rows, columns)).astype(np.float32)
    wanted = out + left[:, :count] @ right
    perceptron._add_product(
        out.ctypes.data, columns, 32, left.ctypes.data, left.shape[1], 1,
        right.ctypes.data, columns, 32, rows, count, columns,
    )  # fmt: skip
    np.testing.assert_allclose(out, wanted, rtol=1e-4, atol=1e-5)
    # the other way round, and into panels
    panels = [right[:, start : start + 32] for start in range(0, columns, 32)]
    packed = np.concatenate([np.ascontiguousarray(panel).ravel() for panel in panels])
    turned = np.ascontiguousarray(left[:, :count].T)
    out = np.zeros((rows, columns), np.float32)
    perceptron._add_product(
        out.ctypes.data, columns, 32, turned.ctypes.data, 1, rows,
        packed.ctypes.data, 0, 32 * count, rows, count, columns,
    )  # fmt: skip
    np.testing.assert_allclose(out, left[:, :count] @ right, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "function"), [(0, torch.relu), (1, torch.tanh), (2, torch.sigmoid)]
)
def test_activations_and_slopes(kind: int, function: Any) -> None:
    x = np.concatenate([
        np.linspace(-120, 120, 997), np.linspace(-0.1, 0.1, 501), [0, 1e-30, -1e-30]
    ]).astype(np.float32)  # fmt: skip
    leaf = torch.from_numpy(x.copy()).requires_grad_()
    wanted = function(leaf)
    (slope,) = torch.autograd.grad(wanted.sum(), leaf)
    ours, delta = x.copy(), np.ones_like(x)
    pointwise.activate(ours, kind)
    pointwise.slopes(delta, ours, kind)
    np.testing.assert_allclose(ours, wanted.detach().numpy(), rtol=3e-6, atol=1e-7)
    np.testing.assert_allclose(delta, slope.numpy(), atol=1e-6)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_no_number_stays_no_number(kind: int) -> None:
    x = np.full(40, np.nan, np.float32)
    pointwise.activate(x, kind)
    assert np.isnan(x).all()


@pytest.mark.parametrize("sizes", [(10, 5), (12, 40, 7), (20, 16, 33, 6)], ids=str)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_padding_stays_zero(sizes: tuple[int, ...], name: str) -> None:
    model, rng = PackedPerceptron(sizes), np.random.default_rng(0)
    for kernel, bias in model.panels():
        bias[:] = 0
        for _, panel in kernel:
            panel[:] = 0
    layers = [*itertools.pairwise(sizes)]
    net = torch.nn.Sequential(*(linear(*shape) for shape in layers))
    model.load([arrays(layer) for layer in net])
    filled = sum((inputs + 1) * outputs for inputs, outputs in layers)
    assert np.count_nonzero(model.params) == filled
    images = rng.integers(1, 256, (70, sizes[0]), dtype=np.uint8)
    targets = rng.integers(0, sizes[-1], (70, 1))
    chosen = np.array([0.1, 0.01, 0.01, 0.9, 1, 1e-7, 1.0])
    perceptron.train_epoch(
        images, np.empty((0, sizes[0]), np.float32), targets, np.arange(70), np.array([0, 66, 70]),
        np.array([0.01, 0.01]), model.sizes, sizes[-1], 2, 0.1, OPTIMIZERS.index(name), chosen, 0,
        model.params, model.state, model.x, model.values, model.deltas, model.turned,
    )  # fmt: skip
    assert np.count_nonzero(model.params) <= filled
    assert sum(
        np.count_nonzero(part) for pair in model.layers() for part in pair
    ) == np.count_nonzero(model.params)


@pytest.mark.parametrize("heads", [1, 3])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_gradients_of_one_batch(heads: int, smoothing: float) -> None:
    rng, classes = np.random.default_rng(1), 4
    sizes = (30, 37, 18, heads * classes)
    model = PackedPerceptron(sizes)
    linears = [linear(*shape) for shape in itertools.pairwise(sizes)]
    net = torch.nn.Sequential(linears[0], torch.nn.Tanh(), linears[1], torch.nn.Tanh(), linears[2])
    model.load([arrays(layer) for layer in linears])
    images = rng.random((101, 30), dtype=np.float32)
    targets = rng.integers(0, classes, (101, heads))
    order = rng.permutation(101)[:90]  # more than one chunk, and a part of a tile
    logits = net(torch.from_numpy(images[order])).view(-1, heads, classes)
    wanted = torch.from_numpy(targets[order])
    loss = F.cross_entropy(logits.flatten(0, 1), wanted.flatten(), label_smoothing=smoothing)
    loss.backward()
    total, correct, done = perceptron.train_epoch(
        np.empty((0, 30), np.uint8), images, targets, order, np.array([0, 90]), np.array([0.0]),
        model.sizes, classes, 1, smoothing, 0, np.zeros(7), 0, model.params, model.state, model.x,
        model.values, model.deltas, model.turned,
    )  # fmt: skip
    assert done == 1
    assert total / 90 == pytest.approx(float(loss.detach()), rel=1e-5)
    assert correct == int((logits.argmax(-1) == wanted).all(1).sum())
    model.params[:] = model.state[0]
    for layer, (weight, bias) in zip(linears, model.layers(), strict=True):
        np.testing.assert_allclose(weight, layer.weight.grad, atol=1e-6, rtol=1e-4)
        np.testing.assert_allclose(bias, layer.bias.grad, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_is_that_of_the_optimiser_by_name(name: str) -> None:
    from glyphlab.optim.optimizers import build_optimizer
    from glyphlab.optim.regularization import Penalty

    layer = linear(20, 20)
    model = PackedPerceptron((20, 20))
    model.load([arrays(layer)])
    optimizer = build_optimizer(name, layer, rate=0.01, weight_decay=0.1, momentum=0.8)
    penalty = Penalty(0.02, 0.03)
    epsilon = 1e-8 if name == "adamw" else 1e-7
    chosen = np.array([0.1, 0.02, 0.03, 0.8, 1, epsilon, 1.0])
    other = PackedPerceptron((20, 20))
    for done in range(5):
        grad = linear(20, 20, seed=done + 1)
        layer.weight.grad, layer.bias.grad = (
            grad.weight.detach().clone(),
            grad.bias.detach().clone(),
        )
        other.load([arrays(grad)])
        model.state[0] = other.params
        wanted = penalty.add_gradients(layer)
        optimizer.step()
        found = take_step(
            OPTIMIZERS.index(name), model.sizes, model.params, model.state, chosen, 0.01, done
        )
        assert found == pytest.approx(wanted, rel=1e-5)
    ((weight, bias),) = model.layers()
    np.testing.assert_allclose(weight, layer.weight.detach(), atol=1e-6, rtol=1e-5)
    np.testing.assert_allclose(bias, layer.bias.detach(), atol=1e-6, rtol=1e-5)

"""Value and gradient of logistic regression, and the matrices under it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from glyphlab.models.logistic import pixels as pixels_module
from glyphlab.models.logistic.logistic_loss import Objective
from glyphlab.models.logistic.pixels import Pixels
from glyphlab.models.logistic.precondition import principal_directions
from glyphlab.models.logistic.sparse import SparseRows

pytestmark = pytest.mark.usefixtures("one_thread")


def ink(share: float, count: int = 40, features: int = 15) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(3)
    values = rng.integers(1, 256, (count, features), dtype=np.uint8)
    return values * (rng.random((count, features)) < share)


def plain(images: Any, targets: Any, point: torch.Tensor, C: float) -> torch.Tensor:
    """Write the objective out for automatic differentiation."""
    logits = torch.from_numpy(images / 255.0) @ point[:-1] + point[-1]
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    loss = torch.nn.functional.cross_entropy(logits, targets)
    result: torch.Tensor = loss + 0.5 * (point[:-1] ** 2).sum() / (C * len(images))
    return result


@pytest.mark.parametrize("share", [0.05, 0.8], ids=["sparse", "dense"])
@pytest.mark.parametrize("classes", [2, 5])
def test_gradient_is_the_derivative(
    share: float, classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels_module, "CHUNK", 16)  # so that there are several
    images = ink(share)
    matrix = Pixels(images, torch.float64)
    assert matrix.sparse == (share < 0.1)
    targets = torch.arange(40) % classes
    objective = Objective(matrix, targets, classes)
    generator = torch.Generator().manual_seed(0)
    points = [
        torch.randn(
            matrix.shape[1] + 1, objective.outputs, generator=generator, dtype=torch.float64
        ).requires_grad_()
        for _ in range(3)
    ]
    Cs = [0.1, 1.0, 7.0]
    answers = objective([point.detach() for point in points], Cs)
    for point, C, (value, gradient) in zip(points, Cs, answers, strict=True):
        expected = plain(images[:, matrix.used], targets, point, C)
        (wanted,) = torch.autograd.grad(expected, point)
        assert value == pytest.approx(float(expected.detach()), rel=1e-12)
        torch.testing.assert_close(gradient, wanted, rtol=1e-10, atol=1e-13)


def test_far_logits_do_not_overflow() -> None:
    matrix = Pixels(ink(0.8), torch.float32)
    for classes in (2, 3):
        objective = Objective(matrix, torch.arange(40) % classes, classes)
        point = torch.full((matrix.shape[1] + 1, objective.outputs), 1e4)
        ((value, gradient),) = objective([point], [1.0])
        assert np.isfinite(value)
        assert torch.isfinite(gradient).all()


def test_uint8_is_exact_in_bfloat16() -> None:
    """Two hundred and fifty-six levels fit its eight bits: only weights are rounded."""
    levels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(levels.to(torch.bfloat16).to(torch.uint8), levels)
    matrix = Pixels(ink(0.8), torch.float32)
    (block,) = matrix.blocks(torch.bfloat16)
    assert isinstance(block.forward, torch.Tensor)
    (exact,) = matrix.blocks()
    assert torch.equal(block.forward.float(), exact.forward)


@pytest.mark.parametrize("share", [0.05, 0.8], ids=["sparse", "dense"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_blocks_are_the_images(
    share: float, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels_module, "CHUNK", 16)
    images = ink(share)
    matrix = Pixels(images, dtype)
    used = images.any(0)
    np.testing.assert_array_equal(matrix.used, used)
    eye = torch.eye(matrix.shape[1], dtype=dtype)
    rows = torch.cat([block.forward @ eye for block in matrix.blocks()])
    np.testing.assert_array_equal(rows.numpy(), images[:, used])
    for block in matrix.blocks():
        count = block.rows.stop - block.rows.start
        turned = block.backward @ torch.eye(count, dtype=dtype)
        np.testing.assert_array_equal(turned.numpy(), images[block.rows][:, used].T)
    np.testing.assert_allclose(matrix.sample(1000), images[:, used] / 255, rtol=1e-6)
    assert matrix.sample(7).shape == (7, matrix.shape[1])
    coarse = torch.cat([b.forward @ eye.bfloat16() for b in matrix.blocks(torch.bfloat16)])
    np.testing.assert_array_equal(coarse.float().numpy(), images[:, used])


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 1000), st.integers(1, 30), st.integers(1, 40), st.integers(1, 450),
    st.floats(0, 0.5), st.booleans(), st.integers(1, 3),
)  # fmt: skip
def test_sparse_product(
    seed: int, rows: int, features: int, columns: int, share: float, loops: bool, threads: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((rows, features)) * (rng.random((rows, features)) < share)
    dense = torch.from_numpy(rng.standard_normal((features, columns)))
    matrix = SparseRows(scipy.sparse.csr_array(values), torch.float32 if loops else torch.float64)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    product = matrix @ (dense.float() if loops else dense)
    torch.set_num_threads(before)
    np.testing.assert_allclose(product, values @ dense.numpy(), atol=1e-4 if loops else 1e-10)


def test_without_kernels_torch_multiplies(monkeypatch: pytest.MonkeyPatch) -> None:
    images = ink(0.05).astype(np.float32)
    matrix = SparseRows(scipy.sparse.csr_array(images), torch.float32)
    dense = torch.randn(15, 70, generator=torch.Generator().manual_seed(0))
    here = matrix @ dense
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    torch.testing.assert_close(matrix @ dense, here, rtol=1e-5, atol=1e-3)


def test_principal_directions_solve_the_hessian_at_zero() -> None:
    """With every direction kept, the metric is the inverse it stands for."""
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(rng.random((60, 12)))
    directions = principal_directions(rows)
    assert directions.basis.shape == (13, 13)
    torch.testing.assert_close(
        directions.basis.T @ directions.basis, torch.eye(13, dtype=torch.float64)
    )
    extended = torch.cat([rows, torch.ones(60, 1, dtype=torch.float64)], 1)
    hessian = 0.09 * extended.T @ extended / 60 + 0.01 * torch.eye(13, dtype=torch.float64)
    gradient = torch.from_numpy(rng.standard_normal((13, 4)))
    step = directions.metric(0.09, 0.01)(gradient)
    torch.testing.assert_close(hessian @ step, gradient)

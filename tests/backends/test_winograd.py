"""Minimal filtering against the plain sum, and ties that stay ties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from glyphlab.backends import reason_against

pytestmark = pytest.mark.skipif(bool(reason_against()), reason=reason_against())

COUNT, INPUTS, OUTPUTS = 8, 32, 64


def pooled(patches: Any, kernel: Any, bias: Any) -> tuple[Any, Any]:
    """What comes of eight patches ``(8, 4, 4, 32)`` and a kernel ``(64, 3, 3, 32)``."""
    from glyphlab.backends.numba import winograd

    panels = kernel.reshape(2, 32, 9 * INPUTS).transpose(0, 2, 1).copy()
    places = np.empty((16, INPUTS, OUTPUTS), np.float32)
    turned = np.empty((16, COUNT, INPUTS), np.float32)
    products = np.empty((16, COUNT, OUTPUTS), np.float32)
    out = np.empty((COUNT, OUTPUTS), np.float32)
    where = np.empty((COUNT, OUTPUTS), np.uint8)
    winograd.transform_kernel(panels, places)
    at = np.arange(COUNT) * 16 * INPUTS
    winograd.transform_patches(patches.reshape(-1), at, 4 * INPUTS, turned)
    winograd.multiply(turned, places, products)
    winograd.pool_block(products, bias, out, where)
    return out, where


def drawn(seed: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(OUTPUTS, 3, 3, INPUTS)).astype(np.float32)
    bias = rng.normal(size=OUTPUTS).astype(np.float32)
    return rng.normal(size=(COUNT, 4, 4, INPUTS)).astype(np.float32), kernel, bias


@pytest.mark.parametrize("seed", range(3))
def test_it_is_convolution_pool_and_relu(seed: int) -> None:
    patches, kernel, bias = drawn(seed)
    out, where = pooled(patches, kernel, bias)
    x, w = (torch.from_numpy(part).double().permute(0, 3, 1, 2) for part in (patches, kernel))
    full = F.conv2d(x, w)
    largest, index = full.flatten(2).max(-1)
    wanted = (largest + torch.from_numpy(bias)).relu().numpy()
    np.testing.assert_allclose(out, wanted, rtol=0, atol=1e-4)
    assert ((where == 4) == (out == 0)).all()
    top = full.flatten(2).topk(2, -1).values
    clear = ((top[..., 0] - top[..., 1]) > 1e-3).numpy() & (wanted > 1e-3)
    assert clear.mean() > 0.4
    assert (where[clear] == index.numpy()[clear]).all()


def test_of_equal_pixels_the_first_gets_the_gradient() -> None:
    patches, kernel, bias = drawn(0)
    patches[:] = patches[:, :1, :1]
    _, where = pooled(patches, kernel, bias)
    assert set(np.unique(where)) == {0, 4}

"""The compiled kernels against plain torch: values, gradients, ties, shapes, bits."""

from __future__ import annotations

import platform
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from glyphlab.backends import (
    Shards,
    conv_pool_relu,
    conv_pool_relu_first,
    conv_relu,
    dense,
    fused,
    products,
    reason_against,
)

needs_kernels = pytest.mark.skipif(bool(reason_against()), reason=reason_against())
SIDES = st.integers(4, 21)


def plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.relu(F.max_pool2d(F.conv2d(x, weight, bias), 2))


def exact(x: Tensor, weight: Tensor, bias: Tensor, grad: Tensor) -> list[Tensor]:
    """Value and gradients in float64."""
    inputs = [t.detach().double().requires_grad_() for t in (x, weight, bias)]
    out = plain(*inputs)
    return [out.detach(), *torch.autograd.grad(out, inputs, grad.double())]


def settled(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Where one value of a window is the largest and not 0, whatever is rounded: 1, elsewhere 0."""
    with torch.no_grad():
        map_ = F.conv2d(x.double(), weight.double(), bias.double())
        windows = F.pixel_unshuffle(
            map_[..., : map_.shape[2] // 2 * 2, : map_.shape[3] // 2 * 2], 2
        )
        shape = (*map_.shape[:2], 4, *windows.shape[2:])
        first, second = windows.view(shape).topk(2, dim=2).values.unbind(2)
        return ((first - second > 1e-5) & (first.abs() > 1e-5)).float()


def weights(outputs: int, inputs: int, seed: int) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    weight = torch.randn(outputs, inputs, 3, 3, generator=rng) / (3 * inputs**0.5)
    return weight.requires_grad_(), (torch.randn(outputs, generator=rng) / 3).requires_grad_()


def assert_close(found: Tensor | None, wanted: Tensor) -> None:
    assert found is not None
    found, wanted = found.detach(), wanted.detach()
    scale = max(1.0, float(wanted.abs().max()))
    torch.testing.assert_close(found.double() / scale, wanted / scale, rtol=0, atol=3e-6)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 3), h=SIDES, w=SIDES, seed=st.integers(0, 999), floating=st.booleans())
def test_first_is_torch_on_any_shape(n: int, h: int, w: int, seed: int, floating: bool) -> None:
    rng = torch.Generator().manual_seed(seed)
    weight, bias = weights(32, 1, seed)
    pixels = torch.randint(0, 256, (n, 1, h, w), generator=rng, dtype=torch.uint8)
    scaled = pixels.double() / 255
    out = conv_pool_relu_first(scaled.float() if floating else pixels, weight, bias)
    grad = torch.randn(out.shape, generator=rng)
    value, _, by_weight, by_bias = exact(scaled, weight, bias, grad)
    assert out.shape == (n, 32, (h - 2) // 2, (w - 2) // 2)
    assert_close(out, value)
    found = torch.autograd.grad(out, (weight, bias), grad)
    assert_close(found[0], by_weight)
    assert_close(found[1], by_bias)


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 3),
    h=SIDES,
    w=SIDES,
    outputs=st.sampled_from([1, 16, 17, 64]),
    seed=st.integers(0, 999),
)
def test_later_is_torch_on_any_shape(n: int, h: int, w: int, outputs: int, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    weight, bias = weights(outputs, 32, seed)
    x = torch.randn(n, 32, h, w, generator=rng).requires_grad_()
    out = conv_pool_relu(x, weight, bias)
    grad = torch.randn(out.shape, generator=rng) * settled(x, weight, bias)
    assert grad.count_nonzero() > 0.9 * (out.detach() > 0).sum()
    value, *wanted = exact(x, weight, bias, grad)
    assert_close(out, value)
    for found, right in zip(torch.autograd.grad(out, (x, weight, bias), grad), wanted, strict=True):
        assert_close(found, right)


@pytest.mark.parametrize("memory", [torch.contiguous_format, torch.channels_last])
def test_memory_layouts_do_not_matter(memory: torch.memory_format) -> None:
    weight, bias = weights(64, 32, 1)
    x = torch.randn(2, 32, 9, 8, generator=torch.Generator().manual_seed(2))
    grad = torch.randn(2, 64, 3, 3, generator=torch.Generator().manual_seed(3))
    copies = [
        x.contiguous(memory_format=memory).requires_grad_(),
        weight.detach().contiguous(memory_format=memory).requires_grad_(),
        bias,
    ]
    out = conv_pool_relu(copies[0], copies[1], copies[2])
    value, *wanted = exact(x, weight, bias, grad)
    assert out.is_contiguous(memory_format=torch.channels_last)
    assert_close(out, value)
    grads = torch.autograd.grad(out, copies, grad.contiguous(memory_format=memory))
    for found, right in zip(grads, wanted, strict=True):
        assert_close(found, right)


def test_of_equal_pixels_the_first_gets_the_gradient() -> None:
    weight, bias = weights(64, 32, 4)
    x = torch.ones(1, 32, 8, 8, requires_grad=True)  # every window is four equal pixels
    grads = []
    for layer in (conv_pool_relu, plain):
        out = layer(x, weight, bias.detach().abs() + 9)
        grads.append(torch.autograd.grad(out.sum(), x)[0])
    assert_close(grads[0], grads[1].double())
    images = torch.full((1, 1, 8, 8), 7, dtype=torch.uint8)
    images[0, 0, :3, :3] = torch.arange(9).reshape(3, 3)  # tells the four pixels apart
    first, shift = weights(32, 1, 5)
    flat = torch.zeros_like(first).requires_grad_()
    ours = torch.autograd.grad(conv_pool_relu_first(images, flat, shift + 9).sum(), flat)[0]
    right = torch.autograd.grad(plain(images / 255, flat, shift + 9).sum(), flat)[0]
    assert_close(ours, right.double())


def test_windows_below_zero_pass_nothing() -> None:
    weight, bias = weights(64, 32, 6)
    x = torch.randn(2, 32, 8, 8, generator=torch.Generator().manual_seed(1)).requires_grad_()
    out = conv_pool_relu(x, weight, bias - 1000)
    grads = torch.autograd.grad(out.sum(), (x, weight, bias))
    assert not out.any()
    assert not any(grad.any() for grad in grads)


def test_not_a_number_is_seen() -> None:
    weight, bias = weights(32, 1, 7)
    broken = bias.detach().clone()
    broken[3] = torch.nan
    out = conv_pool_relu_first(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), weight, broken)
    assert out[:, 3].isnan().all()
    assert not out[:, 4].isnan().any()
    weight, bias = weights(64, 32, 7)
    x = torch.zeros(1, 32, 8, 8)
    x[0, 0, 0, 0] = torch.nan
    assert conv_pool_relu(x, weight, bias)[0, :, 0, 0].isnan().all()


def test_even_leaves_out_what_the_next_pool_never_sees() -> None:
    weight, bias = weights(32, 1, 8)
    images = torch.randint(0, 256, (2, 1, 20, 17), dtype=torch.uint8)
    whole = conv_pool_relu_first(images, weight, bias)
    even = conv_pool_relu_first(images, weight, bias, even=True)
    assert whole.shape[2:] == (9, 7)
    assert torch.equal(even, whole[:, :, :8, :6])


def test_the_same_call_gives_the_same_bits() -> None:
    def once() -> list[Tensor]:
        rng = torch.Generator().manual_seed(9)
        weight, bias = weights(64, 32, 9)
        x = torch.randn(5, 32, 14, 12, generator=rng).requires_grad_()
        out = conv_pool_relu(x, weight, bias)
        return [out, *torch.autograd.grad(out.square().sum(), (x, weight, bias))]

    assert all(torch.equal(a, b) for a, b in zip(once(), once(), strict=True))


@needs_kernels
def test_without_kernels_the_results_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    images = torch.randint(0, 256, (3, 1, 21, 20), dtype=torch.uint8)

    def once() -> list[Tensor]:
        first, later, last = weights(32, 1, 10), weights(64, 32, 11), weights(8, 64, 12)
        hidden = conv_pool_relu_first(images, *first, even=True)
        out = conv_relu(conv_pool_relu(hidden, *later), *last)
        return [out, *torch.autograd.grad(out.square().mean(), (*first, *later, *last))]

    compiled = once()

    class Refusing:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"the compiled loop {name} was called")

    for module in (fused, products):
        monkeypatch.setattr(module, "compiled", Refusing)
    with pytest.raises(AssertionError):
        once()
    monkeypatch.undo()
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    for ours, right in zip(compiled, once(), strict=True):
        assert_close(ours, right.double())


def test_other_types_take_torch() -> None:
    weight, bias = (t.detach().double().requires_grad_() for t in weights(3, 2, 12))
    x = torch.randn(1, 2, 6, 5, dtype=torch.double).requires_grad_()
    assert torch.autograd.gradcheck(conv_pool_relu, (x, weight, bias))
    one, shift = (t.detach().double().requires_grad_() for t in weights(3, 1, 13))
    image = torch.randn(1, 1, 6, 6, dtype=torch.double).requires_grad_()
    assert torch.autograd.gradcheck(conv_pool_relu_first, (image, one, shift))


@settings(max_examples=15, deadline=None)
@given(
    n=st.integers(1, 3),
    h=st.integers(3, 12),
    w=st.integers(3, 12),
    inputs=st.sampled_from([1, 5, 64]),
    seed=st.integers(0, 999),
)
def test_conv_relu_is_torch_on_any_shape(n: int, h: int, w: int, inputs: int, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    weight, bias = weights(16, inputs, seed)
    x = torch.randn(n, inputs, h, w, generator=rng).requires_grad_()
    out = conv_relu(x, weight, bias)
    grad = torch.randn(out.shape, generator=rng)
    doubles = [t.detach().double().requires_grad_() for t in (x, weight, bias)]
    wanted = F.relu(F.conv2d(*doubles))
    assert_close(out, wanted)
    found = torch.autograd.grad(out, (x, weight, bias), grad)
    for ours, right in zip(found, torch.autograd.grad(wanted, doubles, grad.double()), strict=True):
        assert_close(ours, right)


@pytest.mark.parametrize("rows", [1, 7])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_dense_is_linear(rows: int, kind: torch.dtype) -> None:
    rng = torch.Generator().manual_seed(17)
    shapes = [(rows, 50), (9, 50), (9,)]
    inputs = [torch.randn(s, generator=rng).to(kind).requires_grad_() for s in shapes]
    out = dense(*inputs)
    grad = torch.randn(rows, 9, generator=rng).to(kind)
    doubles = [t.detach().double().requires_grad_() for t in inputs]
    wanted = F.linear(*doubles)
    assert_close(out, wanted)
    found = torch.autograd.grad(out, inputs, grad)
    for ours, right in zip(found, torch.autograd.grad(wanted, doubles, grad.double()), strict=True):
        assert_close(ours, right)


class TestShards:
    def setup_method(self) -> None:
        rng = torch.Generator().manual_seed(14)
        self.images = torch.randint(0, 256, (7, 1, 18, 18), generator=rng, dtype=torch.uint8)
        self.labels = torch.randint(0, 5, (7,), generator=rng)
        self.parameters = [*weights(32, 1, 15), *weights(64, 32, 16)]

    def loss(self, rows: slice) -> Tensor:
        hidden = conv_pool_relu_first(self.images[rows], *self.parameters[:2], even=True)
        logits = conv_pool_relu(hidden, *self.parameters[2:]).mean((2, 3))[:, :5]
        return F.cross_entropy(logits, self.labels[rows], reduction="sum") / 7

    @pytest.mark.parametrize("workers", [1, 2, 3, 9])
    def test_any_number_of_threads_gives_the_whole_batchs_gradient(self, workers: int) -> None:
        whole = self.loss(slice(0, 7))
        wanted = torch.autograd.grad(whole, self.parameters)
        with Shards(workers) as shards:
            total = shards.gradients(self.loss, self.parameters, 7)
        assert_close(total, whole.detach().double())
        for parameter, right in zip(self.parameters, wanted, strict=True):
            assert_close(parameter.grad, right.double())

    def test_the_same_bits_every_time(self) -> None:
        seen = []
        with Shards(2) as shards:
            for _ in range(5):
                shards.gradients(self.loss, self.parameters, 7)
                seen.append(np.concatenate([p.grad.flatten() for p in self.parameters]))
        assert all(np.array_equal(seen[0], other) for other in seen[1:])

    def test_an_error_in_a_thread_reaches_the_caller(self) -> None:
        def broken(rows: slice) -> Tensor:
            if rows.start:
                raise ValueError("second shard")
            return self.loss(rows)

        with Shards(2) as shards, pytest.raises(ValueError, match="second shard"):
            shards.gradients(broken, self.parameters, 7)

    def test_the_callers_threads_stay_as_they_are(self) -> None:
        before = torch.get_num_threads()
        with Shards(2) as shards:
            shards.gradients(self.loss, self.parameters, 7)
        assert torch.get_num_threads() == before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_freed_memory_is_kept_for_the_next_step() -> None:
    """Also blocks of over 32 MiB: a later step faults hardly a page in."""
    words = """
        import resource, torch
        from glyphlab.backends import keep_freed_memory
        keep_freed_memory()
        faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        steps = []
        for _ in range(8):
            before = faults()
            torch.ones(12 << 20).mul(2).relu()
            steps.append(faults() - before)
        print(steps[0], min(steps[4:]))  # which block is taken is up to chance at first
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(words)], capture_output=True, text=True, check=True
    )
    first, last = map(int, done.stdout.split())
    assert last < first / 10

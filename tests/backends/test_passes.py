"""A compiled pass through the whole net against autograd in float64: loss, gradients, bits."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from glyphlab.backends import Shards, reason_against
from glyphlab.models import build_net
from glyphlab.models.strategies.class_losses import classification_loss

pytestmark = pytest.mark.skipif(bool(reason_against()), reason=reason_against())


def net_for(height: int, width: int, heads: int = 1, classes: int = 3, seed: int = 0) -> Any:
    rng = torch.Generator().manual_seed(seed)
    net = build_net(
        "triple-mnist-cnn", height=height, width=width, heads=heads, classes=classes, head="flat",
        generator=rng,
    ).to(memory_format=torch.channels_last)  # fmt: skip
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim == 1:  # zero at first, and a bias that is not added would not be seen
                parameter.normal_(0, 0.05, generator=rng)
    return net


def drawn(n: int, net: Any, seed: int, floating: bool = False) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, 1, net.height, net.width), generator=rng).to(torch.uint8)
    targets = torch.randint(0, net.classes, (n, net.heads), generator=rng)
    return (images / 255 if floating else images), targets


def exact(net: Any, images: Tensor, targets: Tensor, smoothing: float) -> tuple[Any, ...]:
    """Loss, hits and gradients in float64, by torch's own layers, and the closest decision.

    That is the least by which a pixel was the largest of its window, or a ReLU let through or not:
    where rounding in float32 may decide otherwise, gradients differ rightly.
    """
    p = [parameter.detach().double().requires_grad_() for parameter in net.parameters()]
    x = images.double() / (255 if images.dtype == torch.uint8 else 1)
    margins = []
    for layer in (0, 2):
        full = F.conv2d(x, p[layer], p[layer + 1])
        windows = full.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4).topk(2, -1).values
        live = windows[..., 0] > 0
        margins += [(windows[..., 0] - windows[..., 1])[live], windows[..., 0].abs()]
        x = F.max_pool2d(full, 2).relu()
    x = F.conv2d(x, p[4], p[5]).permute(0, 2, 3, 1).flatten(1)
    hidden = F.linear(x.relu(), p[6], p[7])
    logits = F.linear(hidden.relu(), p[8], p[9]).view(*targets.shape, -1)
    margins += [x.abs(), hidden.abs(), torch.ones(1)]
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing)
    hits = int((logits.argmax(-1) == targets).all(1).sum())
    closest = min(float(margin.detach().min()) for margin in margins if margin.numel())
    return float(loss.detach()), hits, torch.autograd.grad(loss, p), closest


def assert_exact(net: Any, grads: list[Tensor], wanted: Any) -> None:
    for (name, parameter), grad, right in zip(net.named_parameters(), grads, wanted, strict=True):
        assert grad.stride() == parameter.stride(), name
        scale = max(1e-3, float(right.abs().max()))
        torch.testing.assert_close(
            grad.double() / scale,
            right / scale,
            rtol=0,
            atol=2e-5,
            msg=lambda m, n=name: f"{n} {m}",
        )


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 13),
    height=st.integers(18, 30),
    width=st.integers(18, 30),
    heads=st.integers(1, 3),
    classes=st.integers(2, 12),
    smoothing=st.sampled_from([0.0, 0.1]),
    workers=st.integers(1, 3),
    floating=st.booleans(),
    seed=st.integers(0, 999),
)
def test_gradients_are_those_of_autograd(
    n: int, height: int, width: int, heads: int, classes: int, smoothing: float, workers: int,
    floating: bool, seed: int,
) -> None:  # fmt: skip
    net = net_for(height, width, heads, classes, seed)
    images, targets = drawn(n, net, seed, floating)
    wanted_loss, wanted_hits, wanted, closest = exact(net, images, targets, smoothing)
    assume(closest > 5e-7)
    with Shards(workers) as shards:
        loss, hits = net.compiled_pass().gradients(shards, images, targets, smoothing)
    assert loss == pytest.approx(wanted_loss, rel=1e-5)
    assert hits == wanted_hits
    assert_exact(net, [parameter.grad for parameter in net.parameters()], wanted)


def test_large_images_in_groups_of_one() -> None:
    net = net_for(84, 84, classes=40)
    images, targets = drawn(3, net, 0)
    with Shards(2) as shards:
        net.compiled_pass().gradients(shards, images, targets, 0.0)
    _, _, wanted, _ = exact(net, images, targets, 0.0)
    assert_exact(net, [parameter.grad for parameter in net.parameters()], wanted)


def test_nothing_is_left_over_from_another_batch() -> None:
    # Larger, smaller and as large again: buffers grow, and keep what earlier rows left in them.
    net = net_for(20, 24)
    compiled = net.compiled_pass()
    with Shards(2) as shards:
        for n in (5, 13, 15, 46, 3, 46, 1, 9):
            images, targets = drawn(n, net, n)
            compiled.gradients(shards, images, targets, 0.0)
            found = [parameter.grad.clone() for parameter in net.parameters()]
            fresh = net_for(20, 24)
            fresh.compiled_pass().gradients(shards, images, targets, 0.0)
            for (name, parameter), grad in zip(fresh.named_parameters(), found, strict=True):
                assert torch.equal(grad, parameter.grad), (n, name)


def test_weights_are_read_where_they_lie() -> None:
    net = net_for(18, 18)
    compiled = net.compiled_pass()
    images, targets = drawn(4, net, 0)
    with Shards(1) as shards:
        before, _ = compiled.gradients(shards, images, targets, 0.0)
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.mul_(0.5)
        after, _ = compiled.gradients(shards, images, targets, 0.0)
    assert after != before
    plain = float(classification_loss(net(images), targets, 0.0).detach())
    assert after == pytest.approx(plain, rel=1e-5)


@pytest.mark.parametrize("number", range(10))
def test_not_a_number_is_seen(number: int) -> None:
    net = net_for(18, 18)
    with torch.no_grad():
        list(net.parameters())[number].fill_(float("nan"))
    images, targets = drawn(4, net, 0)
    with Shards(2) as shards:
        loss, _ = net.compiled_pass().gradients(shards, images, targets, 0.0)
    assert loss != loss


def test_batches_it_does_not_take() -> None:
    net = net_for(18, 18)
    compiled = net.compiled_pass()
    images, targets = drawn(4, net, 0)
    assert compiled.takes(images, targets)
    assert compiled.takes(images.float(), targets)
    assert not compiled.takes(images.double(), targets)
    assert not compiled.takes(images[:, :, 1:], targets)
    assert not compiled.takes(images[:0], targets[:0])
    left_out = targets.clone()
    left_out[2] = -1
    assert not compiled.takes(images, left_out)


def test_nets_that_have_no_compiled_pass() -> None:
    assert net_for(18, 18).double().compiled_pass() is None
    assert net_for(18, 18).to(memory_format=torch.contiguous_format).compiled_pass() is None
    frozen = net_for(18, 18)
    frozen.conv1.weight.requires_grad_(False)
    assert frozen.compiled_pass() is None

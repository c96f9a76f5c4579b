"""The nets: their size, what they compute, and what they start from."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab.models import build_net, count_parameters
from glyphlab.models.nets.cnns import as_float
from glyphlab.models.strategies import Head
from glyphlab.recipes import list_models


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def net_of(
    name: str, height: int, width: int, heads: int, classes: int, head: Head = "flat", seed: int = 0
) -> nn.Module:
    return build_net(
        name, height=height, width=width, heads=heads, classes=classes, head=head,
        generator=generator(seed), channels=4,
    )  # fmt: skip


def pixels(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=generator(7))


@pytest.mark.parametrize(
    ("width", "heads", "classes", "parameters"),
    [
        # 84×84: 320 + 18,496 + 36,928 + (64·17·17·128 + 128) + (128·640 + 640), as the report says
        (84, 1, 640, 2_505_920),
        # 84×28: the map is 17×3, so 320 + 18,496 + 36,928 + (3,264·128 + 128) + (128·10 + 10)
        (28, 1, 10, 474_954),
        # 84×84, three heads of ten: 2,505,920 - 82,560 + (128·30 + 30)
        (84, 3, 10, 2_427_230),
    ],
)
def test_report_net_has_the_published_size(
    width: int, heads: int, classes: int, parameters: int
) -> None:
    assert count_parameters(net_of("triple-mnist-cnn", 84, width, heads, classes)) == parameters


def naive_report(net: nn.Module, images: Tensor) -> Tensor:
    """The report's layers in Keras's order: convolution, ReLU, max-pool; channels last."""
    weights = dict(net.named_parameters())

    def conv(x: Tensor, name: str) -> Tensor:
        return F.relu(F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"]))

    x = F.max_pool2d(conv(images.float() / 255, "conv1"), 2)
    x = F.max_pool2d(conv(x, "conv2"), 2)
    x = conv(x, "conv3").permute(0, 2, 3, 1).flatten(1)
    x = F.relu(F.linear(x, weights["dense.weight"], weights["dense.bias"]))
    return F.linear(x, weights["out.weight"], weights["out.bias"]).view(len(images), 3, 10)


@pytest.mark.parametrize("size", [(28, 28), (21, 31), (84, 28)])
def test_report_net_is_the_naive_one(size: tuple[int, int]) -> None:
    images, targets = pixels(3, 1, *size), torch.tensor([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    results = []
    for read in (lambda net: net(images), lambda net: naive_report(net, images)):
        net = net_of("triple-mnist-cnn", *size, 3, 10).to(memory_format=torch.channels_last)
        logits = read(net)
        F.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
        results.append((logits, {name: p.grad for name, p in net.named_parameters()}))
    (ours, our_grads), (naive, naive_grads) = results
    torch.testing.assert_close(ours, naive)
    for name, grad in our_grads.items():
        assert grad is not None
        assert grad.abs().max() > 0, name
        torch.testing.assert_close(grad, naive_grads[name], msg=name)


NETS = [model for model in list_models() if model.net != "classical"]


@pytest.mark.parametrize("model", NETS, ids=lambda model: model.name)
def test_every_parameter_gets_a_gradient(model: object) -> None:
    strategy, name = model.strategy, model.net  # type: ignore[attr-defined]
    heads, width = (1, 28) if strategy in ("whole", "sliced") else (3, 84)
    head: Head = "cells" if strategy == "aligned" else "flat"
    net = net_of(name, 28, width, heads, 10, head)
    logits = net(pixels(4, 1, 28, width))
    assert logits.shape == (4, heads, 10)
    logits.square().sum().backward()
    for key, parameter in net.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.abs().sum() > 0, key


@pytest.mark.parametrize("head", ["flat", "cells"])
@pytest.mark.parametrize("size", [(1, 2), (1, 1), (3, 7), (8, 24), (28, 84)])
def test_fast_net_reads_images_of_any_size(head: Head, size: tuple[int, int]) -> None:
    logits = net_of("fast", *size, 3, 5, head)(pixels(2, 1, *size))
    assert logits.shape == (2, 3, 5)
    assert torch.isfinite(logits).all()


def test_aligned_head_shares_its_weights() -> None:
    one, three = (count_parameters(net_of("fast", 28, 84, k, 10, "cells")) for k in (1, 3))
    assert one == three


@pytest.mark.parametrize("name", ["fast", "triple-mnist-cnn"])
def test_bytes_are_read_as_shares_of_255(name: str) -> None:
    net, images = net_of(name, 28, 28, 1, 10).eval(), pixels(3, 1, 28, 28)
    torch.testing.assert_close(net(images), net(images.float() / 255))


def test_as_float() -> None:
    images = pixels(2, 1, 3, 4)
    assert torch.equal(as_float(images), images.float() / 255)
    assert torch.equal(as_float(images.float()), images.float())


@pytest.mark.parametrize("name", ["fast", "triple-mnist-cnn"])
def test_first_weights_come_from_the_generator_alone(name: str) -> None:
    before = torch.random.get_rng_state()
    first = net_of(name, 28, 28, 1, 10).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(12345)
    try:
        second = net_of(name, 28, 28, 1, 10).state_dict()
    finally:
        torch.random.set_rng_state(before)
    other = net_of(name, 28, 28, 1, 10, seed=1).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert any(not torch.equal(first[key], other[key]) for key in first)


def test_report_net_starts_as_keras_does() -> None:
    net = net_of("triple-mnist-cnn", 28, 28, 1, 10)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            assert module.bias is not None
            assert not module.bias.any()
            fan = sum(nn.init._calculate_fan_in_and_fan_out(module.weight))
            assert module.weight.abs().max() <= (6 / fan) ** 0.5


def test_what_cannot_be_built() -> None:
    with pytest.raises(UnknownName, match="did you mean 'triple-mnist-cnn'"):
        net_of("triple-mnist-cn", 28, 28, 1, 10)
    with pytest.raises(RecipeError, match="17×28"):
        net_of("triple-mnist-cnn", 17, 28, 1, 10)
    net_of("triple-mnist-cnn", 18, 18, 1, 10)
    for name in ("triple-mnist-cnn", "layers"):
        with pytest.raises(RecipeError, match="'aligned' needs net 'fast'"):
            net_of(name, 84, 84, 3, 10, "cells")

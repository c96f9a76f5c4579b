"""Nets by description: their size, what they compute, and what is said of a wrong word."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from glyphlab._common.errors import RecipeError
from glyphlab.models import build_net, count_parameters, summary
from glyphlab.models.nets.layers import ACTIVATIONS, LayersNet
from glyphlab.recipes.architecture import Layer, parse_layers


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def net_of(layers: list[str], size: tuple[int, int] = (28, 28), **changes: Any) -> Any:
    given_: dict[str, Any] = {"heads": 1, "classes": 10, "head": "flat", "generator": generator()}
    return build_net(
        "layers", height=size[0], width=size[1], layers=layers, **{**given_, **changes}
    )


FASHION_CNN = ["conv 32 3", "conv 64 3", "pool 2", "conv 64 3", "conv 128 3", "pool 2",
               "conv 50 3", "pool 2", "dense 1024", "dense 128"]  # fmt: skip
FASHION_DROPOUT = [*FASHION_CNN[:-1], "dropout 0.5", "dense 128", "dropout 0.5"]


@pytest.mark.parametrize(
    ("layers", "parameters"),
    [
        (["dense 32"], 25_450),
        (["dense 64", "dense 32", "dense 32"], 53_706),
        (["dense 30", "dense 100"], 27_660),
        (["dense 200"], 159_010),
        (FASHION_CNN, 371_964),
        (FASHION_DROPOUT, 371_964),
        (["conv 200 5 same", "pool 2", "conv 100 3 same", "pool 2"], 234_310),
    ],
    ids=str,
)
def test_published_sizes(layers: list[str], parameters: int) -> None:
    net = net_of(layers)
    assert count_parameters(net) == parameters
    assert f"{parameters:,}" in summary(net, (1, 28, 28))


def test_the_triple_report_can_be_said() -> None:
    words = ["conv 32 3", "pool 2", "conv 64 3", "pool 2", "conv 64 3", "dense 128"]
    ours = net_of(words, (84, 84), classes=640)
    assert count_parameters(ours) == 2_505_920
    report = build_net(
        "triple-mnist-cnn",
        height=84,
        width=84,
        heads=1,
        classes=640,
        head="flat",
        generator=generator(),
    )
    # the same layers from the same draws: the same net
    for mine, theirs in zip(ours.parameters(), report.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    images = torch.randint(0, 256, (2, 1, 84, 84), dtype=torch.uint8, generator=generator(1))
    torch.testing.assert_close(ours(images), report(images))


def naive(net: Any, words: list[str], activation: str, images: Tensor) -> Tensor:
    """The description taken word by word, in evaluation mode."""
    weights, x, numbers = dict(net.named_parameters()), images.float() / 255, {}  # type: ignore[var-annotated]
    act = ACTIVATIONS[activation]
    for word in words:
        kind, *rest = word.split()
        numbers[kind] = numbers.get(kind, 0) + 1
        if kind in ("conv", "dense"):
            w, b = (weights[f"{kind}{numbers[kind]}.{part}"] for part in ("weight", "bias"))
        if kind == "conv":
            x = act(F.conv2d(x, w, b, padding=int(rest[1]) // 2 if "same" in rest else 0))
        elif kind == "pool":
            x = F.max_pool2d(x, int(rest[0]))
        elif kind == "dense":
            x = act(F.linear(x.permute(0, 2, 3, 1).flatten(1) if x.ndim == 4 else x, w, b))
    x = x.permute(0, 2, 3, 1).flatten(1) if x.ndim == 4 else x
    return F.linear(x, weights["out.weight"], weights["out.bias"]).view(len(x), 2, 5)


DESCRIPTIONS = [
    ["dense 7"],
    ["dense 7", "dropout 0.5", "dense 3"],
    ["pool 3", "dense 4"],
    ["conv 32 3", "pool 2", "conv 8 3", "pool 2", "dropout 0.1", "dense 6"],
    ["conv 4 5 same", "conv 3 2", "pool 2", "conv 2 1"],
    ["dropout 0.5", "conv 4 3", "conv 4 3", "pool 3"],
]


@pytest.mark.parametrize("words", DESCRIPTIONS, ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_computes_what_it_says(words: list[str], activation: str) -> None:
    images = torch.randint(0, 256, (3, 1, 17, 20), dtype=torch.uint8, generator=generator(2))
    results = []
    for read in (lambda net: net(images), lambda net: naive(net, words, activation, images)):
        net = net_of(words, (17, 20), heads=2, classes=5, activation=activation).eval()
        net = net.to(memory_format=torch.channels_last)
        logits = read(net)
        assert logits.shape == (3, 2, 5)
        logits.square().sum().backward()
        results.append((logits, {name: p.grad for name, p in net.named_parameters()}))
    torch.testing.assert_close(results[0][0], results[1][0])
    for name, grad in results[0][1].items():
        torch.testing.assert_close(grad, results[1][1][name], msg=name, rtol=1e-4, atol=1e-5)


def test_floats_and_bytes_are_read_alike() -> None:
    images = torch.randint(0, 256, (3, 1, 17, 20), dtype=torch.uint8, generator=generator(2))
    for words in (["dense 7"], ["conv 32 3", "pool 2"]):
        net = net_of(words, (17, 20))
        torch.testing.assert_close(net(images), net(images.float() / 255))


def test_dropout_keeps_the_mean_and_only_in_training() -> None:
    net = net_of(["dropout 0.25"])
    images = torch.ones(2000, 1, 28, 28)
    (mask,) = net.draw_masks(2000, generator(3))
    assert (mask.shape, mask.dtype) == ((2000, 1, 28, 28), torch.bool)
    assert float(mask.float().mean()) == pytest.approx(0.75, abs=0.002)
    with torch.no_grad():
        still, shaken = net.eval()(images), net.train()(images, [mask])
    assert torch.equal(still[0], still[1])
    assert not torch.equal(shaken[0], shaken[1])
    torch.testing.assert_close(shaken.mean(0), still[0], atol=0.05, rtol=0)
    assert torch.equal(net.draw_masks(2000, generator(3))[0], mask)


def test_norm_looks_across_the_batch_and_is_not_split() -> None:
    net = net_of(["conv 4 3", "norm", "pool 2", "dense 8", "norm"])
    assert not net.shardable
    assert net_of(["conv 4 3", "dense 8", "dropout 0.5"]).shardable
    images = torch.rand(6, 1, 28, 28, generator=generator())
    assert not torch.allclose(net(images)[:3], net(images[:3]))
    assert [type(m) for m in net.children() if "Norm" in type(m).__name__] == [
        nn.BatchNorm2d,
        nn.BatchNorm1d,
    ]


@pytest.mark.parametrize("initial", ["keras", "torch"])
def test_first_weights(initial: str) -> None:
    before = torch.random.get_rng_state()
    net, again = (net_of(["conv 64 3", "dense 50"], initial=initial) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    for one, two in zip(net.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two)
    for module in (net.conv1, net.dense1, net.out):
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(module.weight)
        limit = (6 / (fan_in + fan_out)) ** 0.5 if initial == "keras" else fan_in**-0.5
        assert 0.9 * limit < float(module.weight.detach().abs().max()) <= limit
        assert bool(module.bias.any()) == (initial == "torch")
        assert float(module.bias.detach().abs().max()) <= limit


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (["dens 100"], ["unknown layer 'dens 100'", "did you mean 'dense'", "pool SIZE"]),
        ([""], ["unknown layer ''"]),
        (["dense"], ["write dense UNITS"]),
        (["dense 0"], ["write dense UNITS"]),
        (["dense many"], ["write dense UNITS"]),
        (["conv 32"], ["conv CHANNELS SIZE"]),
        (["conv 32 3 valid"], ["conv CHANNELS SIZE same"]),
        (["conv 32 4 same"], ["odd SIZE"]),
        (["dropout 1"], ["a share in (0, 1)"]),
        (["norm 3"], ["write norm"]),
        (["pool 2 2"], ["write pool SIZE"]),
        (["dense 9", "pool 2"], ["'pool 2' comes after a dense layer"]),
        (["block"], ["write block CHANNELS"]),
        (["mean 2"], ["write mean"]),
        (["block 2", "mean", "block 2"], ["'block 2' comes after a mean"]),
        (["conv 3 3", "pool 27"], ["'pool 27' needs a map of at least 27×27", "26×26 is left"]),
        (["pool 14", "conv 3 3"], ["'conv 3 3' needs a map", "2×2 is left", "'same'"]),
    ],
)
def test_what_cannot_be_said(layers: list[str], words: list[str]) -> None:
    with pytest.raises(RecipeError) as caught:
        net_of(layers)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_blocks_and_mean_by_hand() -> None:
    net = net_of(["block 4", "pool 2", "block 4", "mean"], (9, 8), heads=1, classes=3).eval()
    for norm in (m for m in net.modules() if isinstance(m, nn.BatchNorm2d)):
        norm.running_mean.uniform_(-1, 1, generator=generator(1))
        norm.running_var.uniform_(0.5, 2, generator=generator(2))
    images = torch.rand(2, 1, 9, 8, generator=generator(3))

    def block(inner: Any, x: Tensor, shortcut: Tensor) -> Tensor:
        first = F.relu(inner.norm1(F.conv2d(x, inner.conv1.weight, padding=1)))
        return F.relu(inner.norm2(F.conv2d(first, inner.conv2.weight, padding=1)) + shortcut)

    one, two = net.block1, net.block2
    x = block(one, images, one.shortcut[1](F.conv2d(images, one.shortcut[0].weight)))
    x = F.max_pool2d(x, 2)
    logits = net.out(block(two, x, x).mean((2, 3)))
    torch.testing.assert_close(net(images)[:, 0], logits)
    # all but the first bank, whose filters are nine numbers of one channel
    assert [tuple(bank.shape[:2]) for bank in net.scale_free_weights] == [(4, 4)] * 3
    assert not net.shardable


def test_parsed() -> None:
    assert parse_layers(["conv 32 3 same", "dropout 0.25", "pool  2"]) == (
        Layer("conv", 32, 3, same=True),
        Layer("dropout", share=0.25),
        Layer("pool", 2),
    )


@settings(deadline=None, max_examples=30)
@given(
    words=st.lists(
        st.sampled_from(
            [
                "block 2",
                "conv 2 3",
                "conv 3 1",
                "conv 2 5 same",
                "pool 2",
                "dropout 0.5",
                "norm",
            ]
        ),
        max_size=5,
    ),
    units=st.lists(st.integers(1, 9), max_size=2),
    height=st.integers(4, 30),
    width=st.integers(4, 30),
)
def test_any_description_builds_or_says_why(
    words: list[str], units: list[int], height: int, width: int
) -> None:
    layers = [*words, *(f"dense {count}" for count in units)]
    try:
        net = LayersNet(layers, height, width, 2, 3, generator())
    except RecipeError as error:
        assert "is left" in str(error)  # noqa: PT017 - most descriptions do build
        return
    images = torch.randint(0, 256, (2, 1, height, width), dtype=torch.uint8, generator=generator())
    logits = net.train()(images, net.draw_masks(2, generator()))
    assert logits.shape == (2, 2, 3)
    assert torch.isfinite(logits).all()

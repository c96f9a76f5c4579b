"""The small parts of the engine: schedules, optimisers, number formats, batches, augmentation."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from glyphlab._common.errors import RecipeError, UnknownName
from glyphlab.models import FastNet, MultiHead, make_strategy
from glyphlab.optim.optimizers import OPTIMIZERS, build_optimizer, kernels_of, laid_out_as
from glyphlab.optim.schedule import rate_factor
from glyphlab.recipes import Recipe, TrainingRecipe
from glyphlab.recipes.augmentation import AUGMENTATIONS
from glyphlab.training import precision as precision_module
from glyphlab.training.augment import ERASED, WARP_PIXELS, augment, augmented_samples
from glyphlab.training.batches import as_epoch_data, batch_count, batches, held_out
from glyphlab.training.precision import autocast, probe, resolve_device, resolve_precision


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# schedules


def test_one_cycle_values() -> None:
    values = {0.0: 0.0, 0.1: 0.5, 0.2: 1.0, 0.6: 0.5, 1.0: 0.0}
    for done, factor in values.items():
        assert rate_factor("onecycle", done) == pytest.approx(factor)
        assert rate_factor("constant", done) == 1.0
        assert rate_factor("linear", done) == pytest.approx(1.0 - done)
    with pytest.raises(UnknownName, match="did you mean 'onecycle'"):
        rate_factor("one-cycle", 0.5)


# optimisers


def small_net() -> nn.Module:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(16, 2))
    draw = generator(1)
    for parameter in net.parameters():
        nn.init.uniform_(parameter, -1, 1, generator=draw)
    return net.to(memory_format=torch.channels_last)


def plain(name: str, net: nn.Module) -> torch.optim.Optimizer:
    groups = [
        {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": 0.3},
        {"params": [p for p in net.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    if name == "adam":
        return torch.optim.Adam(groups, lr=0.1, eps=1e-7, fused=False, foreach=False)
    if name == "adamw":
        return torch.optim.AdamW(groups, lr=0.1, fused=False, foreach=False)
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=True, fused=False, foreach=False)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_optimisers_step_as_the_plain_ones_do(name: str) -> None:
    nets = [small_net(), small_net()]
    fused = build_optimizer(name, nets[0], rate=0.1, weight_decay=0.3)
    for net, optimizer in zip(nets, (fused, plain(name, nets[1])), strict=True):
        draw = generator(2)
        for _ in range(3):
            for parameter in net.parameters():
                # gradients come channels first, as compiled loops leave them
                grad = torch.rand(parameter.shape, generator=draw) - 0.5
                parameter.grad = laid_out_as(parameter, grad) if optimizer is fused else grad
            optimizer.step()
    for ours, theirs in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, True), (0.0, False), (0.7, False)])
def test_momentum_of_sgd(momentum: float, nesterov: bool) -> None:
    nets = [small_net(), small_net()]
    ours = build_optimizer(
        "sgd", nets[0], rate=0.1, weight_decay=0.0, momentum=momentum, nesterov=nesterov
    )
    for _ in range(3):
        for parameter in nets[0].parameters():
            parameter.grad = torch.ones_like(parameter)
        ours.step()
    # three equal gradients: 1, 1 + m, 1 + m + m² with momentum
    steps = 3 + 2 * momentum + momentum**2
    for moved, first in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(moved, first - 0.1 * steps)


def test_layout_of_a_gradient() -> None:
    parameter = torch.zeros(4, 3, 3, 3).contiguous(memory_format=torch.channels_last)
    grad = torch.rand(4, 3, 3, 3, generator=generator())
    moved = laid_out_as(parameter, grad)
    assert moved is not None
    assert moved.stride() == parameter.stride()
    assert torch.equal(moved, grad)
    assert laid_out_as(parameter, moved) is moved
    assert laid_out_as(parameter, None) is None
    step = torch.tensor(3.0)
    assert laid_out_as(parameter, step) is step


def test_unknown_optimiser() -> None:
    with pytest.raises(UnknownName, match="did you mean 'adamw'"):
        build_optimizer("adamW2", small_net(), rate=0.1, weight_decay=0)


def test_weight_decay_is_decoupled_where_its_description_says() -> None:
    decoupled = []
    for name in OPTIMIZERS:
        net = FastNet(12, 16, 2, 3, generator(1), channels=2)
        banks = [id(bank) for bank in net.scale_free_weights]
        optimizer = build_optimizer(name, net, rate=0.1, weight_decay=0.5)
        (kernel, *_) = [one for one in kernels_of(net) if id(one) not in banks]
        before = kernel.detach().clone()
        kernel.grad = torch.zeros_like(kernel)
        optimizer.step()
        if torch.allclose(kernel, before * (1 - 0.1 * 0.5)):
            decoupled.append(name)
    said = str(TrainingRecipe.model_fields["weight_decay"].description)
    assert re.findall(r"'(\w+)'", said) == decoupled


# number formats


def test_probe_is_measured_once_and_says_what_it_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [(2.5, 2.0), (9.0, 6.9), (2.6, 2.1), (2.7, 2.0), (2.6, 9.0)]
    calls = []

    def fake(device: str) -> list[tuple[float, float]]:
        calls.append(device)
        return times

    monkeypatch.setattr(precision_module, "_convolution_ms", fake)
    probe.cache_clear()
    try:
        found = probe("cpu")
        assert (found["choice"], found["float32_ms"], found["bfloat16_ms"]) == ("bfloat16", 2.5, 2)
        assert resolve_precision("auto", "cpu") == "bfloat16"
        assert calls == ["cpu"]
        times = [(2.6, 2.2), (9.0, 2.4)]
        probe.cache_clear()
        assert resolve_precision("auto", "cpu") == "float32"
    finally:
        probe.cache_clear()


def test_probe_really_measures() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        ((single, half),) = precision_module._convolution_ms("cpu", repeats=1)
        assert min(single, half) > 0
        assert torch.get_num_threads() == threads + 1  # it measures on one and puts them back
    finally:
        torch.set_num_threads(threads)


def test_asked_for_is_what_is_taken() -> None:
    assert resolve_precision("float32", "cpu") == "float32"
    assert resolve_precision("bfloat16", "cpu") == "bfloat16"
    assert resolve_device("cpu") == "cpu"
    assert resolve_device("auto") in ("cpu", "cuda")
    with pytest.raises(UnknownName, match="did you mean 'bfloat16'"):
        resolve_precision("bfloat", "cpu")
    with pytest.raises(UnknownName, match="unknown device on this machine 'gpu'"):
        resolve_device("gpu")
    weight = torch.ones(2, 2)
    with autocast("cpu", "bfloat16"):
        assert (weight @ weight).dtype == torch.bfloat16
    with autocast("cpu", "float32"):
        assert (weight @ weight).dtype == torch.float32


# batches


@given(count=st.integers(1, 200), size=st.integers(1, 60), start=st.integers(0, 5))
def test_batches_hold_every_item_once(count: int, size: int, start: int) -> None:
    whole = list(batches(count, size, seed=4, epoch=2))
    assert len(whole) == batch_count(count, size)
    assert sorted(torch.cat(whole).tolist()) == list(range(count))
    lengths = [len(batch) for batch in whole]
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1
    resumed = list(batches(count, size, seed=4, epoch=2, start=start))
    assert [b.tolist() for b in resumed] == [b.tolist() for b in whole[start:]]


def test_order_belongs_to_seed_and_epoch() -> None:
    def first(seed: int, epoch: int) -> list[int]:
        return next(batches(100, 10, seed, epoch)).tolist()

    assert first(0, 0) == first(0, 0)
    assert len({tuple(first(*at)) for at in ((0, 0), (0, 1), (1, 0))}) == 3


@given(count=st.integers(2, 60), share=st.floats(0, 0.9), seed=st.integers(0, 3))
def test_held_out_rows_are_the_others(count: int, share: float, seed: int) -> None:
    assume(round(count * share) < count)
    kept, held = held_out(count, share, seed)
    assert sorted([*kept.tolist(), *held.tolist()]) == list(range(count))
    assert (len(held) == 0) == (share == 0)
    assert abs(len(held) - count * share) <= 1
    assert np.all(np.diff(kept) > 0)
    again = held_out(count, share, seed)
    assert np.array_equal(kept, again[0])


@pytest.mark.parametrize(
    ("count", "share", "most"), [(10, 0.96, 0.9), (2, 0.9, 0.5), (1, 0.1, 0), (60, 0.995, 0.98)]
)
def test_holding_out_everything_is_refused(count: int, share: float, most: float) -> None:
    with pytest.raises(RecipeError) as caught:
        held_out(count, share, 0)
    message = str(caught.value)
    assert message.startswith(
        f"training.validation_fraction = {share:g} holds out {count} of {count} training"
    )
    assert f"set training.validation_fraction to {most:g} or less" in message
    kept, held = held_out(count, most, 0)  # what is advised works
    assert len(kept) >= 1
    assert len(kept) + len(held) == count


def test_epoch_data_keeps_bytes() -> None:
    images = np.arange(2 * 3 * 6, dtype=np.uint8).reshape(2, 3, 6)
    labels = np.array([[0, 1, 2], [2, 1, 0]])
    data = as_epoch_data(images, labels, make_strategy("sliced", labels, 3), "cpu")
    assert (data.images.dtype, tuple(data.images.shape), len(data)) == (torch.uint8, (6, 3, 2), 6)
    assert data.targets.tolist() == [[0], [1], [2], [2], [1], [0]]


def test_mean_loss_leaves_out_what_is_impossible() -> None:
    p = np.array([[[0.5, 0.5]], [[0.25, 0.75]], [[1.0, 0.0]]], np.float32)
    targets = np.array([[0], [1], [-1]])
    mean_loss = MultiHead(1, 2).mean_loss
    assert mean_loss(p, targets) == pytest.approx(-(np.log(0.5) + np.log(0.75)) / 2)
    assert mean_loss(p, np.full((3, 1), -1)) is None


# augmentation


def pictures() -> Tensor:
    return torch.rand(5, 1, 28, 30, generator=generator(9))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_follows_its_generator(name: str) -> None:
    images = pictures()
    before = torch.random.get_rng_state()
    first, again, other = (augment(name, images, generator(s)) for s in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first.shape == images.shape
    assert torch.equal(images, pictures())
    assert torch.equal(first, again)
    assert torch.equal(first, other) == (name == "none")
    assert 0 <= float(first.min()) <= float(first.max()) <= 1 + 1e-6


def test_roll_is_one_shift_of_at_most_two_pixels() -> None:
    images = pictures()
    shifts = {
        (down, right): torch.roll(images, (down, right), (2, 3))
        for down in range(-2, 3)
        for right in range(-2, 3)
    }
    met = set()
    for seed in range(200):
        rolled = augment("roll", images, generator(seed))
        met |= {shift for shift, image in shifts.items() if torch.equal(image, rolled)}
    assert met == set(shifts)


def test_flip_mirrors_about_half() -> None:
    images = torch.rand(400, 1, 3, 4, generator=generator(9))
    flipped = augment("flip", images, generator(0))
    same = (flipped == images).flatten(1).all(1)
    mirrored = (flipped == images.flip(3)).flatten(1).all(1)
    assert bool((same ^ mirrored).all())
    assert 160 < int(mirrored.sum()) < 240


def test_erase_blanks_one_square_and_nothing_else() -> None:
    images = torch.ones(300, 1, 28, 40)
    erased = augment("erase", images, generator(0))
    assert set(erased.unique().tolist()) == {0.0, 1.0}
    blank = erased[:, 0] == 0
    rows, columns = blank.any(2).sum(1), blank.any(1).sum(1)
    assert torch.equal(blank.flatten(1).sum(1), rows * columns)  # a full rectangle
    side = ERASED * 28
    assert int(rows.max()) == int(columns.max()) == pytest.approx(side, abs=1)
    assert int(rows.min()) >= side / 2 - 1  # its centre lies on the image


def test_joined_augmentations_follow_each_other() -> None:
    one = generator(5)
    by_hand = augment("erase", augment("flip", pictures(), one), one)
    assert torch.equal(augment("flip+erase", pictures(), generator(5)), by_hand)


@pytest.mark.parametrize("name", ["none+roll", "flip+flip"])
def test_joined_augmentations_must_make_sense(name: str) -> None:
    with pytest.raises(RecipeError, match="name each once"):
        augment(name, pictures(), generator())
    with pytest.raises(RecipeError, match="name each once"):
        Recipe.from_mapping({"training": {"augment": name}})


def test_unknown_augmentation_gets_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'flip'"):
        augment("roll+flop", pictures(), generator())


def test_no_displacement_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glyphlab.training.augment.WARP_PIXELS", 0.0, raising=True)
    rolled = augment("roll", pictures(), generator(3))
    torch.testing.assert_close(augment("warp", pictures(), generator(3)), rolled)


def test_warp_moves_a_point_by_about_its_deviation() -> None:
    images = torch.zeros(200, 1, 29, 29)
    images[:, :, 14, 14] = 1
    moved = augment("warp", images, generator(0))
    mass = moved.sum((1, 2, 3))
    there = mass > 0.2
    assert there.float().mean() > 0.8
    rows = (moved.sum((1, 3)) * torch.arange(29)).sum(1)[there] / mass[there]
    # the point lies midway between four control points, whose mean has half their deviation
    assert 0.3 * WARP_PIXELS < float(rows.std()) < WARP_PIXELS
    assert abs(float(rows.mean()) - float(rows.median())) < 0.5


@pytest.mark.parametrize(("side", "apart"), [(28, 9), (84, 12)])
def test_control_points_of_a_warp_are_as_far_apart_as_it_says(
    side: int, apart: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes: list[torch.Size] = []
    interpolated = functional.interpolate

    def seen(points: Tensor, *size: Any, **words: Any) -> Tensor:
        shapes.append(points.shape)
        return interpolated(points, *size, **words)

    monkeypatch.setattr(functional, "interpolate", seen)
    augment("warp", torch.zeros(1, 1, side, side), generator())
    ((_, _, rows, columns),) = shapes
    assert rows == columns
    assert round((side - 1) / (rows - 1)) == apart
    said = " ".join(str(augment.__doc__).split())
    assert "9 pixels apart on a symbol of 28 pixels and 12 on a canvas of 84" in said


def test_affine_without_a_draw_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("TURN", "SHIFT", "ZOOM"):
        monkeypatch.setattr(f"glyphlab.training.augment.{limit}", 0.0)
    for name, columns in (("affine", 1), ("columns", 3)):
        same = augment(name, pictures(), generator(3), columns)
        torch.testing.assert_close(same, pictures(), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("name", "others"),
    [("rotate", ("SHIFT", "ZOOM")), ("shift", ("TURN", "ZOOM")), ("zoom", ("TURN", "SHIFT"))],
)
def test_one_change_alone_is_affine_without_the_others(
    name: str, others: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = augment(name, pictures(), generator(3))
    assert not torch.equal(alone, pictures())
    assert not torch.equal(alone, augment("affine", pictures(), generator(3)))
    for other in others:
        monkeypatch.setattr(f"glyphlab.training.augment.{other}", 0.0)
    torch.testing.assert_close(alone, augment("affine", pictures(), generator(3)), rtol=0, atol=0)


@pytest.mark.parametrize(("limit", "value"), [("TURN", math.radians(90)), ("SHIFT", 0.5)])
def test_affine_turns_and_shifts_as_told(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    for each in ("TURN", "SHIFT", "ZOOM"):
        monkeypatch.setattr(f"glyphlab.training.augment.{each}", value if each == limit else 0.0)
    # every draw is at its limit: a quarter turn, or half of both sides down and right
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.ones(*shape))
    images = pictures()[..., :28]
    changed = augment("affine", images, generator())
    if limit == "TURN":
        torch.testing.assert_close(changed, torch.rot90(images, 1, (2, 3)), atol=1e-4, rtol=0)
    else:
        torch.testing.assert_close(changed[..., :14, :14], images[..., 14:, 14:], atol=1e-4, rtol=0)
        assert float(changed[..., 14:, 14:].max()) < 1e-4


def test_a_turn_keeps_shapes_on_an_oblong_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("glyphlab.training.augment.TURN", math.pi / 2)
    for each in ("SHIFT", "ZOOM"):
        monkeypatch.setattr(f"glyphlab.training.augment.{each}", 0.0)
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.ones(*shape))
    images = torch.zeros(1, 1, 20, 60)
    images[..., 8:12, 24:36] = 1  # 4 high, 12 wide, in the middle
    turned = augment("affine", images, generator())
    assert float(turned.sum()) == pytest.approx(48, abs=0.1)
    assert float(turned[..., 4:16, 28:32].sum()) == pytest.approx(48, abs=0.1)


@pytest.mark.parametrize("width", [90, 85])
def test_columns_stay_apart_where_the_whole_image_mixes(width: int) -> None:
    images = torch.zeros(40, 1, 30, width)
    first = -(-width // 3)
    images[..., :first] = 1  # the first of three columns
    by_column = augment("columns", images, generator(), 3)
    mixed = augment("affine", images, generator(), 3)
    assert not by_column[..., first:].any()
    assert (mixed[..., first:].sum((1, 2, 3)) > 0).float().mean() > 0.3
    # each column of an image has its own map
    three = augment(
        "columns",
        torch.rand(2, 1, 28, 28, generator=generator()).repeat(1, 1, 1, 3),
        generator(),
        3,
    )
    assert not torch.equal(three[..., :28], three[..., 28:56])


def test_samples_of_one_image() -> None:
    image = np.arange(30 * 30, dtype=np.uint8).reshape(30, 30)
    np.testing.assert_array_equal(augmented_samples("none", image, 2, 3), [image, image])
    first, again, other = (augmented_samples("columns", image, 3, 3, seed) for seed in (0, 0, 1))
    assert first.dtype == np.uint8
    assert first.shape == (3, 30, 30)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert len(np.unique(first, axis=0)) == 3


def test_unknown_augmentation() -> None:
    with pytest.raises(UnknownName, match="did you mean 'warp'"):
        augment("warpp", pictures(), generator())

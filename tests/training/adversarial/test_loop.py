"""The alternating loop: resumed to the same bits, and stopped by what is not finite."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RecipeError, RunError, TrainingDiverged
from glyphlab._common.seeds import torch_rng
from glyphlab.models.generators.losses import LOSSES
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.runs.engine import Engine
from glyphlab.training import checkpoint
from glyphlab.training.selection import Selection
from glyphlab.training.trainers.adversarial import both_steps, loop
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation, Replay
from glyphlab.training.trainers.adversarial.images import Pictures
from glyphlab.training.trainers.adversarial.loop import steps_of, train_pair
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.adversarial.step import (
    discriminator_step,
    generate,
    generator_step,
)

pytestmark = pytest.mark.usefixtures("one_thread")

RNG = np.random.default_rng(0)
PICTURES = Pictures(RNG.integers(0, 256, (40, 8, 8)).astype(np.uint8), RNG.integers(0, 10, 40), 10)
SMALL: dict[str, Any] = {
    "model": {"latent": 4, "width": 4},
    "training": {"images": 120, "batch_size": 10, "precision": "float32"},
}


class Stop(Exception):
    """A kill between two steps."""


def begin(
    folder: Path,
    content: dict[str, Any],
    stop_at: int | None = None,
    mitigation: CollapseMitigation | None = None,
    precision: str = "float32",
    distances: Sequence[float] = (),
    ends_after: int | None = None,
    backend: str = "torch",
    looked: Callable[[AdversarialPair], None] = lambda _pair: None,
) -> tuple[AdversarialPair, loop.AdversarialPosition]:
    recipe = GeneratorRecipe.from_mapping(content)
    run = Run.open(folder, recipe.title, recipe.model_dump(mode="json"))
    pair = AdversarialPair(recipe, 10, 8, 8, PICTURES.brightness)
    mitigation = mitigation or CollapseMitigation()
    steps = 0
    rows: list[dict[str, Any]] = []

    def evaluate() -> dict[str, Any]:
        looked(pair)
        told = {"frechet": distances[len(rows)]} if distances else {}
        return {"classes": [1] * 10, **told}

    def on_epoch(row: dict[str, Any]) -> bool:
        rows.append(row)
        return len(rows) == ends_after

    one_step = loop.one_step

    def counted(*args: Any) -> None:
        nonlocal steps
        if stop_at is not None and steps == stop_at:
            raise Stop
        one_step(*args)
        steps += 1

    monkey = pytest.MonkeyPatch()
    monkey.setattr(loop, "one_step", counted)
    try:
        position = train_pair(
            run, pair, recipe, PICTURES, engine=Engine("cpu", precision, 1, backend),
            mitigation=mitigation, evaluate=evaluate, on_epoch=on_epoch, keep_best=bool(distances),
            checkpoint_seconds=0.0,
        )  # fmt: skip
    finally:
        monkey.undo()
    return pair, position


def same(one: AdversarialPair, other: AdversarialPair) -> bool:
    first, second = one.tensors(), other.tensors()
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


WAYS: dict[str, dict[str, Any]] = {
    "small": SMALL,
    "two steps, smoothed": {
        "model": {"family": "dcgan", "latent": 4, "conditional": False},
        "training": {
            **SMALL["training"],
            "loss": "non-saturating",
            "penalty": "none",
            "label_smoothing": 0.2,
            "discriminator_steps": 2,
            "ema": 0.0,
            "resample_generated": True,
            "generator_batch_size": 20,
        },
    },
    "wasserstein": {
        "model": {"latent": 4, "width": 4, "spectral": True},
        "training": {**SMALL["training"], "loss": "wasserstein", "penalty": "gradient", "every": 1},
    },
    "fresh": {
        "model": SMALL["model"],
        "training": {**SMALL["training"], "resample_generated": True},
    },
    "auxiliary": {"model": SMALL["model"], "training": {**SMALL["training"], "auxiliary": 0.3}},
    "hinge, r1": {
        "model": {**SMALL["model"], "conditional": False},
        "training": {**SMALL["training"], "loss": "hinge", "penalty": "r1"},
    },
    "strip": {
        "model": {"family": "strip", "latent": 4, "conditional": False},
        "training": {**SMALL["training"], "loss": "minimax", "penalty": "none"},
    },
    "never taught": {
        "model": {"family": "strip", "latent": 4, "conditional": False},
        "training": {
            **SMALL["training"],
            "loss": "non-saturating",
            "penalty": "none",
            "resample_generated": True,
            "discriminator_steps": 0,
        },
    },
    "boundary equilibrium": {
        "model": {**SMALL["model"], "conditional": False},
        "training": {
            **SMALL["training"],
            "loss": "boundary-equilibrium",
            "penalty": "none",
            "learning_rate": 0.05,
        },
    },
    "several discriminators": {
        "model": {**SMALL["model"], "discriminator_classes": [[1, 2, 4], [3, 6, 8], [0, 5]]},
        "training": {
            **SMALL["training"],
            "loss": "non-saturating",
            "penalty": "none",
            "label_smoothing": 0.1,
            "one_sided": True,
        },
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_taken_up_to_the_same_bits(way: str, tmp_path: Path) -> None:
    whole, position = begin(tmp_path / "whole", WAYS[way])
    with pytest.raises(Stop):
        begin(tmp_path / "killed", WAYS[way], stop_at=3)
    with pytest.raises(Stop):
        begin(tmp_path / "killed", WAYS[way], stop_at=2)
    taken_up, again = begin(tmp_path / "killed", WAYS[way])
    assert same(whole, taken_up)
    assert again.step == position.step == steps_of(GeneratorRecipe.from_mapping(WAYS[way]), 40)[0]
    kept = ("d_loss", "g_loss", "real_correct", "generated_correct", "images")
    assert [{k: r[k] for k in kept} for r in again.history] == [
        {k: r[k] for k in kept} for r in position.history
    ]


DISTANCES = (9.0, 3.0, 3.0, 7.0, 8.0)
"""Of every epoch; the second is the best, the fourth the last."""


@pytest.mark.parametrize("average", [0.99, 0.0])
def test_the_best_is_the_same_wherever_it_was_killed(average: float, tmp_path: Path) -> None:
    training = {**SMALL["training"], "images": 200, "ema": average}
    way: dict[str, Any] = {"distances": DISTANCES, "ends_after": 4}
    content = {**SMALL, "training": training}
    whole, position = begin(tmp_path / "whole", content, **way)
    assert position.selection == Selection("lowest", 3.0, 2, 4)
    assert len(position.history) == 4
    assert whole.best is not None
    assert any(not torch.equal(whole.best[k], v) for k, v in whole.mean.state_dict().items())
    for step in range(16):
        root = tmp_path / str(step)
        with pytest.raises(Stop):
            begin(root, content, stop_at=step, **way)
        resumed, again = begin(root, content, **way)
        assert same(whole, resumed)  # the kept weights are among them
        assert again.selection == position.selection


@pytest.mark.parametrize("place", ["before the write", "in the write", "after the write"])
def test_the_best_is_written_with_the_position(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way: dict[str, Any] = {"distances": DISTANCES, "ends_after": 3}
    whole, position = begin(tmp_path / "whole", SMALL, **way)
    save, rename = checkpoint.write_tensors, os.replace

    def killed(path: Path, tensors: Any, state: Any) -> None:
        if len(state["history"]) != 2 or state["sums"]:
            save(path, tensors, state)
            return
        if place == "in the write":
            monkeypatch.setattr(os, "replace", _stop)
        if place != "before the write":
            save(path, tensors, state)
        raise Stop

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_tensors", killed)
        with pytest.raises(Stop):
            begin(tmp_path / "killed", SMALL, **way)
    monkeypatch.setattr(os, "replace", rename)
    (folder,) = (tmp_path / "killed").iterdir()
    files = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert files == {"recipe.json", "env.json", loop.CHECKPOINT}
    resumed, again = begin(tmp_path / "killed", SMALL, **way)
    assert same(whole, resumed)
    assert again.selection == position.selection


def _stop(*_args: Any) -> None:
    raise Stop


def test_without_need_no_best_is_kept(tmp_path: Path) -> None:
    pair, position = begin(tmp_path, SMALL)
    assert pair.best is None
    assert position.selection == Selection("lowest")
    run = Run.open(
        tmp_path, "single-gan-s0", GeneratorRecipe.from_mapping(SMALL).model_dump(mode="json")
    )
    assert not [name for name in run.load_tensors(loop.CHECKPOINT) if name.startswith("best.")]


def test_epochs_count_real_images(tmp_path: Path) -> None:
    _, position = begin(tmp_path, SMALL)
    assert [row["images"] for row in position.history] == [40, 80, 120]
    assert [row["epoch"] for row in position.history] == [1, 2, 3]


def test_a_memory_is_taken_up_too(tmp_path: Path) -> None:
    content = {
        "model": {**SMALL["model"], "conditional": False},
        "training": {**SMALL["training"], "collapse_mitigation": "replay"},
    }

    def memory() -> Replay:
        kept = Replay(
            lambda images: np.zeros(len(images), np.int64), lambda _epoch: PICTURES.images, 10
        )
        kept.on_row({"classes": [10] + [0] * 9, "epoch": 1})
        return kept

    whole, _ = begin(tmp_path / "whole", content, mitigation=memory())
    with pytest.raises(Stop):
        begin(tmp_path / "killed", content, stop_at=5, mitigation=memory())
    empty = Replay(
        lambda images: np.zeros(len(images), np.int64), lambda _epoch: PICTURES.images, 10
    )
    taken_up, _ = begin(tmp_path / "killed", content, mitigation=empty)
    assert empty.kept is not None
    assert same(whole, taken_up)


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_what_is_not_finite_stops_and_keeps_the_last_good(
    player: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = getattr(both_steps, f"{player}_step")
    calls = 0

    def broken(pair: AdversarialPair, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            with torch.no_grad():
                next(getattr(pair, player).parameters()).fill_(float("nan"))
        return step(pair, *args, **kwargs)

    monkeypatch.setattr(both_steps, f"{player}_step", broken)
    with pytest.raises(TrainingDiverged, match=rf"the {player}'s loss became nan at step 4"):
        begin(tmp_path, SMALL)
    run = Run.open(
        tmp_path, "single-gan-s0", GeneratorRecipe.from_mapping(SMALL).model_dump(mode="json")
    )
    kept = run.load_tensors(loop.CHECKPOINT)
    assert run.load_state(loop.CHECKPOINT)["step"] == 3
    assert all(torch.isfinite(tensor.float()).all() for tensor in kept.values())


def test_a_weight_that_breaks_in_the_last_step_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = getattr(both_steps, "generator_step")  # noqa: B009

    def broken(pair: AdversarialPair, *args: Any, **kwargs: Any) -> torch.Tensor:
        loss = step(pair, *args, **kwargs)
        with torch.no_grad():
            next(pair.generator.parameters()).fill_(float("inf"))
        return loss

    def looked(_pair: AdversarialPair) -> None:
        pytest.fail("weights that are not finite are evaluated")

    monkeypatch.setattr(both_steps, "generator_step", broken)
    once = {**SMALL, "training": {**SMALL["training"], "images": 10, "epoch_images": 10}}
    with pytest.raises(TrainingDiverged, match="the generator's loss"):
        begin(tmp_path, once, looked=looked)
    assert not list(tmp_path.glob(f"*/{loop.CHECKPOINT}"))


def test_a_checkpoint_of_other_nets(tmp_path: Path) -> None:
    with pytest.raises(Stop):
        begin(tmp_path, SMALL, stop_at=3)
    (folder,) = tmp_path.iterdir()
    run = Run.open(
        tmp_path, "single-gan-s0", GeneratorRecipe.from_mapping(SMALL).model_dump(mode="json")
    )
    state = run.load_state(loop.CHECKPOINT)
    run.save_tensors(loop.CHECKPOINT, {"generator.other": torch.zeros(1)}, state)
    with pytest.raises(RunError, match="no checkpoint of this recipe"):
        begin(tmp_path, SMALL)
    assert folder.exists()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_bfloat16(way: str, tmp_path: Path) -> None:
    pair, position = begin(tmp_path, WAYS[way], precision="bfloat16")
    assert position.engine.precision == "bfloat16"
    assert all(torch.isfinite(one).all() for one in pair.tensors().values())


EACH = [
    (loss, penalty)
    for loss in sorted(LOSSES)
    for penalty in ("none", "r1", "r1+r2", "gradient")
    if penalty == "none" or loss != "boundary-equilibrium"  # an autoencoder takes no penalty
]


@pytest.mark.parametrize(("loss", "penalty"), EACH)
def test_every_loss_and_penalty_in_bfloat16(loss: str, penalty: str, tmp_path: Path) -> None:
    training = {**SMALL["training"], "images": 20, "loss": loss, "penalty": penalty}
    model = {**SMALL["model"], "conditional": loss != "boundary-equilibrium"}
    pair, _ = begin(tmp_path, {"model": model, "training": training}, precision="bfloat16")
    assert all(torch.isfinite(one).all() for one in pair.tensors().values())


def test_the_generators_step_leaves_the_discriminator_as_it_is() -> None:
    """Also the running means of its batch norms, which a frozen net of Keras does not move."""
    training = {**SMALL["training"], "loss": "non-saturating", "penalty": "none"}
    model = {"family": "strip", "latent": 4, "conditional": False}
    pair = AdversarialPair(
        GeneratorRecipe.from_mapping({"model": model, "training": training}), 10, 28, 28, 0.0
    )
    pair.set_chance(torch_rng(0, "chance"))
    noise = torch.randn(8, 4, generator=torch_rng(0, "noise"))
    before = {k: v.clone() for k, v in pair.discriminator.state_dict().items()}
    losses = []
    for _ in range(5):
        generated = generate(pair, None, noise, precision="float32")
        losses.append(generator_step(pair, None, generated, precision="float32"))
    after = pair.discriminator.state_dict()
    assert all(torch.equal(value, before[name]) for name, value in after.items())
    assert all(module.training for module in pair.discriminator.modules())
    assert losses[-1] < losses[0]


def test_a_discriminator_that_is_never_taught_stays_as_it_began(tmp_path: Path) -> None:
    pair, position = begin(tmp_path, WAYS["never taught"])
    recipe = GeneratorRecipe.from_mapping(WAYS["never taught"])
    began = AdversarialPair(recipe, 10, 8, 8, PICTURES.brightness)
    left = pair.discriminator.state_dict()
    assert all(torch.equal(v, left[k]) for k, v in began.discriminator.state_dict().items())
    assert position.history[-1]["g_loss"] < position.first["g_loss"]
    assert position.history[-1]["images"] == recipe.training.images


@pytest.mark.parametrize(
    "change",
    [
        {"step": None}, {"step": -1}, {"step": 99}, {"step": "3"}, {"history": [{}]},
        {"history": [{"epoch": 1}]}, {"sums": {"epoch_images": None}}, {"first": {}},
        {"seconds": "x"},
        {"engine": {"threads": 1.5}}, {"engine": None},
    ],
)  # fmt: skip
def test_a_damaged_position(change: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(Stop):
        begin(tmp_path, SMALL, stop_at=3)
    run = Run.open(
        tmp_path, "single-gan-s0", GeneratorRecipe.from_mapping(SMALL).model_dump(mode="json")
    )
    tensors, state = run.load_tensors(loop.CHECKPOINT), run.load_state(loop.CHECKPOINT)
    run.save_tensors(loop.CHECKPOINT, tensors, {**state, **change})
    with pytest.raises(RunError, match="glyphlab runs rm") as caught:
        begin(tmp_path, SMALL)
    assert "\n" not in str(caught.value)


TWO: dict[str, Any] = {
    "model": {
        "latent": 4, "width": 4, "conditional": False,
        "discriminator_classes": [[1, 2, 4, 5, 7], [3, 6, 8, 9, 0]],
    },
    "training": {**SMALL["training"], "class_weight": 3.0},
}  # fmt: skip


def test_a_digit_of_its_own_kind_counts_more_to_a_discriminator() -> None:
    pair = AdversarialPair(GeneratorRecipe.from_mapping(TWO), 10, 8, 8, 0.0)
    assert pair.class_weights is not None
    straight, curved = pair.class_weights
    torch.testing.assert_close(pair.class_weights.mean(1), torch.ones(2))
    assert (straight[[1, 2, 4, 5, 7]] == 3 * straight[0]).all()
    torch.testing.assert_close(straight + curved, torch.full((10,), 2.0))
    assert len(pair.optimizers) == len(pair.rates_at(0.0)) == 3
    weights = [torch.cat([p.flatten() for p in net.parameters()]) for net in pair.discriminators]
    assert not torch.equal(*weights)
    with pytest.raises(RecipeError, match="names class 9, and the images have 8: name classes"):
        AdversarialPair(GeneratorRecipe.from_mapping(TWO), 8, 8, 8, 0.0)


def test_two_discriminators_that_are_alike_are_one() -> None:
    """Of equal weights and equal classes: the same losses, and the same step of the generator."""
    alone = {**TWO, "model": {**TWO["model"], "discriminator_classes": []}}
    alone["training"] = SMALL["training"]
    one, two = (
        AdversarialPair(GeneratorRecipe.from_mapping(content), 10, 8, 8, 0.0)
        for content in (alone, TWO)
    )
    two.discriminators[1].load_state_dict(one.discriminator.state_dict())
    assert two.class_weights is not None
    two.class_weights.fill_(1.0)
    real = torch.rand(10, 1, 8, 8, generator=torch_rng(0, "real")) * 2 - 1
    noise = torch.randn(10, 4, generator=torch_rng(0, "noise"))
    losses = []
    for pair in (one, two):
        generated = generate(pair, None, noise, precision="float32")
        seen = discriminator_step(
            pair, real, None, generated, torch_rng(0, "c"), penalise=True, precision="float32",
            symbols=torch.arange(10),
        )  # fmt: skip
        loss = generator_step(pair, None, generated, precision="float32", real=real)
        losses.append((float(seen.loss), float(seen.real_correct), float(loss)))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for first, second in zip(one.generator.parameters(), two.generator.parameters(), strict=True):
        torch.testing.assert_close(first, second, rtol=1e-4, atol=1e-6)


def test_the_balance_stands_in_the_history(tmp_path: Path) -> None:
    pair, position = begin(tmp_path, WAYS["boundary equilibrium"])
    balances = [row["balance"] for row in position.history]
    assert balances[-1] == float(pair.balance)
    assert all(0 <= one <= 1 for one in balances)
    assert len(set(balances)) > 1
    _, others = begin(tmp_path / "other", SMALL)
    assert "balance" not in others.history[0]

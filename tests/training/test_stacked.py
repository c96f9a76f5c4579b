"""Stacked training: every member ends where it would have ended alone."""

from __future__ import annotations

import re
import threading
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab._common.seeds import torch_rng
from glyphlab.backends import reason_against
from glyphlab.models import build_net, count_parameters, make_strategy
from glyphlab.recipes import Recipe, TrainingRecipe
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import as_epoch_data, held_out
from glyphlab.training.trainers.gradient import loop
from glyphlab.training.trainers.gradient.loop import FitResult, fit_net
from glyphlab.training.trainers.stacked import member as stacked_member
from glyphlab.training.trainers.stacked import stack
from glyphlab.training.trainers.stacked.stack import (
    StackMember,
    StackResult,
    each_of_stack,
    member_of,
    stack_groups,
    stackable,
)

needs_kernels = pytest.mark.skipif(bool(reason_against()), reason=reason_against())

PLAIN: dict[str, Any] = {
    "epochs": 3, "batch_size": 32, "optimizer": "sgd", "learning_rate": 0.05, "momentum": 0.0,
    "schedule": "constant", "weight_decay": 0.0, "label_smoothing": 0.0, "augment": "none",
    "select": "last", "precision": "float32",
}  # fmt: skip


def drawn(seed: int, count: int, classes: int = 4) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (count, 2))
    images = rng.integers(0, 120, (count, 9, 12), dtype=np.uint8)
    for image, (left, right) in zip(images, labels, strict=True):
        image[2 * left : 2 * left + 2, 1:5] = 255
        image[2 * right : 2 * right + 2, 7:11] = 255
    return images, labels


IMAGES, LABELS = drawn(0, 210)
CHECKED = drawn(1, 90)


def member(*layers: str, activation: str = "relu", seed: int = 0, **training: Any) -> StackMember:
    return StackMember(
        TrainingRecipe(**{**PLAIN, **training}), layers or ("dense 20",), activation, seed=seed
    )


def alone(
    one: StackMember, strategy_name: str = "multihead", images: Any = IMAGES
) -> tuple[FitResult, dict[str, torch.Tensor]]:
    """What `fit_net` makes of a member."""
    strategy = make_strategy(strategy_name, LABELS, 4)
    net = build_net(
        "layers", height=9, width=12 // strategy.grid[1], heads=strategy.heads,
        classes=strategy.classes, head=strategy.head, layers=one.layers, activation=one.activation,
        initial=one.initial, generator=torch_rng(one.seed, "init"),
    )  # fmt: skip
    kept, held = held_out(len(images), one.training.validation_fraction, one.seed)
    checked = (images[held], LABELS[held]) if one.training.validation_fraction else CHECKED
    result = fit_net(
        net, strategy, lambda _: (images[kept], LABELS[kept]), one.training, seed=one.seed,
        validation=(as_epoch_data(*checked, strategy, "cpu"), checked[1]),
    )  # fmt: skip
    return result, dict(net.state_dict())


def fit_stack(*given: Any, **how: Any) -> list[StackResult]:
    found = dict(each_of_stack(*given, **how))
    return [found[number] for number in range(len(found))]


def agree(result: StackResult, wanted: tuple[FitResult, dict[str, torch.Tensor]]) -> None:
    fit, state = wanted
    assert result.fit is not None
    assert result.state.keys() == state.keys()
    for name, weights in state.items():
        # Adam and its kin step by about the rate whatever the size of a gradient: where that is
        # almost nothing, rounding decides the direction. Few weights are so.
        near = torch.isclose(result.state[name], weights, rtol=2e-3, atol=2e-4)
        assert near.float().mean() > 0.98, (result.member, name)
        assert (result.state[name] - weights).abs().max() < 0.02
    assert result.fit.best_epoch == fit.best_epoch
    assert result.fit.engine == Engine("cpu", "float32", 1, "numba")
    assert len(result.fit.history) == len(fit.history)
    for mine, theirs in zip(result.fit.history, fit.history, strict=True):
        assert list(mine) == list(theirs)
        assert mine["epoch"] == theirs["epoch"]
        for key, close in {"loss": 2e-3, "learning_rate": 1e-9, "val_loss": 2e-3}.items():
            assert mine[key] == pytest.approx(theirs[key], rel=close), key
        for key, items in {"accuracy": len(IMAGES), "val_exact_match": len(CHECKED[0])}.items():
            assert mine[key] == pytest.approx(theirs[key], abs=1.5 / items), key


MEMBERS = [
    member("dense 20", learning_rate=0.1, batch_size=64),
    member("dense 33", activation="sigmoid", momentum=0.9, nesterov=False, seed=3),
    member("dense 7", "dense 40", "dense 5", activation="tanh", momentum=0.8, l2=0.01),
    member(
        "dense 64",
        optimizer="adam",
        learning_rate=2e-3,
        seed=1,
        schedule="onecycle",
        label_smoothing=0.1,
    ),
    member(
        "dense 20", optimizer="adamw", learning_rate=2e-3, weight_decay=0.3, batch_size=50, epochs=2
    ),
    member(
        "dense 48", optimizer="nadam", learning_rate=1e-3, activation="sigmoid", l1=1e-4, l2=1e-3
    ),
    member(
        "dense 20", optimizer="rmsprop", learning_rate=5e-4, weight_decay=0.01, activation="tanh"
    ),
    member("dense 16", "dense 16", validation_fraction=0.3, seed=5, label_smoothing=0.2),
    member("dense 20", learning_rate=0.2, batch_size=7, epochs=6, patience=1, select="best"),
    member("dense 3", batch_size=1000, learning_rate=0.5, seed=9),
]


@needs_kernels
def test_a_mixture_ends_as_its_members_do_alone() -> None:
    strategy = make_strategy("multihead", LABELS, 4)
    results = fit_stack(MEMBERS, strategy, IMAGES, LABELS, validation=CHECKED)
    for one, result in zip(MEMBERS, results, strict=True):
        assert result.member is one
        agree(result, alone(one))
    assert any(len(r.fit.history) < r.member.training.epochs for r in results if r.fit)


SCORES: dict[str, tuple[float, ...]] = {
    "never correct": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "late": (0.0, 0.0, 0.0, 0.1, 0.0, 0.0),
    "zeros after a good one": (0.5, 0.6, 0.0, 0.0, 0.0, 0.0),
    "ties": (0.3, 0.6, 0.6, 0.6, 0.2, 0.6),
    "falling": (0.6, 0.5, 0.4, 0.3, 0.2, 0.1),
    "rising": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
}


@needs_kernels
@pytest.mark.parametrize("select", ["best", "last"])
@pytest.mark.parametrize("patience", [None, 1, 2])
@pytest.mark.parametrize("scores", SCORES)
def test_a_member_selects_as_it_would_alone(
    scores: str, patience: int | None, select: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = member("dense 9", epochs=6, patience=patience, select=select, learning_rate=0.2)
    strategy = make_strategy("multihead", LABELS, 4)
    for module in (loop, stacked_member):
        told = iter(SCORES[scores])
        monkeypatch.setattr(module, "exact_match", lambda *_, told=told: next(told))
    (result,) = fit_stack([one], strategy, IMAGES, LABELS, validation=CHECKED)
    agree(result, alone(one))


@needs_kernels
def test_a_member_that_reads_nothing_keeps_its_latest_weights() -> None:
    """Without a stand-in: labels of the validation never occur in training."""
    unseen = (CHECKED[0], np.full_like(CHECKED[1], 3))
    few = LABELS % 3
    one = member("dense 9", epochs=4, patience=1, select="best", learning_rate=0.2)
    (result,) = fit_stack([one], make_strategy("whole", few, 4), IMAGES, few, validation=unseen)
    assert result.fit is not None
    assert [row["val_exact_match"] for row in result.fit.history] == [0.0] * 4
    assert result.fit.best_epoch == 4


@needs_kernels
@pytest.mark.parametrize("strategy_name", ["whole", "sliced", "multihead"])
@pytest.mark.parametrize("kind", ["bytes", "floats"])
def test_every_strategy_and_kind_of_pixel(strategy_name: str, kind: str) -> None:
    images = IMAGES if kind == "bytes" else (IMAGES / np.float32(255)).astype(np.float32)
    one = member("dense 24", activation="sigmoid", momentum=0.9, validation_fraction=0.2)
    strategy = make_strategy(strategy_name, LABELS, 4)
    (result,) = fit_stack([one], strategy, images, LABELS)
    agree(result, alone(one, strategy_name, images))


@needs_kernels
def test_threads_and_company_change_no_bit() -> None:
    strategy = make_strategy("multihead", LABELS, 4)
    many = fit_stack(MEMBERS, strategy, IMAGES, LABELS, validation=CHECKED, workers=3)
    assert len(many) == len(MEMBERS)
    for number in (0, 5, 8):
        (one,) = fit_stack(
            [MEMBERS[number]], strategy, IMAGES, LABELS, validation=CHECKED, workers=1
        )
        assert all(torch.equal(one.state[k], many[number].state[k]) for k in one.state)


@needs_kernels
def test_the_state_fits_the_net_and_reads_as_the_history_says() -> None:
    one = member("dense 40", "dense 21", epochs=4, learning_rate=0.2)
    strategy = make_strategy("multihead", LABELS, 4)
    (result,) = fit_stack([one], strategy, IMAGES, LABELS, validation=CHECKED)
    net = build_net(
        "layers", height=9, width=12, heads=2, classes=4, head="flat", layers=one.layers,
        generator=torch_rng(7),
    )  # fmt: skip
    net.load_state_dict(result.state)
    assert count_parameters(net) == 108 * 40 + 40 + 40 * 21 + 21 + 21 * 8 + 8
    logits = net.eval()(torch.from_numpy(CHECKED[0]).unsqueeze(1))
    right = (logits.argmax(-1).numpy() == CHECKED[1]).all(1).mean()
    assert result.fit is not None
    assert result.fit.history[-1]["val_exact_match"] == pytest.approx(right, abs=1.5 / 90)


@needs_kernels
def test_one_that_diverges_leaves_the_others_alone() -> None:
    wild = member("dense 20", learning_rate=1e30, momentum=0.9)
    strategy = make_strategy("multihead", LABELS, 4)
    bad, good = fit_stack([wild, member()], strategy, IMAGES, LABELS)
    assert isinstance(bad.error, TrainingDiverged)
    with pytest.raises(TrainingDiverged) as caught:
        alone(wild)
    numbers = re.compile(r"nan|inf|batch \d+")  # it is seen where the loss is read
    assert numbers.sub("", str(bad.error)) == numbers.sub("", str(caught.value))
    assert (bad.fit, bad.state) == (None, {})
    assert good.error is None
    assert "val_loss" not in good.fit.history[0]  # type: ignore[union-attr]


@needs_kernels
def test_one_that_holds_out_everything_leaves_the_others_alone() -> None:
    greedy = member(validation_fraction=0.999)
    strategy = make_strategy("multihead", LABELS, 4)
    bad, good = fit_stack([greedy, member()], strategy, IMAGES, LABELS)
    assert isinstance(bad.error, RecipeError)
    assert "training.validation_fraction = 0.999 holds out 210 of 210" in str(bad.error)
    assert (bad.fit, bad.state) == (None, {})
    assert good.error is None


@needs_kernels
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_as_many_threads_as_torch_has(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()
    meet = threading.Barrier(threads)
    real = stack.fit_perceptron

    def fit(*args: Any) -> Any:
        used.add(threading.current_thread().name)
        meet.wait(10)  # so many are at work at once
        return real(*args)

    monkeypatch.setattr(stack, "fit_perceptron", fit)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        strategy = make_strategy("multihead", LABELS, 4)
        fit_stack([member(epochs=1)] * (2 * threads), strategy, IMAGES, LABELS)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert len(used) == threads


@needs_kernels
def test_what_a_caller_breaks_ends_every_thread() -> None:
    strategy = make_strategy("multihead", LABELS, 4)
    members = [member(epochs=1), *(member(seed=s, epochs=10**6) for s in range(3))]
    ended = each_of_stack(members[::-1], strategy, IMAGES, LABELS, workers=4)
    assert next(ended)[0] == 3
    ended.close()  # returns once no thread is at work
    assert not [one for one in threading.enumerate() if "glyphlab-stack" in one.name]


def recipe(**changes: Any) -> Recipe:
    content: dict[str, Any] = {
        "task": {"name": "triple"},
        "model": {"net": "layers", "strategy": "whole", "layers": ["dense 9"]},
        "training": PLAIN,
    }
    for path, value in changes.items():
        table, _, key = path.partition("__")
        content[table] = {**content[table], key: value} if key else value
    if content["training"]["optimizer"] != "sgd":
        content["training"] = {
            key: value
            for key, value in content["training"].items()
            if key not in ("momentum", "nesterov")
        }
    return Recipe.from_mapping(content)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"model": {"net": "triple-mnist-cnn"}}, "net 'triple-mnist-cnn'"),
    ({"model__strategy": "aligned"}, "'aligned'"),
    ({"model__layers": ["dense 9", "dropout 0.5"]}, "only dense"),
    ({"model__layers": ["conv 3 3"]}, "only dense"),
    ({"training__augment": "roll"}, "training.augment is 'roll'"),
    ({"training__optimizer": "muon"}, "'muon'"),
    ({"training__precision": "bfloat16"}, "bfloat16"),
    ({"training__device": "cuda"}, "cuda"),
    ({"task__redraw": True}, "anew"),
]


@needs_kernels
@pytest.mark.parametrize(
    ("changes", "word"), REFUSED, ids=lambda v: v if isinstance(v, str) else ""
)
def test_what_cannot_be_stacked(changes: dict[str, Any], word: str) -> None:
    assert stackable(recipe()) == (True, "")
    fits, reason = stackable(recipe(**changes))
    assert not fits
    assert word in reason


def test_without_kernels_there_is_no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    fits, reason = stackable(recipe())
    assert not fits
    assert "GLYPHLAB_BACKEND" in reason
    with pytest.raises(RecipeError, match="cannot train in a stack") as caught:
        fit_stack([member()], make_strategy("whole", LABELS, 4), IMAGES, LABELS)
    assert "\n" not in str(caught.value)


@needs_kernels
def test_groups() -> None:
    recipes = [
        recipe(),
        recipe(model__layers=["dense 9", "dropout 0.5"]),
        recipe(model__layers=["dense 5"], training__learning_rate=0.3, seed=4),
        recipe(model__strategy="sliced"),
        recipe(task__name="addition"),
        recipe(model__layers=["dense 9", "dropout 0.5"]),
        recipe(model__strategy="sliced", training__validation_fraction=0.1),
    ]
    assert stack_groups(recipes) == [[0, 2], [1], [3, 6], [4], [5]]
    assert member_of(recipes[2]).seed == 4
    assert member_of(recipes[2]).layers == ("dense 5",)

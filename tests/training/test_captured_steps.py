"""Captured steps of a classifier: the same training as of ordinary ones, by a recording.

On the CPU the recorder is `taped.TapeRecorder`, which can do no more than a CUDA graph. Rates are
powers of two here, which float32 holds: then ordinary and captured steps are the same bits.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from glyphlab._common.errors import TrainingDiverged
from glyphlab._common.seeds import torch_rng
from glyphlab.backends.cuda import CAPTURED
from glyphlab.models import build_net, make_strategy
from glyphlab.recipes import TrainingRecipe
from glyphlab.recipes.classifier_presets import FAST_TRAINING
from glyphlab.runs.engine import Engine
from glyphlab.tasks import Scene
from glyphlab.training import engine_choice
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.trainers.gradient import captured as captured_module
from glyphlab.training.trainers.gradient import loop
from glyphlab.training.trainers.gradient.captured import reason_against_capture
from glyphlab.training.trainers.gradient.loop import FitResult, fit_net
from taped import TapeRecorder

pytestmark = pytest.mark.usefixtures("one_thread")
RNG = np.random.default_rng(0)
COUNT = 23
IMAGES = RNG.integers(0, 256, (COUNT, 20, 40), dtype=np.uint8)
LABELS = RNG.integers(0, 4, (COUNT, 2))
PAIR = Scene("pair", 2, (20, 40), (20, 20), (0, 20), (0, 0))
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
    ),
]


@pytest.fixture(autouse=True)
def recorded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record by tape on the CPU; nothing compiled, which a tape does not see."""
    asked = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    if asked.get("device", "cpu") == "cpu":
        monkeypatch.setattr(captured_module, "GraphRecorder", TapeRecorder)
    monkeypatch.setenv("GLYPHLAB_BACKEND", "torch")
    monkeypatch.setattr(TapeRecorder, "recorded", [])
    return TapeRecorder.recorded


@dataclasses.dataclass
class Fitted:
    net: torch.nn.Module
    result: FitResult

    def same_as(self, other: Fitted) -> bool:
        mine, theirs = self.net.state_dict(), other.net.state_dict()
        rows = [
            [{key: value for key, value in row.items() if key != "seconds"} for row in one.history]
            for one in (self.result, other.result)
        ]
        return all(torch.equal(mine[name], theirs[name]) for name in mine) and rows[0] == rows[1]

    def distance(self, other: Fitted) -> float:
        mine, theirs = self.net.state_dict(), other.net.state_dict()
        return max(float((mine[k].float() - theirs[k].float()).abs().max()) for k in mine)


def fit(
    backend: str,
    checkpoint: Path | None = None,
    *,
    device: str = "cpu",
    strategy: str = "aligned",
    net: str = "fast",
    layers: tuple[str, ...] = (),
    redrawn: bool = False,
    precision: str = "float32",
    every: float = 1e9,
    **settings: Any,
) -> Fitted:
    way = make_strategy(strategy, LABELS, 4, PAIR)
    built = build_net(
        net, height=20, width=40 // way.grid[1], heads=way.heads, classes=way.classes,
        head=way.head, cells=way.cells, channels=2, layers=layers, generator=torch_rng(0, "init"),
    )  # fmt: skip
    plain = {"optimizer": "adam", "schedule": "constant", "learning_rate": 2**-9}
    chosen = {**FAST_TRAINING, "epochs": 2, "batch_size": 7, "augment": "none", **plain, **settings}
    result = fit_net(
        built, way, lambda epoch: ((np.roll(IMAGES, epoch, 2) if redrawn else IMAGES), LABELS),
        TrainingRecipe(**chosen), seed=0, engine=Engine(device, precision, 1, backend),
        checkpoint=checkpoint, checkpoint_seconds=every, redrawn=redrawn,
    )  # fmt: skip
    return Fitted(built.cpu(), result)


EXACT: dict[str, dict[str, Any]] = {
    "adam": {},
    "adamw, rolled, redrawn": {"optimizer": "adamw", "augment": "roll", "redrawn": True},
    "sgd": {"optimizer": "sgd", "label_smoothing": 0.2},
    "warped": {"augment": "warp", "strategy": "multihead"},
    "published": {"net": "triple-mnist-cnn", "strategy": "multihead"},
    "dropout": {
        "net": "layers", "strategy": "multihead",
        "layers": ("conv 4 3", "pool 2", "norm", "dropout 0.25", "dense 9", "dropout 0.5"),
    },
    "blocks": {
        "net": "layers", "strategy": "multihead",
        "layers": ("conv 4 3", "block 4", "pool 2", "dropout 0.25"),
    },
    "cells": {"strategy": "sequential"},
    "bfloat16": {"precision": "bfloat16"},
}  # fmt: skip
CLOSE: dict[str, dict[str, Any]] = {
    "muon, one cycle": {"optimizer": "muon", "schedule": "onecycle", "learning_rate": 0.01},
    "rmsprop": {"optimizer": "rmsprop"},
    "penalty": {"l1": 1e-4, "l2": 1e-3},
    "one cycle": {"schedule": "onecycle", "learning_rate": 0.01},
}


NOT_CAPTURED: dict[str, dict[str, Any]] = {
    "sum, muon": {"strategy": "sum", "optimizer": "muon"},
    "nadam": {"optimizer": "nadam"},
}
WAYS = {**EXACT, **CLOSE, **NOT_CAPTURED}


@pytest.mark.parametrize("way", EXACT)
def test_the_same_bits_as_ordinary_steps(way: str, recorded: list[int]) -> None:
    ordinary, captured = fit("torch", **EXACT[way]), fit(CAPTURED, **EXACT[way])
    assert len(recorded) == 2, "23 images are batches of 6 and of 5"
    assert captured.result.engine.backend == CAPTURED
    assert captured.result.capture_seconds > 0
    assert captured.same_as(ordinary)


@pytest.mark.parametrize("way", CLOSE)
def test_the_same_training_to_rounding(way: str, recorded: list[int]) -> None:
    ordinary, captured = fit("torch", **CLOSE[way]), fit(CAPTURED, **CLOSE[way])
    assert len(recorded) == 2
    assert captured.distance(ordinary) < 2e-4
    assert captured.result.history[-1]["loss"] == pytest.approx(
        ordinary.result.history[-1]["loss"], rel=1e-3
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("device", ["cuda"])
@pytest.mark.parametrize("way", sorted({*EXACT, *CLOSE} - {"dropout", "blocks"}))
def test_a_gpu_trains_as_ordinary_steps_do(way: str, device: str) -> None:
    """But for rounding, and the masks of dropout, which are drawn elsewhere."""
    settings = {**EXACT, **CLOSE}[way] | {"device": device}
    ordinary, captured = fit("torch", **settings), fit(CAPTURED, **settings)
    assert captured.result.engine.backend == CAPTURED
    for key in ("loss", "accuracy"):
        found = [[row[key] for row in one.result.history] for one in (captured, ordinary)]
        assert found[0] == pytest.approx(found[1], rel=0.05, abs=0.05)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("way", "backend"), [*((way, CAPTURED) for way in WAYS), *((way, "torch") for way in WAYS)]
)
def test_resumed_to_the_same_bits(
    way: str, backend: str, device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = WAYS[way] | {"device": device, "every": 0.0}
    if way in NOT_CAPTURED and backend == CAPTURED:
        pytest.skip("cannot be captured")
    whole = fit(backend, **settings)
    assert whole.result.engine.backend == backend
    assert fit(backend, **settings).same_as(whole)
    real = loop.train_batch
    for at in (1, 5):
        done = 0

        def counted(*args: Any, at: int = at) -> None:
            nonlocal done
            if done == at:
                raise KeyboardInterrupt
            real(*args)
            done += 1

        with monkeypatch.context() as patch:
            patch.setattr(loop, "train_batch", counted)
            with pytest.raises(KeyboardInterrupt):
                fit(backend, tmp_path / f"{at}", **settings)
        assert (tmp_path / f"{at}").exists()
        assert fit(backend, tmp_path / f"{at}", **settings).same_as(whole)


@pytest.mark.parametrize("device", DEVICES)
def test_a_loss_that_runs_away_is_found_with_its_batch(device: str, tmp_path: Path) -> None:
    images = np.full_like(IMAGES, 255)
    way = make_strategy("aligned", LABELS, 4, PAIR)
    net = build_net(
        "fast", height=20, width=40, heads=2, classes=4, head=way.head, channels=2,
        generator=torch_rng(0, "init"),
    )  # fmt: skip
    settings = TrainingRecipe(**{
        **FAST_TRAINING, "epochs": 2, "batch_size": 7, "augment": "none", "optimizer": "sgd",
        "schedule": "constant", "learning_rate": 1e30,
    })  # fmt: skip
    with pytest.raises(TrainingDiverged, match=r"in epoch 1, batch [234] of 4"):
        fit_net(
            net, way, lambda _epoch: (images, LABELS), settings, seed=0,
            engine=Engine(device, "float32", 1, CAPTURED), checkpoint=tmp_path / "c",
        )  # fmt: skip
    assert not (tmp_path / "c").exists()


@pytest.mark.usefixtures("notes")
def test_what_cannot_be_recorded_runs_as_ever_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(self: Any, body: Any, generators: Any) -> Any:
        raise RuntimeError("no graphs today\nat all")

    monkeypatch.setattr(captured_module.GraphRecorder, "record", refuses)
    found = fit(CAPTURED)
    assert found.result.engine == Engine("cpu", "float32", 1, "torch")
    assert found.same_as(fit("torch"))
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be captured on this GPU (no graphs today): steps run one operation" in line


def against(strategy: str, net: str = "fast", **settings: Any) -> str:
    way = make_strategy(strategy, LABELS, 4, PAIR)
    built = build_net(
        net, height=20, width=40 // way.grid[1], heads=way.heads, classes=way.classes,
        head=way.head, cells=way.cells, channels=2, generator=torch_rng(0, "init"),
    )  # fmt: skip
    return reason_against_capture(built, way, TrainingRecipe(**{**FAST_TRAINING, **settings}))


def test_reasons_against(monkeypatch: pytest.MonkeyPatch) -> None:
    assert against("aligned") == against("whole", "triple-mnist-cnn") == ""
    assert "loss of its own" in against("sum")
    assert "nadam" in against("aligned", optimizer="nadam")
    settings, way = TrainingRecipe(), make_strategy("aligned", LABELS, 4, PAIR)
    assert "Net.capturable" in reason_against_capture(torch.nn.Linear(1, 1), way, settings)
    monkeypatch.setenv("GLYPHLAB_CUDA_GRAPHS", "0")
    assert "GLYPHLAB_CUDA_GRAPHS" in against("aligned")


@pytest.mark.usefixtures("notes")
def test_the_engine_of_a_gpu(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    captured = Engine("cuda", "float32", 1, CAPTURED)
    plain = dataclasses.replace(captured, backend="torch")
    assert engine_for("cuda", "float32", None, None, "") == captured
    assert engine_for("cuda", "float32", None, None, "why not") == plain
    assert engine_for("cuda", "float32") == plain
    # kept on resume, whichever it was
    assert engine_for("cuda", "float32", None, captured, "") == captured
    assert engine_for("cuda", "float32", None, plain, "") == plain
    assert capsys.readouterr().err == ""
    assert engine_for("cuda", "float32", None, captured, "switched off") == plain
    assert "started with cuda graph and continues with torch" in capsys.readouterr().err
    assert engine_choice._backend(None, "cpu", "float32", "") == "torch"

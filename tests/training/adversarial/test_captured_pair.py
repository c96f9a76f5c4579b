"""Captured steps of generator and discriminator: the same training as of ordinary ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from glyphlab.backends.cuda import CAPTURED
from glyphlab.recipes import GeneratorRecipe
from glyphlab.runs import Run
from glyphlab.runs.engine import Engine
from glyphlab.training.trainers.adversarial import captured_pair, loop
from glyphlab.training.trainers.adversarial.captured_pair import reason_against_capture_of_pair
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
from glyphlab.training.trainers.adversarial.images import Pictures
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from taped import TapeRecorder

pytestmark = pytest.mark.usefixtures("one_thread")
RNG = np.random.default_rng(0)
PICTURES = Pictures(RNG.integers(0, 256, (43, 8, 8)).astype(np.uint8), RNG.integers(0, 10, 43), 10)
PLAIN = {"loss": "non-saturating", "penalty": "none", "ema": 0.0, "resample_generated": True}
TRAINING = {"images": 80, "batch_size": 10, "cooldown": 0.0, "learning_rate": 2**-11}
WAYS: dict[str, dict[str, Any]] = {
    "small": {"model": {"latent": 4, "width": 4}, "training": TRAINING},
    "dcgan": {
        "model": {"family": "dcgan", "latent": 4, "conditional": False},
        "training": {
            **TRAINING,
            **PLAIN,
            "images": 120,
            "discriminator_steps": 2,
            "generator_batch_size": 20,
        },
    },
    "dense": {
        "model": {"family": "dense", "latent": 4, "conditional": False},
        "training": {**TRAINING, **PLAIN},
    },
    "wasserstein": {
        "model": {"latent": 4, "width": 4, "spectral": True},
        "training": {**TRAINING, "loss": "wasserstein", "penalty": "gradient", "every": 1},
    },
    "auxiliary": {
        "model": {"latent": 4, "width": 4},
        "training": {**TRAINING, "auxiliary": 0.3, "resample_generated": True},
    },
    "hinge, r1": {
        "model": {"latent": 4, "width": 4, "conditional": False},
        "training": {**TRAINING, "loss": "hinge", "penalty": "r1"},
    },
    "strip": {
        "model": {"family": "strip", "latent": 4, "conditional": False},
        "training": {**TRAINING, "loss": "minimax", "penalty": "none"},
    },
    "never taught": {
        "model": {"family": "strip", "latent": 4, "conditional": False},
        "training": {**TRAINING, **PLAIN, "discriminator_steps": 0},
    },
    "boundary equilibrium": {
        "model": {"latent": 4, "width": 4, "conditional": False},
        "training": {**TRAINING, "loss": "boundary-equilibrium", "penalty": "none"},
    },
    "several discriminators": {
        "model": {
            "latent": 4,
            "width": 4,
            "conditional": False,
            "discriminator_classes": [[1, 2, 4, 5, 7], [3, 6, 8, 9, 0]],
        },
        "training": {**TRAINING, "loss": "hinge", "penalty": "r1"},
    },
}
DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
    ),
]


class Stop(Exception):
    """A kill between two steps."""


@pytest.fixture(autouse=True)
def recorded(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    asked = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    if asked.get("device", "cpu") == "cpu":
        monkeypatch.setattr(captured_pair, "GraphRecorder", TapeRecorder)
    monkeypatch.setattr(TapeRecorder, "recorded", [])
    return TapeRecorder.recorded


def begin(
    folder: Path,
    content: dict[str, Any],
    backend: str,
    *,
    device: str = "cpu",
    precision: str = "float32",
    stop_at: int | None = None,
) -> tuple[AdversarialPair, loop.AdversarialPosition]:
    recipe = GeneratorRecipe.from_mapping(content)
    run = Run.open(folder, recipe.title, recipe.model_dump(mode="json"))
    pair = AdversarialPair(recipe, 10, 8, 8, PICTURES.brightness, device)
    steps = 0
    rates_at = pair.rates_at

    def counted(done: float) -> tuple[float, float]:  # called once a step, at its beginning
        nonlocal steps
        steps += 1
        if stop_at is not None and steps > stop_at:
            raise Stop
        return rates_at(done)

    pair.rates_at = counted  # type: ignore[method-assign]
    engine = Engine(device, precision, 1, backend)
    with engine.in_force():
        position = loop.train_pair(
            run, pair, recipe, PICTURES, engine=engine, mitigation=CollapseMitigation(),
            evaluate=lambda: {"classes": [1] * 10}, on_epoch=lambda _row: False,
            checkpoint_seconds=0.0,
        )  # fmt: skip
    return pair, position


def same(one: AdversarialPair, other: AdversarialPair) -> bool:
    first, second = one.tensors(), other.tensors()
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def untimed(position: loop.AdversarialPosition) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in position.history]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("way", WAYS)
def test_the_same_bits_as_ordinary_steps(
    way: str, precision: str, tmp_path: Path, recorded: list[int]
) -> None:
    content = WAYS[way]
    plain, place = begin(tmp_path / "plain", content, "torch", precision=precision)
    taken, position = begin(tmp_path / "taken", content, CAPTURED, precision=precision)
    assert 1 < len(recorded) < position.step, "each size and each penalty once"
    assert position.engine.backend == CAPTURED
    assert same(plain, taken)
    assert untimed(position) == untimed(place)
    assert position.first == place.first


@pytest.mark.parametrize("backend", [CAPTURED, "torch"])
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("way", WAYS)
def test_resumed_to_the_same_bits(way: str, device: str, backend: str, tmp_path: Path) -> None:
    content = WAYS[way]
    whole, position = begin(tmp_path / "whole", content, backend, device=device)
    assert position.engine.backend == backend
    assert same(whole, begin(tmp_path / "again", content, backend, device=device)[0])
    for stop_at in (3, 2):
        with pytest.raises(Stop):
            begin(tmp_path / "killed", content, backend, device=device, stop_at=stop_at)
    resumed, again = begin(tmp_path / "killed", content, backend, device=device)
    assert same(whole, resumed)
    assert untimed(position) == untimed(again)


def test_a_mean_generator_follows_outside_of_the_recording(tmp_path: Path) -> None:
    content = {**WAYS["small"], "training": {**TRAINING, "ema": 0.9}}
    pair, position = begin(tmp_path, content, CAPTURED)
    assert pair.steps == position.step
    assert not all(
        torch.equal(one, other)
        for one, other in zip(pair.mean.parameters(), pair.generator.parameters(), strict=True)
    )


@pytest.mark.usefixtures("notes")
def test_what_cannot_be_recorded_runs_as_ever_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuses(self: Any, body: Any, generators: Any) -> Any:
        raise RuntimeError("no graphs today")

    monkeypatch.setattr(captured_pair.GraphRecorder, "record", refuses)
    pair, position = begin(tmp_path / "refused", WAYS["dcgan"], CAPTURED)
    assert position.engine.backend == "torch"
    assert same(pair, begin(tmp_path / "plain", WAYS["dcgan"], "torch")[0])
    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot be captured on this GPU (no graphs today)" in line


def test_reasons_against(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in WAYS.values():
        assert reason_against_capture_of_pair(GeneratorRecipe.from_mapping(content)) == ""
    capped = {"training": {**TRAINING, "collapse_mitigation": "class_cap"}}
    recipe = GeneratorRecipe.from_mapping(capped)
    assert "class_cap" in reason_against_capture_of_pair(recipe)
    monkeypatch.setenv("GLYPHLAB_CUDA_GRAPHS", "0")
    recipe = GeneratorRecipe.from_mapping(WAYS["small"])
    assert "GLYPHLAB_CUDA_GRAPHS" in reason_against_capture_of_pair(recipe)

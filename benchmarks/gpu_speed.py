"""Milliseconds a step on a GPU: ordinary and captured, beside the floor that the card sets.

``python benchmarks/gpu_speed.py [--rounds N] [--steps N] [--only NAME,...] [--json PATH]``

Each case is a training as the library takes it, its images on the card, in float32 and in
bfloat16: once with every operation launched by itself, once with whole steps captured and replayed.
Both take turns, round after round. What is set up once (data, kernels, the capture, which is timed
apart) comes before the clock, a round ends when the card is done, and the figure is the median of
the rounds.

The floor is the larger of two times. Operations (multiplications and additions of convolutions and
matrix products, counted by torch in one step) over the rate of a large matrix product in the same
number format; and the fewest bytes over the bandwidth of a large copy: weights and the optimizer's
state read and written once, each layer's output written once and read once on the way back. Rate
and bandwidth are measured here, first.

``--smoke`` runs everything at next to no size, on any machine; without a GPU the captured column is
of a recorder that tests use. Its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import functools
import gc
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from card_limits import ceilings, wait
from glyphlab.backends.cuda import CAPTURED
from glyphlab.models import build_net, count_parameters, make_strategy
from glyphlab.optim.optimizers import build_optimizer
from glyphlab.recipes import TrainingRecipe
from glyphlab.recipes.classifier_presets import FAST_TRAINING, PAPER_TRAINING
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.runs import record_head
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import as_epoch_data, batch_count, batches
from glyphlab.training.precision import probe
from glyphlab.training.trainers.adversarial import captured_pair
from glyphlab.training.trainers.adversarial.collapse_mitigation import CollapseMitigation
from glyphlab.training.trainers.adversarial.images import Pictures
from glyphlab.training.trainers.adversarial.loop import AdversarialPosition, one_step
from glyphlab.training.trainers.adversarial.net_pair import AdversarialPair
from glyphlab.training.trainers.gradient import captured as captured_step
from glyphlab.training.trainers.gradient.one_batch import BatchPosition, settle, train_batch
from glyphlab.training.trainers.gradient.step import Step

PRECISIONS = ("float32", "bfloat16")
MUON = {
    **FAST_TRAINING, "optimizer": "muon", "augment": "roll", "schedule": "linear", "epochs": 1000,
}  # fmt: skip


class Case(NamedTuple):
    """One training."""

    title: str
    family: str
    side: int
    batch: int
    steps: int
    """Of a round with captured steps; with ordinary ones a quarter."""


CASES = {
    "fast-24-512": Case("fast net, 24×24, Muon, rolled", "fast-muon", 24, 512, 200),
    "fast-24-1024": Case("fast net, 24×24, Muon, rolled", "fast-muon", 24, 1024, 200),
    "fast-84-256": Case("fast net, 84×84, AdamW, warped", "fast", 84, 256, 100),
    "paper-84-32": Case("the paper's CNN, 84×84, Adam", "paper", 84, 32, 200),
    "paper-84-256": Case("the paper's CNN, 84×84, Adam", "paper", 84, 256, 100),
    "dcgan": Case("the paper's DCGAN, 28×28", "dcgan", 28, 128, 100),
    "small-gan": Case("our small generator, 28×28", "small", 28, 64, 100),
}

Take = Callable[[int], None]
"""Takes so many steps, and returns when the device has done them."""


class Contender(NamedTuple):
    """One way to train one case."""

    take: Take
    capture_seconds: Callable[[], float]
    parameters: int
    activations: int
    """Values that layers give for a step."""


@functools.lru_cache(maxsize=1)
def noise_pictures(*shape: int) -> NDArray[np.uint8]:
    """Return noise ``(n, h, w)``, four fifths of it background."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256 * 5, shape, dtype=np.int16)
    return np.where(pixels < 256, pixels, 0).astype(np.uint8)


def classifier(case: Case, precision: str, captured: bool, device: str) -> Contender:
    rng = np.random.default_rng(0)
    count = 40 * case.batch
    shape = (count, case.side, case.side)
    images = noise_pictures(*shape)
    labels = rng.integers(0, 10, (count, 1 if case.side < 84 else 3))
    if case.family == "paper":
        labels = labels[:, :1] * 64 + rng.integers(0, 64, (count, 1))
    strategy = make_strategy("multihead", labels, 640 if case.family == "paper" else 10)
    net = build_net(
        "triple-mnist-cnn" if case.family == "paper" else "fast", height=case.side,
        width=case.side, heads=strategy.heads, classes=strategy.classes, head=strategy.head,
        channels=16, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    kind = {"paper": PAPER_TRAINING, "fast-muon": MUON}.get(case.family, FAST_TRAINING)
    settings = TrainingRecipe(**{**kind, "batch_size": case.batch, "epochs": 1000})
    optimizer = build_optimizer(
        settings.optimizer, net, rate=settings.learning_rate, weight_decay=settings.weight_decay
    )
    data = as_epoch_data(images, labels, strategy, device)
    step = Step(net, optimizer, strategy, settings.label_smoothing, precision)
    replayed = captured_step.CapturedStep(step) if captured else None
    backend = CAPTURED if captured else "torch"
    position = BatchPosition(engine=Engine(device, precision, 1, backend))
    in_epoch = batch_count(count, case.batch)

    def indices() -> Iterator[torch.Tensor]:
        while True:
            yield from batches(count, case.batch, 0, position.epoch, 0, device)
            position.epoch += 1
            position.batch = 0

    following = data.shown(indices())
    activations = outputs_of(net, lambda: net(data.resident[: case.batch].unsqueeze(1)))
    net.train()

    def take(steps: int) -> None:
        for _ in range(steps):
            index, shown = next(following)
            train_batch(
                step, replayed, data, index, shown, position, settings, 0, in_epoch, strategy
            )
        settle(replayed, position, settings, in_epoch, precision)
        wait(device)

    seconds = (lambda: replayed.seconds) if replayed is not None else (lambda: 0.0)
    return Contender(take, seconds, count_parameters(net), activations)


def generator(case: Case, precision: str, captured: bool, device: str) -> Contender:
    rng = np.random.default_rng(0)
    shape = (60_000 if device == "cuda" else 10 * case.batch, case.side, case.side)
    images = noise_pictures(*shape)
    shown = Pictures(images, rng.integers(0, 10, len(images)), 10)
    recipe = generator_recipe(case.family, task_recipe("mnist"))
    changed = recipe.training.model_copy(update={"batch_size": case.batch})
    recipe = recipe.model_copy(update={"training": changed})
    pair = AdversarialPair(recipe, 10, case.side, case.side, shown.brightness, device)
    backend = CAPTURED if captured else "torch"
    position = AdversarialPosition(engine=Engine(device, precision, 1, backend))
    replayed = captured_pair.CapturedPair(pair, recipe, shown, precision) if captured else None
    nothing, whole = CollapseMitigation(), 1_000_000
    noise = torch.zeros(case.batch, recipe.model.latent, device=device)
    labels = torch.zeros(case.batch, dtype=torch.int64, device=device)
    wanted = labels if recipe.model.conditional else None
    drawn = outputs_of(pair.generator, lambda: pair.generator(noise, wanted))
    seen = outputs_of(
        pair.discriminator,
        lambda: pair.discriminator(torch.zeros(case.batch, 1, *shape[1:], device=device), wanted),
    )
    larger = recipe.training.generator_batch_size or case.batch
    # the discriminator sees real and generated ones, and then what the generator is taught by
    activations = drawn * (1 + larger // case.batch) + seen * (2 + larger // case.batch)

    def take(steps: int) -> None:
        for _ in range(steps):
            if replayed is None:
                one_step(pair, recipe, shown, position, nothing, whole)
                continue
            assert replayed(position.step, whole), "the step was not captured"
            position.step += 1
        if replayed is not None:
            replayed.take()
        wait(device)

    seconds = (lambda: replayed.seconds) if replayed is not None else (lambda: 0.0)
    parameters = count_parameters(pair.generator) + count_parameters(pair.discriminator)
    return Contender(take, seconds, parameters, activations)


def outputs_of(net: nn.Module, run: Callable[[], Any]) -> int:
    """Return how many values the layers of a net give."""
    values = 0

    def count(_module: nn.Module, _given: Any, out: Any) -> None:
        nonlocal values
        values += out.numel() if isinstance(out, torch.Tensor) else 0

    leaves = [one for one in net.modules() if not list(one.children())]
    hooks = [one.register_forward_hook(count) for one in leaves]
    was_training = net.training
    with torch.no_grad():
        net.eval()
        run()
    net.train(was_training)
    for hook in hooks:
        hook.remove()
    return values


def measure(
    case: Case, precision: str, device: str, rounds: int, steps: int, limits: dict[str, float]
) -> dict[str, Any]:
    """Return the row of one case in one number format."""
    make = generator if case.family in ("dcgan", "small") else classifier
    ways = {"ordinary": make(case, precision, False, device)}
    with FlopCounterMode(display=False) as counter:
        ways["ordinary"].take(1)
    operations = counter.get_total_flops()
    ways["captured"] = make(case, precision, True, device)
    each = {"ordinary": max(1, steps // 4), "captured": steps}
    for name, one in ways.items():
        one.take(3 if name == "ordinary" else 5)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, one in ways.items():
            before = one.capture_seconds()
            started = time.perf_counter()
            one.take(each[name])
            spent = time.perf_counter() - started - (one.capture_seconds() - before)
            found[name].append(1e3 * spent / each[name])
    medians = {name: statistics.median(times) for name, times in found.items()}
    one = ways["ordinary"]
    size = 4 if precision == "float32" else 2
    moved = 6 * 4 * one.parameters + 2 * size * one.activations
    floor = {"operations_ms": 1e3 * operations / limits[precision],
             "bytes_ms": 1e3 * moved / limits["bytes"]}  # fmt: skip
    return {
        **case._asdict(), "precision": precision, "ms": medians, "rounds": found,
        "images_a_second": {name: 1e3 * case.batch / ms for name, ms in medians.items()},
        "ratio": medians["ordinary"] / medians["captured"],
        "capture_seconds": ways["captured"].capture_seconds(),
        "operations": operations, "bytes": moved, "floor": floor,
        "times_the_floor": medians["captured"] / max(floor.values()),
        "parameters": one.parameters,
    }  # fmt: skip


def line(name: str, row: dict[str, Any]) -> str:
    ms, images, floor = row["ms"], row["images_a_second"], max(row["floor"].values())
    return (
        f"{name:<13} {row['precision']:<9} batch {row['batch']:>5}: ordinary {ms['ordinary']:8.3f} "
        f"ms, captured {ms['captured']:8.3f} ms ({row['ratio']:.1f} x, "
        f"{images['captured']:>9,.0f} images a second, captured in {row['capture_seconds']:.2f} s)"
        f", floor {floor:.4f} ms"
    )


def tape_instead() -> None:
    """Let a recorder of the tests stand in, where there is no GPU."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    recorder = importlib.import_module("taped").TapeRecorder

    for module in (captured_step, captured_pair):
        vars(module)["GraphRecorder"] = recorder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="steps of a round, times this")
    parser.add_argument("--only", default=",".join(CASES), metavar="NAME,...")
    parser.add_argument("--smoke", action="store_true", help="next to no size, on any machine")
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu" and not options.smoke:
        parser.error("found no GPU: give --smoke to see that it runs")
    if device == "cpu":
        tape_instead()
        torch.set_num_threads(1)
    limits = ceilings(device, options.smoke)
    print(
        "measured: " + ", ".join(f"{name} {value:.4g} a second" for name, value in limits.items())
    )
    probed = probe(device)
    print(f"the probe chooses {probed['choice']}: {probed['ratio']} x as fast a convolution")
    engines = [
        Engine(device, precision, torch.get_num_threads(), backend)
        for precision in PRECISIONS
        for backend in ("torch", "cuda graph")
    ]
    result: dict[str, Any] = {
        **record_head("benchmarks/gpu_speed.py", engines),
        "benchmark": "gpu-speed",
        "unit": "milliseconds a step, median over the rounds; real images a second",
        "limits": limits,
        "probe": probed,
        "cells": [],
    }
    with Engine(device, "float32", torch.get_num_threads(), "torch").in_force():
        for name in options.only.split(","):
            case = CASES[name]
            if options.smoke:
                case = case._replace(batch=4)
            for precision in PRECISIONS:
                steps = 2 if options.smoke else max(4, round(case.steps * options.scale))
                row = measure(case, precision, device, options.rounds, steps, limits)
                print(line(name, row), flush=True)
                result["cells"].append({"name": name, **row})
                if options.json:  # as it goes: what is there is there
                    text = json.dumps(result, indent=2) + "\n"
                    options.json.write_text(text, encoding="utf-8")
                gc.collect()


if __name__ == "__main__":
    main()

"""Seconds of training to 99.0 % and to 99.5 % on MNIST.

Each line trains our fast net with Muon for so many epochs as was fixed beforehand, then reads the
test set once. Optimiser, epochs, width and rate were chosen on held-out training images
(``--validate``), where AdamW scored 0.13 points less after the same 150,000 pictures; three epochs
were run on test first, and took 13.1 s. Only steps are timed: loading, two warm-up steps on blank
images, and evaluation are outside the clock. Two pixels are cut from every side of the images:
MNIST's digits fill a 20×20 box. An image is read as the mean over itself and four shifts of it by a
pixel, which costs no training.

    python benchmarks/mnist_speed.py --seeds 3 --json records/mnist-speed.json

On a GPU (``--device cuda``) whole steps are captured and replayed. Seconds of training are without
those of the capture and those in which the images are put on the card; both are stated apart, and
so are those of the evaluation.
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from glyphlab._common.seeds import torch_rng
from glyphlab.backends import keep_freed_memory
from glyphlab.data import SymbolSet, load_symbols
from glyphlab.metrics import mean_interval
from glyphlab.models import FastNet, count_parameters, make_strategy
from glyphlab.models.strategies import Strategy
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs import record_head
from glyphlab.runs.engine import Engine
from glyphlab.training.batches import as_epoch_data
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.inference import read
from glyphlab.training.trainers.gradient.captured import reason_against_capture
from glyphlab.training.trainers.gradient.loop import fit_net


@dataclass(frozen=True)
class Setting:
    """What to train, and what it should reach."""

    goal: float
    seconds: float
    channels: int
    images: int
    training: TrainingRecipe


COMMON = {
    "batch_size": 256,
    "augment": "roll",
    "select": "last",
    "optimizer": "muon",
    "schedule": "linear",
    "learning_rate": 1e-2,
}
VIEWS = 5
SETTINGS = (
    Setting(0.990, 5.0, 16, 60_000, TrainingRecipe(epochs=1, **COMMON)),
    Setting(0.995, 12.0, 16, 60_000, TrainingRecipe(epochs=2, **COMMON)),
)
CUT = 2
SIDE = 28 - 2 * CUT


def cut(images: np.ndarray) -> np.ndarray:
    """Cut the empty border off images ``(n, 28, 28)``."""
    return np.ascontiguousarray(images[:, CUT:-CUT, CUT:-CUT])


@functools.cache
def mnist() -> SymbolSet:
    """Return MNIST, read once."""
    return load_symbols("mnist")


@dataclass(frozen=True)
class Trained:
    """One training: which scored images are right, seconds by what they went into, and sizes."""

    right: np.ndarray
    seconds: float
    capture: float
    load: float
    evaluation: float
    parameters: int
    engine: str


def run(setting: Setting, seed: int, hold_out: bool, device: str) -> Trained:
    """Train once, and read the scored images."""
    symbols = mnist()
    images, labels = cut(symbols.train.images), symbols.train.labels.reshape(-1, 1)
    test = (cut(symbols.test.images), symbols.test.labels.reshape(-1, 1))
    if hold_out:
        test = (images[50_000:], labels[50_000:])
        images, labels = images[:50_000], labels[:50_000]
    images, labels = images[: setting.images], labels[: setting.images]
    strategy = make_strategy("multihead", labels, 10)
    net = FastNet(SIDE, SIDE, 1, 10, torch_rng(seed, "init"), channels=setting.channels)
    against = reason_against_capture(net, strategy, setting.training)
    engine = engine_for(device, "auto", net, None, against)
    load = 0.0
    if device == "cuda":  # what `fit_net` does at its beginning, by itself
        started = time.perf_counter()
        as_epoch_data(images, labels, strategy, device)
        torch.cuda.synchronize()
        load = time.perf_counter() - started
    if device == "cpu" or not _WARM:  # a GPU is warm once
        _warm_up(seed, setting.channels, strategy, labels, engine)
        _WARM.add(device)
    result = fit_net(
        net,
        strategy,
        lambda _epoch: (images, labels),
        setting.training,
        seed=seed,
        engine=engine,
    )
    started = time.perf_counter()
    found = read(
        net, strategy, test[0], device=device, precision=engine.precision, views=VIEWS
    ).labels
    return Trained(
        (found == test[1])[:, 0],
        result.train_seconds - result.capture_seconds - load,
        result.capture_seconds,
        load,
        time.perf_counter() - started,
        count_parameters(net),
        str(result.engine),
    )


_WARM: set[str] = set()


def _warm_up(
    seed: int, channels: int, strategy: Strategy, labels: np.ndarray, engine: Engine
) -> None:
    """Take two steps on blank images with a net that nobody keeps."""
    warm = TrainingRecipe(epochs=1, **COMMON)
    blank = np.zeros((2 * warm.batch_size, SIDE, SIDE), np.uint8)
    spare = FastNet(SIDE, SIDE, 1, 10, torch_rng(seed, "spare"), channels=channels)
    fit_net(
        spare,
        strategy,
        lambda _epoch: (blank, labels[: len(blank)]),
        warm,
        seed=seed,
        engine=engine,
    )


def main() -> None:
    """Run every setting and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--validate", action="store_true", help="score held-out training images")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    keep_freed_memory()  # as the command line does
    rows: list[dict[str, Any]] = []
    engines: set[str] = set()
    for setting in SETTINGS:
        runs = [
            run(setting, seed, arguments.validate, arguments.device)
            for seed in range(arguments.seeds)
        ]
        interval = mean_interval(np.stack([one.right for one in runs]))
        seconds = [one.seconds for one in runs]
        engines |= {one.engine for one in runs}
        rows.append(
            {
                "goal": setting.goal,
                "goal_seconds": setting.seconds,
                "accuracy": interval.mean,
                "low": interval.low,
                "high": interval.high,
                "each_seed": [float(one.right.mean()) for one in runs],
                "train_seconds": seconds,
                "parameters": runs[0].parameters,
                "test_views": VIEWS,
                "channels": setting.channels,
                "images": setting.images,
                "epochs": setting.training.epochs,
                "seeds": arguments.seeds,
                "scored_on": "held-out training images" if arguments.validate else "test",
            }
        )
        if arguments.device == "cuda":
            rows[-1] |= {
                "engine": runs[0].engine,
                "capture_seconds": [one.capture for one in runs],
                "load_seconds": [one.load for one in runs],
                "evaluation_seconds": [one.evaluation for one in runs],
            }
        print(
            f"goal {setting.goal:.1%} in {setting.seconds:.0f} s: {interval.mean:.2%} "
            f"[{interval.low:.2%}, {interval.high:.2%}] after {np.median(seconds):.3g} s "
            f"(slowest {max(seconds):.3g} s), {runs[0].parameters:,} parameters, "
            f"n = {arguments.seeds}"
        )
    if arguments.json:
        head = record_head("benchmarks/mnist_speed.py", engines)
        document = {**head, "rows": rows}
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

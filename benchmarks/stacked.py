"""Models a second of a grid of perceptrons: ours in one stack, Keras one after another.

``python benchmarks/stacked.py [--keras-python PYTHON] [--rounds N] [--epochs N] [--json PATH]``

The grid is that of the Fashion-MNIST report: nine settings of optimiser, batch and rate, times five
seeds, 45 models; once with its 784-32-10 net (sigmoid) and once with 784-200-100-10 (ReLU). Both
sides train the same nets on the same 54,000 noise pictures and judge them on 6,000 others after
every epoch, in float32; every model has weights and an order of its own. Ours trains all 45 at
once. Keras trains one at a time with ``Model.fit`` as it comes, one model of each setting, since
seeds cost it the same; its pictures are floats already. Each side has a process of its own, and
they take turns, so that a busy machine meets both alike. Building, compiling and the first two
batches come before the clock. The figure is the median over the rounds of models a second, a model
being so many epochs as the report trained it for (5 for the first setting, 50 for the rest): what
an epoch costs is measured, and the rest is multiplied.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from contenders import answer, environment, need_keras, worker
from glyphlab.backends import reason_against

CLASSES, PIXELS, SEEDS = 10, 784, 5
TITLES = {"ours": "ours, stacked", "keras": "Keras, one by one"}


class Setting(NamedTuple):
    """One model of the report's first table."""

    optimizer: str
    rate: float
    batch: int
    epochs: int


GRID = (
    Setting("sgd", 0.01, 128, 5),
    Setting("sgd", 0.01, 128, 50),
    Setting("sgd", 0.01, 256, 50),
    Setting("sgd", 0.1, 128, 50),
    Setting("adam", 0.001, 128, 50),
    Setting("adam", 0.001, 256, 50),
    Setting("adam", 0.1, 256, 50),
    Setting("nadam", 0.001, 256, 50),
    Setting("rmsprop", 0.001, 256, 50),
)


class Net(NamedTuple):
    """Hidden units and their activation."""

    units: tuple[int, ...]
    activation: str

    @property
    def name(self) -> str:
        """Its widths, as 784-32-10."""
        return "-".join(map(str, (PIXELS, *self.units, CLASSES)))


NETS = (Net((32,), "sigmoid"), Net((200, 100), "relu"))


def pictures(count: int, seed: int) -> tuple[Any, Any]:
    """Return noise ``(n, 28, 28)`` uint8, half of it background, and labels."""
    rng = np.random.default_rng(seed)
    shape = (count, 28, 28)
    ink = rng.integers(1, 256, shape, dtype=np.uint8)
    return ink * (rng.random(shape) < 0.5), rng.integers(0, CLASSES, count)


def ours(net: Net, images: int, epochs: int) -> Callable[[], float]:
    """Return what trains the whole grid for some epochs, and says how many seconds it took."""
    from glyphlab.models import make_strategy
    from glyphlab.recipes import TrainingRecipe
    from glyphlab.training.trainers.stacked.stack import StackMember, each_of_stack

    train, checked = pictures(images, 0), pictures(images // 9, 1)
    labels = train[1][:, None]
    strategy = make_strategy("whole", labels, CLASSES)

    def member(setting: Setting, seed: int, length: int) -> StackMember:
        recipe = TrainingRecipe(
            epochs=length,
            batch_size=setting.batch,
            optimizer=setting.optimizer,
            learning_rate=setting.rate,
            schedule="constant",
            weight_decay=0.0,
            label_smoothing=0.0,
            momentum=0.0,
            augment="none",
            select="last",
            precision="float32",
        )
        layers = tuple(f"dense {units}" for units in net.units)
        return StackMember(recipe, layers, net.activation, seed=seed)

    def grid(length: int, count: int) -> float:
        members = [member(s, seed, length) for s in GRID for seed in range(SEEDS)]
        validation = (checked[0], checked[1][:, None])
        started = time.perf_counter()
        images = train[0][:count]
        for _ in each_of_stack(members, strategy, images, labels[:count], validation=validation):
            pass
        return time.perf_counter() - started

    grid(1, 2 * 256)
    return lambda: grid(epochs, images) / (len(GRID) * SEEDS * epochs)


def keras(net: Net, images: int, epochs: int) -> Callable[[], float]:
    """Return what trains one model of each setting, and says the mean seconds of an epoch."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras as k

    sets = [pictures(images, 0), pictures(images // 9, 1)]
    (x, y), checked = [
        ((p.reshape(-1, PIXELS) / np.float32(255)).astype(np.float32), labels) for p, labels in sets
    ]
    optimizers = {
        "sgd": k.optimizers.SGD, "adam": k.optimizers.Adam, "nadam": k.optimizers.Nadam,
        "rmsprop": k.optimizers.RMSprop,
    }  # fmt: skip

    def model(setting: Setting) -> Any:
        hidden = [k.layers.Dense(units, activation=net.activation) for units in net.units]
        built = k.Sequential(
            [k.layers.Input((PIXELS,)), *hidden, k.layers.Dense(CLASSES, activation="softmax")]
        )
        built.compile(
            optimizers[setting.optimizer](setting.rate),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        count = 2 * setting.batch
        few = (checked[0][:count], checked[1][:count])
        built.fit(x[:count], y[:count], setting.batch, 1, 0, validation_data=few)
        return built

    models = [(setting, model(setting)) for setting in GRID]

    def once() -> float:
        started = time.perf_counter()
        for setting, each in models:
            each.fit(x, y, setting.batch, epochs, 0, validation_data=checked)
        return (time.perf_counter() - started) / (len(GRID) * epochs)

    return once


def work(contender: str, images: int, epochs: int) -> None:
    """Answer each number of a net with the seconds of an epoch."""
    start = {"ours": ours, "keras": keras}[contender]
    ready: dict[int, Callable[[], float]] = {}

    def figure(number: int) -> float:
        if number not in ready:
            ready.clear()  # what the net before held is free before this one begins
            ready[number] = start(NETS[number], images, epochs)
        return ready[number]()

    answer(figure)


def measure(pythons: dict[str, str], rounds: int, images: int, epochs: int) -> list[dict[str, Any]]:
    """Return one row a net: models a second of each side, and the rounds behind them."""
    of_a_model = statistics.fmean(setting.epochs for setting in GRID)
    full = 54_000 / images
    sizes = ("--images", str(images), "--epochs", str(epochs))
    rows = []
    with contextlib.ExitStack() as stack:
        ask = {
            name: stack.enter_context(
                worker(TITLES[name], python, __file__, "--work", name, *sizes)
            )
            for name, python in pythons.items()
        }
        for number, net in enumerate(NETS):
            seconds: dict[str, list[float]] = {name: [] for name in ask}
            for _ in range(rounds):
                for name in ask:
                    seconds[name].append(ask[name](number) * full)
            medians = {name: statistics.median(found) for name, found in seconds.items()}
            models = {name: 1 / (of_a_model * found) for name, found in medians.items()}
            ratio = medians["keras"] / medians["ours"]
            rows.append(
                {"net": net.name, "activation": net.activation, "models_a_second": models,
                 "epoch_seconds": medians, "rounds": seconds, "ratio": ratio}
            )  # fmt: skip
            figures = "".join(f"{models[who]:>20.4f}" for who in TITLES)
            print(f"{net.name:<18}{figures}{ratio:>10.1f}x", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras-python", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=1, help="epochs measured of each model")
    parser.add_argument("--images", type=int, default=54_000, help="fewer: scaled up to 54,000")
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--work", choices=tuple(TITLES), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.images, options.epochs)
        return
    need_keras(options.keras_python)
    if reason := reason_against():
        raise SystemExit(f"there are no stacks without compiled loops: {reason}")
    pythons = {"ours": sys.executable, "keras": options.keras_python}
    titles = "".join(f"{title:>20}" for title in TITLES.values())
    print(f"{'models a second':<18}{titles}{'/ Keras':>11}")
    rows = measure(pythons, options.rounds, options.images, options.epochs)
    if options.json:
        import torch

        from glyphlab.backends import COMPILED
        from glyphlab.runs import Engine, record_head

        engine = Engine("cpu", "float32", torch.get_num_threads(), COMPILED)
        result = {
            **record_head("benchmarks/stacked.py", [engine]),
            "benchmark": "stacked",
            "unit": "models a second, from the median over the rounds of seconds an epoch",
            "models": len(GRID) * SEEDS,
            "environment": environment(pythons),
            "nets": rows,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

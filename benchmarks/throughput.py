"""Training throughput of the report's net: ours, Keras on TensorFlow, and an ordinary PyTorch loop.

``python benchmarks/throughput.py [--keras-python PYTHON] [--rounds N] [--json PATH]``

All three train the same net (three 3x3 convolutions of 32, 64 and 64 channels, two max-pools, dense
128, ten classes; float32 unless ``--precision`` says otherwise for ours) with Adam on the same
pictures at the same batch. Each lives in a process of its own, since TensorFlow and torch in one
process fight for its threads, and they take turns, ours - Keras - PyTorch, round after round, so
that a busy machine meets all three alike. Building, compiling and two batches to warm up come
before the clock. The figure is the median over the rounds of pictures a second.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
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

TITLES = {"ours": "ours", "keras": "Keras on TensorFlow", "torch": "PyTorch loop"}
CONTENDERS = tuple(TITLES)
CLASSES = 10
WARM_UP = 2


class Cell(NamedTuple):
    """One row of the table; `images` is what a round trains on."""

    height: int
    width: int
    batch: int
    images: int


CELLS = tuple(
    Cell(height, width, batch, images)
    for height, width, images in ((28, 28, 6400), (84, 28, 2560), (84, 84, 1280))
    for batch in (32, 128)
)

Data = tuple[Any, Any]
Epoch = Callable[[int], None]


def pictures(cell: Cell) -> Data:
    """Return ink-like noise ``(n, H, W)`` uint8, a fifth of it not background, and labels."""
    rng = np.random.default_rng(0)
    shape = (cell.images, cell.height, cell.width)
    ink = rng.integers(1, 256, shape, dtype=np.uint8)
    return ink * (rng.random(shape) < 0.2), rng.integers(0, CLASSES, cell.images)


def ours(cell: Cell, data: Data, precision: str) -> Epoch:
    """Return what trains on the first n pictures: the training loop of the library itself."""
    import torch

    from glyphlab.backends import keep_freed_memory
    from glyphlab.models import build_net, make_strategy
    from glyphlab.recipes import TrainingRecipe
    from glyphlab.training.engine_choice import engine_for
    from glyphlab.training.trainers.gradient.loop import fit_net

    images, labels = data
    labels = labels[:, None]
    strategy = make_strategy("multihead", labels, CLASSES)
    net = build_net(
        "triple-mnist-cnn",
        height=cell.height,
        width=cell.width,
        heads=1,
        classes=CLASSES,
        head="flat",
        generator=torch.Generator().manual_seed(0),
    )
    keep_freed_memory()  # as the command line does
    engine = engine_for("cpu", precision, net)
    settings = TrainingRecipe(
        epochs=1,
        batch_size=cell.batch,
        optimizer="adam",
        learning_rate=1e-3,
        schedule="constant",
        label_smoothing=0.0,
        augment="none",
        select="last",
    )

    def epoch(count: int) -> None:
        part = images[:count], labels[:count]
        fit_net(net, strategy, lambda _: part, settings, seed=0, engine=engine)

    return epoch


def keras(cell: Cell, data: Data, precision: str) -> Epoch:
    """Return what trains on the first n pictures: ``Model.fit`` with everything at its default."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras as k

    del precision
    images = (data[0] / np.float32(255))[..., None].astype(np.float32)
    model = k.Sequential(
        [
            k.layers.Input((cell.height, cell.width, 1)),
            k.layers.Conv2D(32, 3, activation="relu"),
            k.layers.MaxPooling2D(),
            k.layers.Conv2D(64, 3, activation="relu"),
            k.layers.MaxPooling2D(),
            k.layers.Conv2D(64, 3, activation="relu"),
            k.layers.Flatten(),
            k.layers.Dense(128, activation="relu"),
            k.layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])

    def epoch(count: int) -> None:
        model.fit(images[:count], data[1][:count], batch_size=cell.batch, epochs=1, verbose=0)

    return epoch


def torch(cell: Cell, data: Data, precision: str) -> Epoch:
    """Return what trains on the first n pictures: a Dataset, a DataLoader, the usual lines."""
    import torch as t
    from torch import nn
    from torch.utils.data import DataLoader, Dataset, Subset

    del precision

    class Pictures(Dataset[tuple[t.Tensor, int]]):
        def __len__(self) -> int:
            return cell.images

        def __getitem__(self, index: int) -> tuple[t.Tensor, int]:
            # What torchvision's ToTensor does with an array.
            image = t.from_numpy(data[0][index][..., None].transpose(2, 0, 1)).contiguous()
            return image.to(t.float32).div(255), int(data[1][index])

    rows, columns = (((side - 2) // 2 - 2) // 2 - 2 for side in (cell.height, cell.width))
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64 * rows * columns, 128),
        nn.ReLU(),
        nn.Linear(128, CLASSES),
    )
    optimizer = t.optim.Adam(net.parameters())
    criterion = nn.CrossEntropyLoss()

    def epoch(count: int) -> None:
        part = Subset(Pictures(), range(count))
        loss_sum, correct = 0.0, 0
        for x, y in DataLoader(part, batch_size=cell.batch, shuffle=True):
            optimizer.zero_grad()
            logits = net(x)
            loss = criterion(logits, y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(y)
            correct += int((logits.argmax(1) == y).sum())

    return epoch


def work(contender: str, precision: str) -> None:
    """Answer each ``[cell]`` with images a second."""
    start = {"ours": ours, "keras": keras, "torch": torch}[contender]
    ready: dict[Cell, Epoch] = {}

    def figure(words: list[int]) -> float:
        cell = Cell(*words)
        if cell not in ready:
            ready.clear()  # what the cell before held is free before this one begins
            ready[cell] = start(cell, pictures(cell), precision)
            ready[cell](WARM_UP * cell.batch)
        started = time.perf_counter()
        ready[cell](cell.images)
        return cell.images / (time.perf_counter() - started)

    answer(figure)


def measure(pythons: dict[str, str], rounds: int, precision: str) -> list[dict[str, Any]]:
    """Return one row a cell: the median and all rounds of each contender, in images a second."""
    rows = []
    with contextlib.ExitStack() as stack:
        ask = {
            name: stack.enter_context(
                worker(TITLES[name], python, __file__, "--work", name, "--precision", precision)
            )
            for name, python in pythons.items()
        }
        for cell in CELLS:
            found: dict[str, list[float]] = {name: [] for name in ask}
            for _ in range(rounds):
                for name in ask:
                    found[name].append(ask[name](cell))
            medians = {name: statistics.median(figures) for name, figures in found.items()}
            ratios = {name: medians["ours"] / medians[name] for name in medians if name != "ours"}
            rows.append(cell._asdict() | {"median": medians, "rounds": found, "ratio": ratios})
            print(line(cell, medians, ratios), flush=True)
    return rows


def line(cell: Cell, medians: dict[str, float], ratios: dict[str, float]) -> str:
    """Return a row of the table."""
    name = f"{cell.height}x{cell.width}, batch {cell.batch}"
    figures = "".join(f"{medians[who]:>21,.0f}" for who in CONTENDERS)
    return f"{name:<18}{figures}{ratios['keras']:>10.2f}x{ratios['torch']:>10.2f}x"


def header() -> str:
    """Return the first line of the table."""
    titles = "".join(f"{TITLES[who]:>21}" for who in CONTENDERS)
    return f"{'images a second':<18}{titles}{'/ Keras':>11}{'/ PyTorch':>11}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras-python", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--work", choices=CONTENDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.precision)
        return
    need_keras(options.keras_python)
    if reason := reason_against():
        print(f"ours runs without its compiled loops: {reason}")
    pythons = {"ours": sys.executable, "keras": options.keras_python, "torch": sys.executable}
    print(header())
    rows = measure(pythons, options.rounds, options.precision)
    ratios = {name: [row["ratio"][name] for row in rows] for name in ("keras", "torch")}
    means = {name: math.exp(statistics.fmean(map(math.log, r))) for name, r in ratios.items()}
    for title, figures in (
        ("geometric mean", means.values()),
        ("smallest", map(min, ratios.values())),
    ):
        print(f"{title:<81}" + "".join(f"{figure:>10.2f}x" for figure in figures))
    if options.json:
        from glyphlab.runs import record_head
        from glyphlab.training.engine_choice import engine_for

        engine = engine_for("cpu", options.precision)
        result = {
            **record_head("benchmarks/throughput.py", [engine]),
            "benchmark": "throughput",
            "unit": "images a second, median over the rounds",
            "precision": options.precision,
            "environment": environment(pythons),
            "cells": rows,
            "geometric_mean": means,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

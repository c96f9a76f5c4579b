"""Support vectors on the addition report's pairs: scikit-learn-intelex beside scikit-learn.

``python benchmarks/support_vectors.py [--data mnist] [--images N] [--rounds N] [--json PATH]``

Both fit the report's default machine (RBF, C = 1, gamma 'scale') on the same pairs of 56×28 pixels
with 19 sums, as a recipe builds it, and take turns; then both read the same test images, each by
itself and by our own matrix products, as a recipe reads them. A small fit comes before the clock.
The figure is the median of the ratios of the rounds. Numbers may differ, so the share of test
images that both read alike stands beside it. ``--full`` fits all 48,000 pairs with the accelerator
alone, and reads all test images by our products.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.models.sklearn import build_classical
from glyphlab.models.sklearn.accelerate import engine_of
from glyphlab.recipes.sklearn_settings import ClassicalSettings
from glyphlab.runs import environment
from glyphlab.tasks import Task, load_task

GOAL = 5.0
READ = 2_000
"""Test images that an engine reads by itself."""
ENGINES = {"scikit-learn": False, "scikit-learn-intelex": True}


def measured(task: Task, images: int, accelerate: bool, full: bool = False) -> dict[str, Any]:
    """Fit on the first images, read the test images, and time both."""
    pixels = task.train.images[:images].reshape(images, -1)
    test = task.test.images.reshape(len(task.test), -1)
    model = build_classical(ClassicalSettings.of("svm", accelerate=accelerate), 0)
    started = time.perf_counter()
    model.fit(pixels, task.train.labels[:images])
    fitted = time.perf_counter()
    read = model.predict(test)
    read_ours = time.perf_counter()
    found = {
        "fit_seconds": fitted - started,
        "read_by_products_seconds": read_ours - fitted,
        "accuracy": float((read == task.test.labels).mean()),
        "engine": engine_of(model),
        "read": read,
    }
    if not full:
        scaled, machine = model[:-1].transform(test[:READ]), model.steps[-1][1].estimator_
        started = time.perf_counter()
        machine.predict(scaled)
        found["read_alone_seconds"] = (time.perf_counter() - started) * len(test) / len(scaled)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist", help="source of the digits")
    parser.add_argument("--data-dir", metavar="PATH", help="folder of the datasets")
    parser.add_argument("--images", type=int, default=6_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help="all images, the accelerator alone")
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    task = load_task("addition", data=options.data, as_published=True, seed=42,
                     data_dir=options.data_dir)  # fmt: skip
    images = len(task.train) if options.full else min(options.images, len(task.train))
    engines = {"scikit-learn-intelex": True} if options.full else ENGINES
    for accelerate in engines.values():
        measured(task, 300, accelerate)
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in engines}
    for _ in range(1 if options.full else options.rounds):
        for name, accelerate in engines.items():
            rounds[name].append(measured(task, images, accelerate, options.full))
    reads = [found[0]["read"] for found in rounds.values()]
    command = f"python benchmarks/support_vectors.py --data {options.data}"
    command += " --full" if options.full else f" --images {images} --rounds {options.rounds}"
    result: dict[str, Any] = {
        "schema": 1,
        "benchmark": "support_vectors",
        "command": command,
        "env": environment(),
        "images": images,
        "pixels": int(np.prod(task.train.images.shape[1:])),
        "goal": GOAL,
        "engines": {
            name: [{key: one[key] for key in one if key != "read"} for one in found]
            for name, found in rounds.items()
        },
        "alike": float((reads[0] == reads[-1]).mean()),
    }
    for name, found in rounds.items():
        said = [f"{name:<22} accuracy {found[0]['accuracy']:.2%}"]
        for what in [key for key in found[0] if key.endswith("_seconds")]:
            middle = statistics.median(one[what] for one in found)
            said.append(f"{what.removesuffix('_seconds').replace('_', ' ')} {middle:.1f} s")
        print(", ".join(said))
    if not options.full:
        for what in ("fit", "read_alone"):
            ratios = [
                slow[f"{what}_seconds"] / fast[f"{what}_seconds"]
                for slow, fast in zip(*rounds.values(), strict=True)
            ]
            result[f"{what}_ratio"] = statistics.median(ratios)
            result[f"{what}_ratios"] = ratios
            print(f"{what.replace('_', ' ')}: {result[f'{what}_ratio']:.1f} times as fast")
        print(f"{result['alike']:.2%} of the test images are read alike; goal {GOAL:g} times")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

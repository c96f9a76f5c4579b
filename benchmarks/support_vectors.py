"""Support vectors on the addition report's pairs: scikit-learn-intelex beside scikit-learn.

``python benchmarks/support_vectors.py [--data mnist] [--images N] [--rounds N] [--json PATH]``

Both fit the report's default machine (RBF, C = 1, gamma 'scale') on the same pairs of 56×28 pixels
with 19 sums, as a recipe builds it, and take turns; then both read the same test images. A small
fit comes before the clock. The figure is the median of the ratios of the rounds. Numbers may
differ, so the share of test images that both read alike stands beside it. ``--full`` fits all
48,000 pairs with the accelerator alone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.compose import Task, load_task
from glyphlab.models.classical import ClassicalSettings, build_classical
from glyphlab.models.classical.accelerate import engine_of
from glyphlab.runs import environment

GOAL = 5.0
ENGINES = {"scikit-learn": False, "scikit-learn-intelex": True}


def fitted(task: Task, images: int, accelerate: bool) -> dict[str, Any]:
    """Fit on the first images, read the test images, and time both."""
    pixels = task.train.images[:images].reshape(images, -1)
    test = task.test.images.reshape(len(task.test), -1)
    model = build_classical(ClassicalSettings.of("svm", accelerate=accelerate), 0)
    started = time.perf_counter()
    model.fit(pixels, task.train.labels[:images])
    between = time.perf_counter()
    read = model.predict(test)
    ended = time.perf_counter()
    return {
        "fit_seconds": between - started,
        "predict_seconds": ended - between,
        "accuracy": float((read == task.test.labels).mean()),
        "engine": engine_of(model),
        "read": read,
    }


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
        fitted(task, 300, accelerate)
    rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in engines}
    for _ in range(1 if options.full else options.rounds):
        for name, accelerate in engines.items():
            rounds[name].append(fitted(task, images, accelerate))
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
        seconds = statistics.median(one["fit_seconds"] for one in found)
        reading = statistics.median(one["predict_seconds"] for one in found)
        print(f"{name:<22} fit {seconds:8.1f} s   {len(task.test):,} read in {reading:6.1f} s   "
              f"accuracy {found[0]['accuracy']:.2%}")  # fmt: skip
    if not options.full:
        for what in ("fit", "predict"):
            ratios = [
                slow[f"{what}_seconds"] / fast[f"{what}_seconds"]
                for slow, fast in zip(*rounds.values(), strict=True)
            ]
            result[f"{what}_ratio"] = statistics.median(ratios)
            result[f"{what}_ratios"] = ratios
            print(f"{what}: {result[f'{what}_ratio']:.1f} times as fast")
        print(f"{result['alike']:.2%} of the test images are read alike; goal {GOAL:g} times")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

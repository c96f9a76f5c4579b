"""Support vectors on the addition report's pairs: reading by our matrix products and by LIBSVM.

``python benchmarks/support_vectors.py [--data mnist] [--images N] [--rounds N] [--json PATH]``

The report's default machine (RBF, C = 1, gamma 'scale') is fitted on pairs of 56×28 pixels with 19
sums, as a recipe builds it; then the same test images are read by our own matrix products, as a
recipe reads them, and by scikit-learn itself, scaled from fewer images. A small fit comes before
the clock. The figure is the median of the ratios of the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from glyphlab.models.sklearn import build_classical
from glyphlab.recipes.sklearn_settings import ClassicalSettings
from glyphlab.runs import Engine, record_head
from glyphlab.tasks import Task, load_task

READ = 2_000
"""Test images that scikit-learn reads by itself."""


def measured(task: Task, images: int) -> dict[str, Any]:
    """Fit on the first images, read the test images in both ways, and time all three."""
    pixels = task.train.images[:images].reshape(images, -1)
    test = task.test.images.reshape(len(task.test), -1)
    model = build_classical(ClassicalSettings.of("svm"), 0)
    started = time.perf_counter()
    model.fit(pixels, task.train.labels[:images])
    fitted = time.perf_counter()
    read = model.predict(test)
    read_ours = time.perf_counter()
    scaled, machine = model[:-1].transform(test[:READ]), model.steps[-1][1].estimator_
    begun = time.perf_counter()
    alone = machine.predict(scaled)
    return {
        "fit_seconds": fitted - started,
        "read_by_products_seconds": read_ours - fitted,
        "read_alone_seconds": (time.perf_counter() - begun) * len(test) / len(scaled),
        "accuracy": float((read == task.test.labels).mean()),
        "alike": float((read[: len(alone)] == alone).mean()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist", help="source of the digits")
    parser.add_argument("--data-dir", metavar="PATH", help="folder of the datasets")
    parser.add_argument("--images", type=int, default=6_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    task = load_task("addition", data=options.data, as_published=True, seed=42,
                     data_dir=options.data_dir)  # fmt: skip
    images = min(options.images, len(task.train))
    measured(task, 300)
    rounds = [measured(task, images) for _ in range(options.rounds)]
    engine = Engine("cpu", "float64", torch.get_num_threads(), "scikit-learn")
    ratios = [one["read_alone_seconds"] / one["read_by_products_seconds"] for one in rounds]
    result: dict[str, Any] = {
        **record_head("benchmarks/support_vectors.py", [engine]),
        "benchmark": "support_vectors",
        "images": images,
        "pixels": int(np.prod(task.train.images.shape[1:])),
        "rounds": rounds,
        "read_ratio": statistics.median(ratios),
        "read_ratios": ratios,
    }
    for what in ("fit", "read_by_products", "read_alone"):
        middle = statistics.median(one[f"{what}_seconds"] for one in rounds)
        print(f"{what.replace('_', ' ')}: {middle:.1f} s")
    print(f"read {result['read_ratio']:.1f} times as fast, {rounds[0]['alike']:.2%} alike")
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

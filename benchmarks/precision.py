"""Whether bfloat16 reads as well as float32, and how much faster it trains.

The fast net is trained on MNIST from the same seeds in both number formats, turn by turn, and both
are scored on the same held-out training images (every sixth of each class; the test images are not
needed to choose a number format). Seconds are those of the training steps.

    python benchmarks/precision.py --seeds 5 --json records/precision.json
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np

from glyphlab._common.seeds import torch_rng
from glyphlab.backends import keep_freed_memory
from glyphlab.metrics import mean_interval, verdicts
from glyphlab.models import FastNet, make_strategy
from glyphlab.recipes import TrainingRecipe
from glyphlab.runs import record_head
from glyphlab.tasks import load_task
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.inference import read
from glyphlab.training.trainers.gradient.loop import fit_net

FORMATS = ("float32", "bfloat16")
SETTINGS = TrainingRecipe(
    epochs=2, batch_size=256, augment="roll", optimizer="muon", select="last", learning_rate=1e-2
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    keep_freed_memory()  # as the command line does
    task = load_task("single", data="mnist")
    images, labels = task.train.images, task.train.labels
    strategy = make_strategy("multihead", labels, 10)
    correct: dict[str, list[np.ndarray]] = {name: [] for name in FORMATS}
    seconds: dict[str, list[float]] = {name: [] for name in FORMATS}
    for seed in range(options.seeds):
        for name in FORMATS:
            net = FastNet(28, 28, 1, 10, torch_rng(seed, "init"))
            result = fit_net(
                net, strategy, lambda _: (images, labels), SETTINGS, seed=seed,
                engine=engine_for("cpu", name, net),
            )  # fmt: skip
            found = read(net, strategy, task.val.images, precision=name).labels
            correct[name].append((found == task.val.labels)[:, 0])
            seconds[name].append(result.train_seconds)
            print(f"seed {seed}, {name}: {correct[name][-1].mean():.2%}, {seconds[name][-1]:.1f} s")
    tables = {name: np.stack(rows) for name, rows in correct.items()}
    (test,) = verdicts(tables)
    ratio = median(seconds["float32"]) / median(seconds["bfloat16"])
    print(
        f"float32 less bfloat16: {test.difference:+.2%} [{test.low:+.2%}, {test.high:+.2%}], "
        f"{test.verdict}; bfloat16 takes 1 / {ratio:.2f} of the time, n = {options.seeds} seeds"
    )
    if options.json:
        document = {
            **record_head("benchmarks/precision.py", [engine_for("cpu", name) for name in tables]),
            "benchmark": "precision",
            "scored_on": "held-out training images",
            "rows": {name: asdict(mean_interval(table)) for name, table in tables.items()},
            "seconds": seconds,
            "speed_ratio": ratio,
            "test": asdict(test),
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

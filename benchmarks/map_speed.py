"""Seconds of one t-SNE map of the addition report's test pairs, and whether it comes out again.

``python benchmarks/map_speed.py [--data mnist] [--points N] [--threads N] [--json PATH]``

The pixels of the test images are mapped twice with one seed, as `glyphlab embed` does it, and a
small map comes before the clock. The figure is the longer of the two times; the scores of a map are
not part of it.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab.metrics.embedding_scores import embed_points
from glyphlab.runs import record_head
from glyphlab.tasks import load_task

GOAL = 90.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="mnist", help="source of the digits")
    parser.add_argument("--data-dir", metavar="PATH", help="folder of the datasets")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--perplexity", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    task = load_task("addition", data=options.data, as_published=True, seed=42,
                     data_dir=options.data_dir)  # fmt: skip
    pixels = task.test.images[: options.points].reshape(-1, task.test.images[0].size) / 255
    asked = {"perplexity": options.perplexity, "seed": 0, "threads": options.threads}
    embed_points(pixels[:2_000], **asked)
    seconds, maps = [], []
    for _ in range(2):
        started = time.perf_counter()
        maps.append(embed_points(pixels, **asked).points)
        seconds.append(time.perf_counter() - started)
    engine = f"cpu, {options.threads} threads, t-SNE"
    result: dict[str, Any] = {
        **record_head("benchmarks/map_speed.py", [engine]),
        "benchmark": "map_speed",
        "points": len(pixels),
        "dimensions": pixels.shape[1],
        "perplexity": options.perplexity,
        "threads": options.threads,
        "seconds": max(seconds),
        "each_seconds": seconds,
        "same_map": bool(np.array_equal(maps[0], maps[1])),
        "goal_seconds": GOAL,
    }
    said = "the same map twice" if result["same_map"] else "two different maps"
    print(f"{len(pixels):,} points: {max(seconds):.1f} s, {said}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

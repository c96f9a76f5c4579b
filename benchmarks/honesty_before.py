"""How often the intervals and tests of an earlier commit err in today's worlds, on record.

git worktree add --detach /tmp/before 1b74b80
python benchmarks/honesty_before.py --before /tmp/before --json records/honesty-before.json

Answers are drawn here, and judged in a process that has the other commit's package.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.simulation import World, draw_answers
from glyphlab.metrics.simulation.honest_worlds import WORLDS
from glyphlab.runs import Engine, record_head

CHOSEN = (
    "seeds vary by 3 points at 90 %",
    "glyphs used 6 times, correlation 0.5",
    "glyphs used 6 times, correlation 0.95",
    "glyphs used 20 times, correlation 0.95",
    "glyphs used 60 times, correlation 0.95",
    "780 images of 39 glyphs, 98.5 %",
    "19,998 images of 9,999 glyphs, 3 seeds",
    "skewed seeds, spreads 1:10, 3 seeds",
    "6 models, 0.5 points",
)
JUDGE = """
import sys
import numpy as np
from glyphlab.metrics import compare_pair, mean_interval
first, second, truth = (np.load(sys.argv[1])[name] for name in ("first", "second", "truth"))
better = covered = 0
for a, b in zip(first, second):
    better += compare_pair(a, b).p < 0.05
    found = mean_interval(a)
    covered += found.low <= truth <= found.high
print(int(better), int(covered))
"""


def judged(world: World, comparisons: int, before: Path) -> dict[str, Any]:
    """Return how often the first two of equal models were distinguished, and the first covered."""
    rng = numpy_rng(0, "before", world.name)
    counts = np.zeros(2, int)
    for start in range(0, comparisons, 50):
        drawn = draw_answers(world, min(50, comparisons - start), rng)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "drawn.npz")
            np.savez(path, first=drawn.equal[0], second=drawn.equal[1], truth=world.truth)
            answer = subprocess.run(
                [sys.executable, "-c", JUDGE, str(path)], check=True, capture_output=True,
                text=True, cwd=before, env={**os.environ, "PYTHONPATH": str(before / "src")},
            )  # fmt: skip
        counts += [int(word) for word in answer.stdout.split()]
    better, covered = (float(count) / comparisons for count in counts)
    return {
        "name": world.name, "items": world.items, "glyphs": world.glyphs, "seeds": world.seeds,
        "better": better, "covered": covered,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--before", type=Path, required=True, help="checkout of that commit")
    parser.add_argument("--comparisons", type=int, default=400)
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    before = options.before.resolve()
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=before, check=True, capture_output=True, text=True
    ).stdout.strip()
    rows = []
    for world in WORLDS:
        if world.name in CHOSEN:
            rows.append(judged(world, options.comparisons, before))
            print(
                f"{world.name:50} better {rows[-1]['better']:6.1%}  covered "
                f"{rows[-1]['covered']:6.1%}   {world.items:,} items of {world.glyphs:,} glyphs",
                flush=True,
            )
    document = {
        "schema": 1,
        "comparisons": options.comparisons,
        "rules_of_commit": commit,
        **record_head("benchmarks/honesty_before.py", [Engine("cpu", "float32", 1, "numpy")]),
        "worlds": rows,
    }
    if options.json is not None:
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Kill a training run with SIGKILL at random moments; every one must end in the same weights.

Each kill has a run folder of its own: a process begins to train, is killed at a random moment of
that, and ``glyphlab train`` takes the run up to its end. Weights and predictions are compared
byte for byte with those of a run that nobody disturbed. Prints one line a kill, then one JSON
document; exits 1 where a single byte differs.

    python benchmarks/kill_and_resume.py --kills 20
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RECIPE = """
[task]
per_label = 1
square = 0
[model]
channels = 4
[training]
epochs = 4
precision = "float32"
"""
CHILD = (
    "import sys; from pathlib import Path; "
    "from glyphlab.recipes import Recipe; from glyphlab.training import train; "
    "train(Recipe.from_toml(Path(sys.argv[1])), Path(sys.argv[2]), quiet=True, "
    "checkpoint_seconds=float(sys.argv[3]))"
)
COMPARED = ("model.safetensors", "predictions.npz")


def start(recipe: Path, root: Path, seconds: float, env: dict[str, str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", CHILD, str(recipe), str(root), str(seconds)]
    return subprocess.Popen(words, env=env, stderr=subprocess.DEVNULL)


def wait_for_training(process: subprocess.Popen[bytes], root: Path) -> float:
    """Return when the process took the lock of its run."""
    while process.poll() is None:
        if any(root.glob("*/lock")):
            return time.monotonic()
        time.sleep(0.002)
    raise SystemExit(f"training ended with {process.returncode} before it began")


def results(root: Path) -> dict[str, bytes]:
    (folder,) = root.iterdir()
    if not (folder / "done").exists():
        raise SystemExit(f"{folder} was not finished")
    return {name: (folder / name).read_bytes() for name in COMPARED}


def epoch_reached(root: Path) -> str:
    """Say where the checkpoint that the kill left stands."""
    from safetensors import safe_open

    paths = list(root.glob("*/checkpoint.safetensors"))
    if not paths:
        return "no checkpoint yet"
    with safe_open(paths[0], framework="np") as file:
        position = json.loads(file.metadata()["position"])
    return f"checkpoint at epoch {position['epoch']}, batch {position['batch']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="OMP_NUM_THREADS of every process")
    parser.add_argument("--checkpoint-seconds", type=float, default=0.05)
    options = parser.parse_args()
    env = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "GLYPHLAB_OFFLINE": "1"}
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = folder / "recipe.toml"
        recipe.write_text(RECIPE)
        process = start(recipe, folder / "whole", options.checkpoint_seconds, env)
        began = wait_for_training(process, folder / "whole")
        process.wait()
        length = time.monotonic() - began
        expected = results(folder / "whole")
        rows: list[dict[str, Any]] = []
        while len(rows) < options.kills:
            root = folder / f"kill-{len(rows) + 1}"
            moment = moments.uniform(0, length)
            process = start(recipe, root, options.checkpoint_seconds, env)
            began = wait_for_training(process, root)
            time.sleep(max(0.0, began + moment - time.monotonic()))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if any(root.glob("*/done")):
                length *= 0.9  # it was faster than the undisturbed run; draw an earlier moment
                shutil.rmtree(root)
                continue
            where = epoch_reached(root)
            words = [sys.executable, "-m", "glyphlab", "train", str(recipe), "--out", str(root)]
            subprocess.run([*words, "--quiet"], env=env, check=True, stdout=subprocess.DEVNULL)
            found = results(root)
            same = {name: found[name] == expected[name] for name in COMPARED}
            left = [str(path.relative_to(root)) for path in root.rglob(".*.tmp")]
            rows.append({"seconds": round(moment, 3), "left": where, **same, "unfinished": left})
            verdict = "the same bits" if all(same.values()) else "OTHER BITS"
            print(f"kill {len(rows):2d} after {moment:6.3f} s: {where}; {verdict}", flush=True)
    identical = sum(all(row[name] for name in COMPARED) for row in rows)
    document = {
        "kills": len(rows),
        "identical": identical,
        "undisturbed_seconds": round(length, 3),
        "threads": options.threads,
        "seed": options.seed,
        "rows": rows,
    }
    print(json.dumps(document, indent=2))
    raise SystemExit(0 if identical == len(rows) else 1)


if __name__ == "__main__":
    main()

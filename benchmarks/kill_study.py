"""Kill a study with SIGKILL again and again; no finished trial may be lost, none trained twice.

One study, in one folder, is begun, killed at a random moment, begun again, and so on; after the
last kill it may run to its end. What it found is compared with what a study found that nobody
disturbed: parameters, values and states of every trial, and the winner. A trial counts as lost
where the journal had it finished before a kill and has it otherwise after, and as repeated where
its run was trained again although it was finished. Prints one line a kill, then one JSON document;
exits 1 where anything was lost, repeated or different.

    python benchmarks/kill_study.py --kills 10
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STUDY = """
name = "killed"
seeds = 1
[base]
task.per_label = 1
task.square = 0
model.channels = 2
training.epochs = 3
training.batch = 32
training.augment = "none"
training.precision = "float32"
[[stages]]
name = "rate"
trials = 8
startup = 3
pruner = "median"
[stages.space]
training.rate = { low = 1e-3, high = 0.2, log = true }
training.optimizer = ["adamw", "muon", "sgd"]
[[stages]]
name = "net"
method = "grid"
[stages.space]
model.channels = [2, 4]
training.batch = [32, 64]
"""


def start(study: Path, root: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "glyphlab", "study", str(study), "--out", str(root), "--quiet"]
    return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_training(process: subprocess.Popen[bytes], root: Path) -> float:
    """Return when the process began to train, or found that all is trained."""
    while process.poll() is None:
        if any(root.glob("killed/trials/*/lock")):
            break
        time.sleep(0.002)
    return time.monotonic()


def finished(root: Path) -> dict[str, Any]:
    """Return what the journal says of the trials that have ended, by stage and number."""
    from glyphlab.study.journal import open_journal

    found: dict[str, Any] = {}
    path = root / "killed" / "journal.log"
    if path.exists():
        with open_journal(path) as journal:
            for name in journal.names():
                for trial in journal.stage(name).trials():
                    if trial.state.is_finished():
                        value = [trial.params, trial.value, trial.state.name]
                        found[f"{name}:{trial.number}"] = value
    return found


def trained(root: Path) -> dict[str, int]:
    """Return when each finished run of a trial was finished."""
    return {path.parent.name: path.stat().st_mtime_ns for path in root.glob("killed/trials/*/done")}


def outcome(root: Path) -> Any:
    document = json.loads((root / "killed" / "result.json").read_text())
    for stage in document["stages"]:
        for trial in stage["trials"]:
            del trial["seconds"]
    return [document[key] for key in ("stages", "winner", "test")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    env = {**os.environ, "OMP_NUM_THREADS": "1", "GLYPHLAB_OFFLINE": "1"}
    moments = random.Random(options.seed)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = folder / "killed.toml"
        study.write_text(STUDY)
        process = start(study, folder / "whole", env)
        began = wait_for_training(process, folder / "whole")
        if process.wait():
            raise SystemExit("the undisturbed study failed")
        length = time.monotonic() - began
        root = folder / "disturbed"
        for kill in range(options.kills):
            journal, runs = finished(root), trained(root)
            process = start(study, root, env)
            began = wait_for_training(process, root)
            # what is left is shared out evenly over the kills that are left, on average
            moment = moments.uniform(0, 2 * length / (options.kills + 1))
            time.sleep(max(0.0, began + moment - time.monotonic()))
            process.send_signal(signal.SIGKILL)
            ended = process.wait() != -signal.SIGKILL
            after, again = finished(root), trained(root)
            lost = [key for key, value in journal.items() if after.get(key) != value]
            repeated = [key for key, when in runs.items() if again.get(key) != when]
            rows.append({"seconds": round(moment, 3), "finished": len(after), "lost": lost,
                         "repeated": repeated, "ended_before": ended})  # fmt: skip
            print(
                f"kill {kill + 1:2d} after {moment:6.3f} s: {len(after)} trials finished, "
                f"{len(lost)} lost, {len(repeated)} repeated"
                f"{' (it had ended before)' if ended else ''}",
                flush=True,
            )
        journal, runs = finished(root), trained(root)
        if start(study, root, env).wait():
            raise SystemExit("the disturbed study failed")
        after, again = finished(root), trained(root)
        lost = [key for key, value in journal.items() if after.get(key) != value]
        repeated = [key for key, when in runs.items() if again.get(key) != when]
        same = outcome(root) == outcome(folder / "whole")
    document = {
        "kills": sum(not row["ended_before"] for row in rows),
        "trials": len(after),
        "lost": sum((row["lost"] for row in rows), lost),
        "repeated": sum((row["repeated"] for row in rows), repeated),
        "same_result": same,
        "undisturbed_seconds": round(length, 3),
        "seed": options.seed,
        "rows": rows,
    }
    print(json.dumps(document, indent=2))
    raise SystemExit(0 if same and not document["lost"] and not document["repeated"] else 1)


if __name__ == "__main__":
    main()

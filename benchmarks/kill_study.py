"""Kill a study with SIGKILL again and again; no finished trial may be lost, none trained twice.

A study is begun, killed at a random moment, begun again, and so on; after the last kill it may run
to its end (one that comes to its end before makes room for another). What it found is compared
with what a study found that nobody disturbed: parameters, values and states of every trial, and
the winner. A trial counts as lost where the journal had it finished before a kill and has it
otherwise after, and as repeated where its run was trained again although it was finished. Prints
one line a kill, then one JSON document; exits 1 where anything was lost, repeated or different.

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
    words = [sys.executable, "-m", "glyphlab", "search", str(study), "--out", str(root), "--quiet"]
    return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(process: subprocess.Popen[bytes], root: Path, runs: int) -> None:
    """Return when so many more runs are finished and one is being trained, or all is over."""
    wanted = len(trained(root)) + runs
    while process.poll() is None:
        if len(trained(root)) >= wanted and any(root.glob("killed/trials/*/lock")):
            return
        time.sleep(0.002)


def finished(root: Path) -> dict[str, Any]:
    """Return what the journal says of the trials that have ended, by stage and number."""
    from glyphlab.experiments.search.journal import open_journal

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


def length_of_a_run(root: Path) -> float:
    """Return the mean time between two finished runs."""
    moments = sorted(trained(root).values())
    return (moments[-1] - moments[0]) / (len(moments) - 1) / 1e9


def changed(before: tuple[dict[str, Any], dict[str, int]], root: Path) -> tuple[list[str], ...]:
    """Return the trials that were lost and the runs that were trained again since `before`."""
    journal, runs = finished(root), trained(root)
    return (
        [key for key, value in before[0].items() if journal.get(key) != value],
        [key for key, when in before[1].items() if runs.get(key) != when],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    env = {**os.environ, "OMP_NUM_THREADS": "1", "GLYPHLAB_OFFLINE": "1"}
    chance = random.Random(options.seed)
    rows: list[dict[str, Any]] = []
    outcomes: list[bool] = []
    kills = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = folder / "killed.toml"
        study.write_text(STUDY)
        if start(study, folder / "whole", env).wait():
            raise SystemExit("the undisturbed study failed")
        expected = outcome(folder / "whole")
        each = length_of_a_run(folder / "whole")
        root = folder / "disturbed-1"
        while True:
            before = finished(root), trained(root)
            process = start(study, root, env)
            if kills < options.kills:
                wait_until(process, root, chance.randrange(2))
                time.sleep(chance.uniform(0, each))
                process.send_signal(signal.SIGKILL)
            killed = process.wait() == -signal.SIGKILL
            if process.returncode and not killed:
                raise SystemExit(f"the disturbed study failed with {process.returncode}")
            kills += killed
            lost, repeated = changed(before, root)
            row = {"killed": killed, "finished": len(finished(root))}
            rows.append({**row, "lost": lost, "repeated": repeated})
            print(
                f"{f'kill {kills:2d}' if killed else 'the end'}: {row['finished']} trials "
                f"finished, {len(lost)} lost, {len(repeated)} repeated",
                flush=True,
            )
            if not killed:
                outcomes.append(outcome(root) == expected)
                if kills >= options.kills:
                    break
                root = folder / f"disturbed-{len(outcomes) + 1}"
    document = {
        "kills": kills,
        "studies": len(outcomes),
        "lost": [one for row in rows for one in row["lost"]],
        "repeated": [one for row in rows for one in row["repeated"]],
        "same_results": sum(outcomes),
        "seed": options.seed,
        "rows": rows,
    }
    print(json.dumps(document, indent=2))
    good = all(outcomes) and not document["lost"] and not document["repeated"]
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()

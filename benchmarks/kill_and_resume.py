"""Kill a command with SIGKILL at moments spread over its time; all must end in the same bytes.

Each moment has a folder of its own: the command begins there, is killed, and is given again, which
takes it to its end. Then every file of every run is compared with that of a command that nobody
disturbed, byte for byte: weights, predictions, samples, and summaries, histories and what was
printed without their times. What was finished before a kill may not be trained again. Prints one
line a kill, then one JSON document; exits 1 where a single byte differs.

    python benchmarks/kill_and_resume.py --kind generator --verb vary --kills 10
    python benchmarks/kill_and_resume.py --verb search --kills 10 --times 3
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shlex
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CLASSIFIER = """
[task]
per_label = 1
generalization_grid = 0
[model]
channels = 4
[training]
epochs = 4
precision = "float32"
"""
SCENE = "columns = 1  # a scene of one's own: its reference classifier is as small as the task"
GENERATOR = """
kind = "generator"
name = "killed"
[task]
name = "one.toml"
images = 200
generalization_grid = 0
[model]
width = 4
[training]
images = 256
epoch_images = 64
batch_size = 16
precision = "float32"
[evaluation]
samples = 100
epoch_samples = 50
"""
STUDY = {
    "classifier": """
name = "killed"
seeds = 1
[base]
task.per_label = 1
task.generalization_grid = 0
model.channels = 2
training.epochs = 3
training.batch_size = 32
training.augment = "none"
training.precision = "float32"
[[stages]]
name = "rate"
trials = 8
startup = 3
pruner = "median"
[stages.space]
training.learning_rate = { low = 1e-3, high = 0.2, log = true }
training.optimizer = ["adamw", "muon", "sgd"]
[[stages]]
name = "net"
method = "grid"
[stages.space]
model.channels = [2, 4]
training.batch_size = [32, 64]
""",
    "generator": """
name = "killed"
seeds = 1
[base]
kind = "generator"
task.name = "one.toml"
task.images = 200
model.width = 4
training.images = 128
training.epoch_images = 64
training.batch_size = 16
training.precision = "float32"
evaluation.samples = 100
evaluation.epoch_samples = 50
[[stages]]
name = "nets"
trials = 6
startup = 3
pruner = "none"
[stages.space]
model.latent = { low = 4, high = 64, log = true }
training.loss = ["relativistic", "hinge"]
""",
}
FEW = {
    "classifier": "--set task.per_label=1 --set task.generalization_grid=0 --set model.channels=2"
    " --set training.epochs=2 --set training.precision=float32",
    "generator": "--set task.images=200 --set training.images=128 --set training.epoch_images=64"
    " --set training.batch_size=16 --set training.precision=float32 --set evaluation.samples=100"
    " --set evaluation.epoch_samples=50",
}
VERBS = {
    "classifier": {
        "train": "train recipe.toml",
        "compare": f"compare triple --models sliced,aligned --seeds 2 {FEW['classifier']}",
        "vary": "vary recipe.toml training.learning_rate=0.001,0.01 --seeds 2",
        "search": "search study.toml",
        "learning-curve": "learning-curve triple --models sliced,aligned --sizes 100,400 --seeds 1 "
        "--steps 20 --per-label 1 --set model.channels=2 --set training.precision=float32",
    },
    "generator": {
        "train": "train recipe.toml",
        "compare": "compare one.toml --kind generator --models small,dense --seeds 2 "
        f"{FEW['generator']}",
        "vary": "vary recipe.toml model.latent=4,16 --seeds 2",
        "search": "search study.toml",
        "learning-curve": "learning-curve one.toml --kind generator --models small --sizes 32,100 "
        f"--seeds 2 {FEW['generator']}",
    },
}
TIMES = ("seconds", "fit_seconds", "train_seconds")
"""Keys that say how long something took."""
NOT_COMPARED = (".html", ".log", "env.json", "lock")
"""Pages show times, the journal of a search has its clock in it, the environment its moment; the
file of a lock may outlive the lock, which is the kernel's."""
FORKS = multiprocessing.get_context("forkserver")


def command(folder: str, words: list[str], checkpoint_seconds: float) -> None:
    """Run one command in a folder, as its own process does, with checkpoints in quick succession.

    The same bits are promised on the same engine, so that the precision of a reference classifier
    is not left to the measurement that a busy machine may turn.
    """
    from glyphlab.cli import main
    from glyphlab.training import precision
    from glyphlab.training.train_many import train_many

    os.chdir(folder)
    settled: Any = precision
    settled.probe = lambda device="cpu": {"device": device, "choice": "float32"}
    defaults: Any = train_many.__kwdefaults__
    defaults["checkpoint_seconds"] = checkpoint_seconds
    with Path("printed.json").open("w") as printed, Path("said.txt").open("a") as said:
        os.dup2(printed.fileno(), 1)
        os.dup2(said.fileno(), 2)
        sys.argv = ["glyphlab", *words]
        main()


class Command:
    """One command, in folders of its own."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.kind = options.kind
        self.words = [*shlex.split(VERBS[options.kind][options.verb]), "--json", "--quiet"]
        for change in options.set or ():
            self.words += ["--set", change]
        self.seconds = options.checkpoint_seconds

    def start(self, folder: Path) -> tuple[Any, float]:
        """Start it, and return the process and when it took its first lock."""
        folder.mkdir(exist_ok=True)
        recipe = CLASSIFIER if self.kind == "classifier" else GENERATOR
        (folder / "recipe.toml").write_text(recipe)
        (folder / "one.toml").write_text(SCENE)
        (folder / "study.toml").write_text(STUDY[self.kind])
        process = FORKS.Process(target=command, args=(str(folder), self.words, self.seconds))
        process.start()
        while process.is_alive() and not any((folder / "runs").rglob(".*.lock")):
            time.sleep(0.002)
        return process, time.monotonic()

    def finish(self, folder: Path) -> float:
        """Run it to its end, and return the seconds that it took from its first lock."""
        process, began = self.start(folder)
        process.join()
        if process.exitcode:
            said = (folder / "said.txt").read_text()
            raise SystemExit(f"{shlex.join(self.words)} ended with {process.exitcode}: {said}")
        return time.monotonic() - began


def without_times(content: Any) -> Any:
    if isinstance(content, dict):
        return {k: without_times(v) for k, v in content.items() if k not in TIMES}
    return [without_times(one) for one in content] if isinstance(content, list) else content


def results(folder: Path) -> dict[str, Any]:
    """Return the content of every file that a command leaves, by its path, without times."""
    found: dict[str, Any] = {}
    for path in sorted([folder / "printed.json", *(folder / "runs").rglob("*")]):
        if not path.is_file() or path.name.endswith(NOT_COMPARED):
            continue
        name = str(path.relative_to(folder))
        if path.suffix == ".json":
            found[name] = without_times(json.loads(path.read_text()))
        elif path.suffix == ".jsonl":
            rows = path.read_text().splitlines()
            found[name] = [without_times(json.loads(row)) for row in rows]
        else:
            found[name] = path.read_bytes()
    return found


def finished(folder: Path) -> dict[str, int]:
    """Return when each finished run was finished."""
    there = (folder / "runs").rglob("done")
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in there}


def checkpoints(folder: Path) -> list[str]:
    """Say where the checkpoints that a kill left stand."""
    from glyphlab.runs.tensors import read_state

    found = []
    for path in (folder / "runs").rglob("checkpoint.safetensors"):
        position = read_state(path)
        at = ", ".join(f"{k} {v}" for k, v in position.items() if k in ("epoch", "batch", "step"))
        found.append(f"{path.parent.name} at {at}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=VERBS, default="classifier")
    parser.add_argument("--verb", choices=VERBS["generator"], default="train")
    parser.add_argument("--kills", type=int, default=10, help="moments, spread over its time")
    parser.add_argument("--times", type=int, default=1, help="kills of one folder, in a row")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="OMP_NUM_THREADS of every process")
    parser.add_argument("--checkpoint-seconds", type=float, default=0.1)
    parser.add_argument("--set", action="append", help="changes a key of the recipe")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": str(options.threads), "GLYPHLAB_OFFLINE": "1"}
    FORKS.set_forkserver_preload(["glyphlab.cli", "glyphlab.training.train_many", "torch"])
    moments = random.Random(options.seed)
    tried = Command(options)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        length = tried.finish(Path(name) / "whole")
        expected = results(Path(name) / "whole")
        print(
            f"glyphlab {shlex.join(tried.words)}: {length:.1f} s, {len(expected)} files", flush=True
        )
        faster = 1.0
        while len(rows) < options.kills:
            folder = Path(name) / f"kill-{len(rows) + 1}"
            moment = faster * length * (len(rows) + moments.random()) / options.kills
            repeated, kills, left = set[str](), 0, list[str]()
            for _ in range(options.times):
                before = finished(folder)
                process, began = tried.start(folder)
                time.sleep(max(0.0, began + moment - time.monotonic()))
                process.kill()
                process.join()
                kills += process.exitcode != 0
                now = finished(folder)
                repeated |= {run for run, when in before.items() if now.get(run) != when}
                left = checkpoints(folder)
            if not kills:  # it was faster than the undisturbed one: an earlier moment
                faster *= 0.9
                shutil.rmtree(folder)
                continue
            before = finished(folder)
            tried.finish(folder)
            now, found = finished(folder), results(folder)
            repeated |= {run for run, when in before.items() if now.get(run) != when}
            names = expected.keys() | found.keys()
            differ = sorted(one for one in names if expected.get(one) != found.get(one))
            rows.append(
                {"seconds": round(moment, 3), "kills": kills, "finished": len(before),
                 "checkpoints": left, "differ": differ, "repeated": sorted(repeated)}
            )  # fmt: skip
            verdict = "the same bytes" if not differ else f"OTHER BYTES in {', '.join(differ)}"
            again = f", TRAINED AGAIN: {', '.join(sorted(repeated))}" if repeated else ""
            print(
                f"kill {len(rows):2d} after {moment:6.3f} s: {len(before)} of {len(now)} runs "
                f"finished, {'; '.join(left) or 'no checkpoint'}: {verdict}{again}",
                flush=True,
            )
    identical = sum(not row["differ"] and not row["repeated"] for row in rows)
    document = {
        "kind": options.kind,
        "verb": options.verb,
        "command": shlex.join(["glyphlab", *tried.words]),
        "kills": sum(row["kills"] for row in rows),
        "moments": len(rows),
        "identical": identical,
        "files": len(expected),
        "undisturbed_seconds": round(length, 3),
        "threads": options.threads,
        "seed": options.seed,
        "rows": rows,
    }
    print(json.dumps(document, indent=2))
    raise SystemExit(0 if identical == len(rows) else 1)


if __name__ == "__main__":
    main()

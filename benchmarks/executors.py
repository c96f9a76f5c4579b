"""Executors beside one process: throughput, what Ray costs, and two nodes that are killed.

``python benchmarks/executors.py [--only throughput,ray,kills] [--runs N] [--epochs N] [--rounds N]
[--kill-runs N] [--json PATH]``

All trainings have one thread. *throughput*: ``--runs`` trainings one after another, and by
``--workers 2``, in turns; the workers are started before the clock, as they are once a command.
*ray*: the same trainings one after another in this process and as tasks of a cluster with one
core, in turns; the share is what the tasks take longer. *kills*: a cluster of two nodes on this
machine trains ``--kill-runs`` recipes; a worker, then a node, then the process that asked are
killed, and the same command goes on. Predictions are compared byte by byte with those of one
process, and the time of every finished run with that before the command was killed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch

from glyphlab._common.process import own_process
from glyphlab.recipes import Recipe
from glyphlab.runs import Run, record_head
from glyphlab.runs.locks.lock import lock_of
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.executors.base import Serial
from glyphlab.training.executors.processes import Processes
from glyphlab.training.train_many import train_many

SMALL_STORE: dict[str, Any] = {"object_store_memory": 80 * 2**20}

FEW = 2
"""Images of a label where trainings are killed: there are many of them."""


def recipes(count: int, epochs: int, per_label: int = 10) -> list[Recipe]:
    """Return trainings that differ in their seeds."""
    task = TaskRecipe(name="triple", per_label=per_label, generalization_grid=0)
    changes = [f"training.epochs={epochs}", "training.precision=float32", "model.channels=8"]
    return [Recipe.for_model("sliced", task, seed=seed, overrides=changes) for seed in range(count)]


def seconds_of(
    asked: Sequence[Recipe], executor: AbstractContextManager[Any], warm: Sequence[Recipe]
) -> tuple[float, list[Run], Path]:
    """Return how long trainings take on an executor that is started already."""
    root = Path(tempfile.mkdtemp(prefix="glyphlab-executors-"))
    with own_process(), executor:  # as in a command
        [*train_many(warm, root / "warm", quiet=True)]  # starts processes, compiles, loads the task
        began = time.perf_counter()
        runs = [run for run in train_many(asked, root / "runs", quiet=True) if isinstance(run, Run)]
        return time.perf_counter() - began, runs, root / "runs"


def same(one: Path, other: Path) -> bool:
    """Whether all predictions of two folders are the same bytes."""
    names = sorted(run.name for run in one.iterdir() if (run / "done").exists())
    return bool(names) and all(
        (one / name / "predictions.npz").read_bytes()
        == (other / name / "predictions.npz").read_bytes()
        for name in names
    )


def throughput(options: argparse.Namespace) -> dict[str, Any]:
    """Measure two workers beside one process."""
    asked, warm = recipes(options.runs, options.epochs), recipes(2, 1)
    alone, workers, equal = [], [], True
    for _ in range(options.rounds):
        first, _, root = seconds_of(asked, Serial(1), warm)
        second, _, other = seconds_of(asked, Processes(2, threads=1), warm)
        alone.append(first)
        workers.append(second)
        equal = equal and same(root, other)
        print(f"serial {first:.1f} s, --workers 2 {second:.1f} s: {first / second:.2f} times")
    gains = [one / two for one, two in zip(alone, workers, strict=True)]
    return {
        "runs": options.runs, "serial_seconds": alone, "workers_seconds": workers,
        "gain": statistics.median(gains), "same_bytes": equal,
    }  # fmt: skip


def cluster(nodes: int) -> Any:
    """Begin a cluster of nodes of one core on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, **SMALL_STORE}
    found = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(nodes):
        found.add_node(num_cpus=1, **SMALL_STORE)
    found.wait_for_nodes()
    return found


def ray_overhead(options: argparse.Namespace) -> dict[str, Any]:
    """Measure tasks of Ray, one at a time, beside one process."""
    from glyphlab.training.executors.ray_cluster import RayCluster

    asked, warm = recipes(options.runs, options.epochs), recipes(1, 1)
    alone, tasks, equal = [], [], True
    began = time.perf_counter()
    nodes = cluster(1)
    start = time.perf_counter() - began
    try:
        for _ in range(options.rounds):
            first, runs, root = seconds_of(asked, Serial(1), warm)
            second, _, other = seconds_of(asked, RayCluster(nodes.address), warm)
            alone.append(first)
            tasks.append(second)
            equal = equal and same(root, other)
            print(f"serial {first:.1f} s, tasks of Ray {second:.1f} s: {second / first - 1:+.1%}")
    finally:
        nodes.shutdown()
    return {
        "runs": options.runs, "serial_seconds": alone, "ray_seconds": tasks,
        "seconds_a_run": statistics.median(alone) / options.runs,
        "overhead": statistics.median(two / one - 1 for one, two in zip(alone, tasks, strict=True)),
        "start_seconds": start, "same_bytes": equal, "engine": str(runs[0].summary.engine),
    }  # fmt: skip


DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[5])
from executors import FEW, recipes
from glyphlab.training.executors.ray_cluster import RayCluster
from glyphlab.training.train_many import train_many

with RayCluster(sys.argv[1]):
    asked = recipes(int(sys.argv[3]), int(sys.argv[4]), FEW)
    for run in train_many(asked, Path(sys.argv[2]), quiet=True):
        print(run.name, flush=True)
"""


def kills(options: argparse.Namespace) -> dict[str, Any]:
    """Kill a worker, a node and the process that asked, and go on."""
    from glyphlab.training.executors.ray_cluster import RayCluster

    count, epochs = options.kill_runs, max(1, options.epochs // 4)
    asked = recipes(count, epochs, FEW)
    root = Path(tempfile.mkdtemp(prefix="glyphlab-kills-"))
    with Serial(1):
        [*train_many(asked, root / "alone", quiet=True)]
    nodes = cluster(2)
    extra = nodes.add_node(num_cpus=1, **SMALL_STORE)
    nodes.wait_for_nodes()
    there = root / "cluster"
    there.mkdir()
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, nodes.address, str(there), str(count), str(epochs),
         str(Path(__file__).parent)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def done() -> dict[Path, int]:
        return {one: one.stat().st_mtime_ns for one in there.glob("*/done")}

    def held() -> int | None:
        for run in (root / "alone").iterdir():
            lock = lock_of(there / run.name)
            if (there / run.name / "metrics.jsonl").exists() and lock.exists():
                try:
                    return int(json.loads(lock.read_bytes())["pid"])
                except (OSError, ValueError, KeyError):
                    continue
        return None

    try:
        while (pid := held()) is None:
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
        while len(done()) < count // 4:
            time.sleep(0.02)
        nodes.remove_node(extra, allow_graceful=False)
        lost = time.perf_counter()
        while len(done()) < count // 2:
            time.sleep(0.02)
        after = time.perf_counter() - lost
        driver.kill()
        driver.communicate()
        before = done()
        with RayCluster(nodes.address):
            found = [*train_many(asked, there, quiet=True)]
    finally:
        nodes.shutdown()
    now = done()
    return {
        "runs": count, "finished_when_killed": len(before), "finished": len(found),
        "seconds_to_half_after_the_node": after, "same_bytes": same(root / "alone", there),
        "trained_twice": sum(now[one] != stamp for one, stamp in before.items()),
    }  # fmt: skip


PARTS = {"throughput": throughput, "ray": ray_overhead, "kills": kills}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kill-runs", type=int, default=24)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    found: dict[str, Any] = {}
    for name in options.only.split(","):
        found[name] = PARTS[name](options)
        print(name, json.dumps(found[name], indent=2), flush=True)
    if options.json:
        engine = found.get("ray", {}).get("engine", "cpu in float32, 1 thread")
        head = record_head("benchmarks/executors.py", [engine])
        document = {**head, "epochs": options.epochs, "rounds": options.rounds, **found}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

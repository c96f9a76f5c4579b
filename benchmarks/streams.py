"""Images beyond memory: seconds an image and the most memory, streamed, in shards and resident.

``python benchmarks/streams.py [--images 10000,100000,1000000] [--rounds 3,3,1] [--data SOURCE]
[--model NAME] [--resident MOST] [--json PATH]``

Each figure is of a process of its own, with one thread: building `triple` in shards, and one epoch
of training of a small net, with its validation and its test set, on images that are drawn when they
are asked for (`stream`), read from the shards (`shards`), or in memory (`resident`, up to
``--resident`` images).
Streamed and resident processes take turns. Seconds of an image are those of the training steps; the
ratio is to the resident ones of the same size, or of the largest that was resident. What a hundred
million images would take is estimated from the last two sizes: memory by a straight line, seconds
by their number. The record is written after each size; the same command measures those that are
missing.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WAYS = ("resident", "stream", "shards")
FAR = 100_000_000
CHANNELS = 8
"""Of the net: a small one, so that an image costs little beside its drawing."""


def child(way: str, images: int, data: str, model: str, folder: Path) -> dict[str, Any]:
    """Measure one way in this process."""
    import torch

    from glyphlab._common.process import own_process
    from glyphlab.recipes import Recipe
    from glyphlab.tasks import load_task
    from glyphlab.tasks.streams.drawn_images import streamed_tasks
    from glyphlab.tasks.streams.image_shards import write_shards
    from glyphlab.tasks.task_recipe import TaskRecipe
    from glyphlab.training import train

    torch.set_num_threads(1)
    began = time.perf_counter()
    found: dict[str, Any] = {}
    if way == "build":
        task = load_task("triple", data=data, images=images, stream=True, quiet=True)
        write_shards(task, folder, max(1, images // 50_000))
        found["bytes"] = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    else:
        recipe = (
            TaskRecipe(name=str(folder), generalization_grid=0)
            if way == "shards"
            else TaskRecipe(name="triple", data=data, images=images, generalization_grid=0)
        )
        changes = [
            "training.epochs=1", "training.precision=float32", "training.short_canvas=0",
            f"model.channels={CHANNELS}",
        ]  # fmt: skip
        root = folder.with_name("runs")
        with own_process(), streamed_tasks(way == "stream"):  # as in a command
            run = train(Recipe.for_model(model, recipe, overrides=changes), root, quiet=True)
        trained = round(images * 0.64)
        found |= {
            "us_an_image": 1e6 * run.summary.fit_seconds / trained,
            "engine": str(run.summary.engine),
            "accuracy": run.classifier_summary.metrics.exact_match,
        }
        shutil.rmtree(root)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    return found | {"seconds": time.perf_counter() - began, "peak_megabytes": peak}


def asked(way: str, images: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure one way in a process of its own."""
    words = ["--child", way, "--images", str(images), "--data", options.data, "--model",
             options.model, "--folder", str(folder)]  # fmt: skip
    done = subprocess.run(
        [sys.executable, __file__, *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{way} of {images:,} images failed:\n{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(images: int, rounds: int, options: argparse.Namespace) -> dict[str, Any]:
    """Return the row of one size."""
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        folder = Path(scratch) / "shards"
        built = asked("build", images, options, folder)
        ways = [way for way in WAYS if way != "resident" or images <= options.resident]
        found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                found[way].append(asked(way, images, options, folder))
    accuracies = {one["accuracy"] for of_way in found.values() for one in of_way}
    return {
        "images": images,
        "rounds": rounds,
        "build": {
            "us_an_image": 1e6 * built["seconds"] / images,
            "peak_megabytes": built["peak_megabytes"],
            "gigabytes": built["bytes"] / 1e9,
        },
        **{
            way: {
                key: statistics.median(one[key] for one in of_way)
                for key in ("us_an_image", "seconds", "peak_megabytes")
            }
            for way, of_way in found.items()
        },
        "same_accuracy": len(accuracies) == 1,
        "engine": found["stream"][0]["engine"],
    }


def estimate(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return what a hundred million images would take, from the last two sizes."""
    if len(rows) < 2:
        return None
    before, last = rows[-2:]
    far: dict[str, Any] = {"images": FAR}
    for way in ("build", "stream", "shards"):
        slope = (last[way]["peak_megabytes"] - before[way]["peak_megabytes"]) / (
            last["images"] - before["images"]
        )
        gigabytes = (last[way]["peak_megabytes"] + slope * (FAR - last["images"])) / 1e3
        share = 1.0 if way == "build" else 0.64
        hours = last[way]["us_an_image"] * FAR * share / 3.6e9
        far[way] = {"peak_gigabytes": gigabytes, "hours": hours}
    far["gigabytes_of_shards"] = last["build"]["gigabytes"] / last["images"] * FAR
    return far


def said(row: dict[str, Any]) -> str:
    """Return a row in words."""
    parts = [f"{row['images']:>11,} images: built at {row['build']['peak_megabytes']:,.0f} MB"]
    for way in WAYS:
        if way in row:
            one = row[way]
            ratio = f" ({one['ratio']:.2f} of resident)" if one.get("ratio") else ""
            memory = f"{one['peak_megabytes']:,.0f} MB"
            parts.append(f"{way} {one['us_an_image']:.1f} µs an image{ratio}, {memory}")
    return "; ".join(parts)


def measured_before(path: Path | None, head: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a record that the same benchmark began."""
    if path is None or not path.is_file():
        return []
    before = json.loads(path.read_text(encoding="utf-8"))
    if any(before.get(key) != value for key, value in head.items()):
        raise SystemExit(f"{path} was measured with other settings: move it away")
    rows: list[dict[str, Any]] = before["sizes"]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--images", default="10000,100000,1000000")
    parser.add_argument("--rounds", default="3,3,1", help="of each size, in the same order")
    parser.add_argument("--data", default="digits")
    parser.add_argument("--model", default="sliced")
    parser.add_argument("--resident", type=int, default=100_000)
    parser.add_argument("--scratch", type=Path, help="folder for shards, 7 GB a million images")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", choices=("build", *WAYS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        images = int(options.images)
        print(json.dumps(child(options.child, images, options.data, options.model, options.folder)))
        return
    sizes = [int(word) for word in options.images.split(",")]
    rounds = [int(word) for word in options.rounds.split(",")]
    if len(rounds) != len(sizes):
        parser.error(f"--rounds has {len(rounds)} numbers for {len(sizes)} sizes")
    settings = {"data": options.data, "model": options.model}
    rows = measured_before(options.json, settings)
    resident = 0.0
    for images, times in zip(sizes, rounds, strict=True):
        row = next((one for one in rows if one["images"] == images), None)
        if row is None:
            row = measure(images, times, options)
            rows.append(row)
        resident = row.get("resident", {}).get("us_an_image", resident)
        for way in ("stream", "shards"):
            row[way]["ratio"] = row[way]["us_an_image"] / resident if resident else None
        print(said(row), flush=True)
        if options.json:
            from glyphlab.runs import record_head

            head = record_head("benchmarks/streams.py", sorted({one["engine"] for one in rows}))
            document = {**head, **settings, "sizes": rows, "estimated": estimate(rows)}
            options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    far = estimate(rows)
    if far:
        print(json.dumps({"estimated": far}, indent=2))


if __name__ == "__main__":
    main()

"""How many image files a second `predict` reads after loading, and how much memory it takes.

Writes MNIST's test images as PNG files of 28×28 pixels, and reads 1,000 and then 10,000 with a
net that was trained for one epoch, each time in a process of its own: files are found, opened,
prepared (they need nothing), read, checked for what is unlike the training data, and written as
CSV. The seconds are those from the first file to the last line; loading is counted apart.

    python benchmarks/predict_files.py --pictures /tmp/files --json records/predict-files.json
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from glyphlab.cli.scoring.answer_writers import writer_of
from glyphlab.data import load_symbols
from glyphlab.data.named_images import gather
from glyphlab.runs import Run, record_head
from glyphlab.training import train
from glyphlab.training.engine_choice import engine_for
from glyphlab.training.evaluation.picture_reader import Failure, PictureReader
from handwriting import recipes

COUNTS = (1_000, 10_000)


def write_files(folder: Path, count: int) -> None:
    """Write as many test images as files, a hundred a folder."""
    images = load_symbols("mnist").test.images
    for number in range(count):
        path = folder / f"{number // 100:03d}" / f"{number:05d}.png"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[number]).save(path)


def read_files(run: Path, folder: Path, table: Path) -> dict[str, float]:
    """Read a folder in this process; return seconds and the most memory."""
    began = time.perf_counter()
    reader = PictureReader.load(Run.load(run), quiet=True)
    loaded = time.perf_counter()
    answered = 0
    found = gather([folder])
    with writer_of(reader, found.names, as_json=False, table=table) as writer:
        for batch in reader.read(found.images):
            for one in batch:
                assert not isinstance(one, Failure), one.error
                writer.add(one)
                answered += 1
    seconds = time.perf_counter() - loaded
    return {
        "files": answered,
        "loading_seconds": loaded - began,
        "seconds": seconds,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measured(run: Run, folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Read each number of files several times, a process each."""
    rows = []
    for count in COUNTS:
        files = folder / str(count)
        write_files(files, count)
        found = []
        for _ in range(rounds):
            words = [sys.executable, __file__, "--read", str(files), "--run", str(run.path),
                     "--pictures", str(folder)]  # fmt: skip
            done = subprocess.run(words, check=True, capture_output=True, text=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
        seconds = median(one["seconds"] for one in found)
        rows.append(
            {
                "files": count,
                "files_a_second": count / seconds,
                "peak_megabytes": max(one["peak_megabytes"] for one in found),
                "rounds": found,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=Path, required=True, help="where the files are written")
    parser.add_argument("--runs", type=Path, default=Path("runs"), help="where the net is")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read is not None:
        print(json.dumps(read_files(options.run, options.read, options.pictures / "answers.csv")))
        return
    run = train(recipes()["single"], options.runs, quiet=True)
    PictureReader.load(run)  # what the training images are like is kept beside the run
    rows = measured(run, options.pictures, options.rounds)
    for row in rows:
        print(
            f"{row['files']:,} files: {row['files_a_second']:,.0f} a second, "
            f"{row['peak_megabytes']:.0f} MB at most"
        )
    if options.json:
        document = {
            **record_head("benchmarks/predict_files.py", [engine_for("cpu", "float32")]),
            "benchmark": "predict-files",
            "rows": rows,
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How soon the studio answers: many requests a second, thousands of runs, and the first start.

Requests come at their time, whether or not the ones before are answered, as from a classroom: most
are drawings to predict. A folder of thousands of runs is opened by a studio that has not seen it.
The first start is one with an empty cache and no network: until Draw can answer.

    python benchmarks/serve_load.py --folder /tmp/served --json records/serve.json
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import queue
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from glyphlab.data import load_symbols
from glyphlab.runs import record_head
from glyphlab.training.engine_choice import engine_for
from serve_process import Server, copies, serving, small_run

__all__ = ["first_start", "many_runs", "steady"]

AT_ONCE = 20
"""Clients that ask beside each other."""


def pictures(count: int) -> list[str]:
    """Return drawings as a page sends them: dark on white, larger than training images."""
    images = load_symbols("digits").test.images[:count]
    found = []
    for image in images:
        file = io.BytesIO()
        Image.fromarray(255 - image).resize((200, 200)).save(file, "PNG")
        found.append(base64.b64encode(file.getvalue()).decode())
    return found


def steady(server: Server, run: str, rate: float, seconds: float) -> dict[str, Any]:
    """Ask at a steady rate; return percentiles of the time from when each was due."""
    drawings = pictures(50)
    due: queue.Queue[tuple[float, int] | None] = queue.Queue()
    times: list[float] = []
    errors: list[str] = []
    lock = threading.Lock()

    def client() -> None:
        connection = server.connection()
        while (one := due.get()) is not None:
            at, number = one
            time.sleep(max(0.0, at - time.perf_counter()))
            if number % 10 == 9:
                asked = server.ask(connection, "GET", "/api/runs")
            else:
                drawing = drawings[number % len(drawings)]
                body = json.dumps({"run": run, "pictures": [drawing]}).encode()
                asked = server.ask(connection, "POST", "/api/predict", body, "application/json")
            with lock:
                times.append(time.perf_counter() - at)
                if asked[0] != 200:
                    errors.append(f"{asked[0]} {asked[1][:200].decode('utf-8', 'replace')}")
        connection.close()

    began = time.perf_counter() + 0.5
    for number in range(int(rate * seconds)):
        due.put((began + number / rate, number))
    threads = [threading.Thread(target=client) for _ in range(AT_ONCE)]
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ends = np.percentile(np.array(times) * 1000, [50, 90, 99, 100])
    return {
        "requests": len(times),
        "a_second": rate,
        "milliseconds": dict(zip(("p50", "p90", "p99", "most"), map(float, ends), strict=True)),
        "errors": errors,
        "megabytes": server.megabytes(),
    }


def many_runs(server: Server, count: int) -> dict[str, Any]:
    """Open the list of runs for the first time, and once more."""
    connection = server.connection()
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        status, _ = server.ask(connection, "GET", "/runs")
        assert status == 200
        status, found = server.ask(connection, "GET", "/api/runs")
        seconds.append(time.perf_counter() - began)
        assert len(json.loads(found)["runs"]) == count
    return {"runs": count, "started": server.seconds, "first": seconds[0], "again": seconds[1]}


def first_start(folder: Path) -> dict[str, Any]:
    """Start with an empty cache and no network; return the seconds until a drawing is answered."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "runs").mkdir(parents=True)
    env = {"XDG_CACHE_HOME": str(folder / "cache"), "GLYPHLAB_OFFLINE": "1"}
    began = time.perf_counter()
    with serving(folder / "runs", "--quiet", env=env) as server:
        (run,) = (one.name for one in (folder / "cache" / "glyphlab" / "studio").iterdir()
                  if one.is_dir())  # fmt: skip
        body = json.dumps({"run": run, "pictures": pictures(1)}).encode()
        status, found = server.ask(
            server.connection(), "POST", "/api/predict", body, "application/json"
        )
        seconds = time.perf_counter() - began
    assert status == 200, found
    return {"seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where runs are made")
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, default=3_000)
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    run = small_run(options.folder / "source")
    copies(run, options.folder / "many", options.runs)
    found: dict[str, Any] = {"first_start": first_start(options.folder / "first")}
    with serving(options.folder / "many", "--quiet") as server:
        found["many_runs"] = many_runs(server, options.runs)
    with serving(options.folder / "source", "--quiet") as server:
        warm = json.dumps({"run": run.name, "pictures": pictures(1)}).encode()
        server.ask(server.connection(), "POST", "/api/predict", warm, "application/json")
        found["steady"] = steady(server, run.name, options.rate, options.seconds)
    print(json.dumps(found, indent=1))
    if options.json:
        document = {
            **record_head("benchmarks/serve_load.py", [engine_for("cpu", "float32")]),
            "benchmark": "serve",
            **found,
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""A studio in a process of its own, over folders that are made for a benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training import train

__all__ = ["Server", "copies", "serving", "small_run"]

TRAINING = {"epochs": 5, "precision": "float32", "augment": "none", "batch_size": 32}


@dataclass(frozen=True)
class Server:
    """A studio that listens.

    Attributes
    ----------
    process : subprocess.Popen
    host, token : str
    seconds : float
        From the start of its process to its address.
    """

    process: subprocess.Popen[str]
    host: str
    token: str
    seconds: float

    def connection(self) -> HTTPConnection:
        """Return a connection."""
        return HTTPConnection(self.host, timeout=120)

    def ask(
        self,
        connection: HTTPConnection,
        method: str,
        path: str,
        body: bytes | None = None,
        media: str | None = None,
    ) -> tuple[int, bytes]:
        """Return status and body of an answer; of a stream what comes at once."""
        headers = {"authorization": f"Bearer {self.token}"}
        if media is not None:
            headers["content-type"] = media
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if str(answer.getheader("content-type", "")).startswith("text/event-stream"):
            found = answer.read1(1 << 16)
            connection.close()
            return answer.status, found
        return answer.status, answer.read()

    def megabytes(self) -> float:
        """Return the memory that the process holds now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS in /proc: this benchmark needs Linux")


@contextlib.contextmanager
def serving(root: Path, *words: str, env: dict[str, str] | None = None) -> Iterator[Server]:
    """Start ``glyphlab serve`` of a folder, and end it when the block ends."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "glyphlab", "serve", str(root), "--no-browser", *words],
        stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        parts = urlsplit(process.stdout.readline().strip())
        seconds = time.perf_counter() - began
        yield Server(process, parts.netloc, parts.query.removeprefix("token="), seconds)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def small_run(root: Path) -> Run:
    """Return a run of single embedded digits, trained now where it is not there."""
    recipe = Recipe.from_mapping(
        {
            "name": "small",
            "task": {"name": "single", "generalization_grid": 0},
            "model": {"strategy": "multihead", "channels": 8},
            "training": TRAINING,
        }
    )
    return train(recipe, root, quiet=True)


def copies(run: Run, root: Path, count: int) -> None:
    """Make a folder of runs of 20 models with several seeds: one run, under many names."""
    recipe: dict[str, Any] = json.loads((run.path / "recipe.json").read_text("utf-8"))
    summary: dict[str, Any] = json.loads((run.path / "summary.json").read_text("utf-8"))
    for number in range(count):
        model, seed = f"model{number % 20}", number // 20
        folder = root / f"single-{model}-s{seed}-{number:08x}"
        if folder.exists():
            continue
        shutil.copytree(run.path, folder)
        for name, content in (("recipe", recipe), ("summary", summary)):
            own = {"name": model if name == "recipe" else folder.name, "seed": seed}
            more = {"model": model} if name == "summary" else {}
            text = json.dumps({**content, **own, **more})
            (folder / f"{name}.json").write_text(text, "utf-8")

"""Send a signal to a training at random moments, start-up included; each must end it politely.

Every moment has a process of its own, ``python -m glyphlab train``, and a folder of its own. It
must exit with 130 after one line, and the same command must then end in the bytes of a training
that nobody disturbed, with nothing left over. Moments are spread from the start of the process to
its end; while Python itself still starts, no line of ours has run, so that the earliest moment is
the one at which the signal is first heard.

    python benchmarks/signals.py --record records/signals.json
    python benchmarks/signals.py --moments 1
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# before NumPy and PyTorch are imported: forked processes must have no threads to lose
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GLYPHLAB_OFFLINE": "1"}

from faults.commands import prepare
from faults.record import put_on_record
from faults.spread import tried
from faults.trial import environment_of_ours, found_in, left_over, preload, run
from glyphlab._common.progress import shown_notes
from glyphlab._common.seeds import seed_for
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment

SIGNALS = ("TERM", "HUP", "INT")
EPOCHS = 200
"""Of the training: as long as starting the program, so that half of the moments are in it."""
SECONDS = 20
"""Within which a process must have ended after its signal."""
AGAIN = 20
"""Tries to hit a process before its end, which may come sooner than that of the measured one."""


class Training:
    """A short training, undisturbed at first."""

    def __init__(self, root: Path, seed: int, epochs: int) -> None:
        self.root, self.seed, self.clean = root, seed, root / "clean"
        self.words = ["train", "recipe.toml", "--out", "out", "--set", f"training.epochs={epochs}"]
        prepare(self.clean)
        shutil.copytree(self.clean, root / "warm")
        preload(root / "warm", self.words)
        whole = root / "whole"
        shutil.copytree(self.clean, whole)
        self.length = 0.0
        began = time.monotonic()
        process = self._start(whole)
        _, said = process.communicate()
        self.length = time.monotonic() - began
        if process.returncode:
            sys.exit(f"the training fails undisturbed with {process.returncode}: {said}")
        self.expected = found_in(whole)

    def _start(self, folder: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "glyphlab", *self.words], cwd=folder, text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment_of_ours(),
        )  # fmt: skip

    def interrupted(self, point: str, worker: int) -> dict[str, Any]:
        """Send one signal, give the command again, and return what became of both."""
        name, number, of = point.split()
        chance = random.Random(seed_for(self.seed, "signals", name, int(number)))
        share, shorter = (int(number) + chance.random()) / int(of), 1.0
        place = self.root / f"worker-{worker}"
        for _ in range(AGAIN):
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(self.clean, place)
            came = self._hit(place, name, share * self.length * shorter)
            if came["code"] or came["wrong"]:
                break
            shorter *= 0.8  # it had ended before
        came["checkpoint"] = any(place.rglob("checkpoint.safetensors"))
        came["wrong"] += self._resumed(place)
        return came

    def _hit(self, place: Path, name: str, moment: float) -> dict[str, Any]:
        number = getattr(signal, f"SIG{name}")
        began = time.monotonic()
        process = self._start(place)
        time.sleep(moment)
        earliest = False
        while process.poll() is None and not _hears(process.pid):
            earliest = True
            time.sleep(0.0005)
        process.send_signal(number)
        sent = time.monotonic()
        wrong = []
        try:
            _, said = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            _, said = process.communicate()
            wrong.append(f"did not end in {SECONDS} s")
        lines = [line for line in said.splitlines() if not line.startswith(("note", "warning"))]
        if process.returncode not in (0, 130):
            wrong.append(f"exit {process.returncode}: {' | '.join(lines)[-300:]}")
        elif process.returncode == 130 and (len(lines) != 1 or "interrupted" not in lines[0]):
            wrong.append(f"said {' | '.join(lines)[-300:]}")
        return {
            "code": process.returncode, "second": round(sent - began, 3), "earliest": earliest,
            "took": round(time.monotonic() - sent, 3), "wrong": wrong,
        }  # fmt: skip

    def _resumed(self, place: Path) -> list[str]:
        again = run(place, self.words)
        if again.code:
            return [f"the same command ends with {again.code}: {again.said[-300:]}"]
        now, rest = found_in(place), left_over(place)
        other = sorted(n for n in {*now, *self.expected} if now.get(n) != self.expected.get(n))
        return [
            *(f"{name} is different" for name in other[:3]),
            *(f"{one} is left" for one in rest),
        ]


def _hears(pid: int) -> bool:
    """Whether a process has a handler for SIGHUP, the last that it sets."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = re.search(r"^SigCgt:\s*(\w+)", status, re.MULTILINE)
    return bool(caught and int(caught[1], 16) >> (signal.SIGHUP - 1) & 1)


def main() -> None:
    """Try the signals, print and keep what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--moments", type=int, default=60, help="of each signal")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="of the training")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--note", help="kept in the record, such as what else was running")
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    asked = parser.parse_args()
    for name in SIGNALS:  # a shell lets its background jobs ignore some, and they theirs
        signal.signal(getattr(signal, f"SIG{name}"), signal.SIG_DFL)
    import torch

    torch.set_num_threads(1)
    env = environment()
    kept = asked.record and asked.record.with_suffix(".jsonl.tmp")
    plan = [f"{name} {n} {asked.moments}" for n in range(asked.moments) for name in SIGNALS]
    with tempfile.TemporaryDirectory(prefix="signals-") as temporary, shown_notes():
        training = Training(Path(temporary), asked.seed, asked.epochs)
        found = tried(
            plan, training.interrupted, title="signals", workers=asked.workers, kept=kept,
            key=f"{commit_of(env)} {asked.seed} {asked.epochs}",
        )  # fmt: skip
    wrong = {point: came["wrong"] for point, came in found.items() if came["wrong"]}
    content = {
        "training": shlex.join(["glyphlab", *training.words]), "seconds": round(training.length, 2),
        "moments": dict(collections.Counter(point.split()[0] for point in found)),
        "exits": {str(k): n for k, n in collections.Counter(
            came["code"] for came in found.values()).items()},
        "at_the_earliest": sum(came["earliest"] for came in found.values()),
        "with_a_checkpoint": sum(came["checkpoint"] for came in found.values()),
        "slowest_end": max(came["took"] for came in found.values()),
        "faults": len(wrong), "examples": dict([*wrong.items()][:10]),
        "rows": found, "workers": asked.workers, "seed": asked.seed,
    }  # fmt: skip
    put_on_record("benchmarks/signals.py", content, record=asked.record, note=asked.note, kept=kept)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

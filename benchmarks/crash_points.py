"""Let every file operation of a command fail, one at a time, and run the same command again.

For each command the operations of an undisturbed run are counted. Then, at every one of them, a
forked process is killed, and another one is torn off within the write, or told that the disk is
full, broken or read-only, that the call was interrupted, or that no more files can be opened, in
turns. Where it lives it must end with one line. The same command again must then end well, with
the result of the undisturbed run to the last byte, with every run that was finished before left as
it was, and with nothing left over.

What was tried is kept beside the record while it goes on; the same command takes it up.

    python benchmarks/crash_points.py --record records/crash-points.json
    python benchmarks/crash_points.py --commands train --every 10
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# before NumPy and PyTorch are imported: forked processes must have no threads to lose
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GLYPHLAB_OFFLINE": "1"}

from faults.commands import COMMANDS, prepare
from faults.file_layer import ERRORS
from faults.record import put_on_record
from faults.spread import tried
from faults.trial import KINDS, found_in, judged, left_over, preload, run
from glyphlab._common.errors import UnknownName, look_up
from glyphlab._common.progress import shown_notes
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment


def points(operations: Sequence[str], every: int) -> Iterator[str]:
    """Yield how and where to fail, as ``kill 12``: a kill at each, and another way in turns."""
    turn = 0
    for number, operation in enumerate(operations, 1):
        if number % every:
            continue
        yield f"kill {number}"
        others = ("tear", *ERRORS) if operation.startswith(("write", "pwrite")) else ERRORS
        yield f"{others[turn % len(others)]} {number}"
        turn += 1


class Command:
    """One command, counted undisturbed and ready to be disturbed.

    Attributes
    ----------
    operations : list of str
        Of the undisturbed run, in their order.
    """

    def __init__(self, name: str, root: Path) -> None:
        self.words, self.root = COMMANDS[name], root
        self.clean, whole = root / "clean", root / "whole"
        prepare(self.clean)
        shutil.copytree(self.clean, root / "warm")
        preload(root / "warm", self.words)
        shutil.copytree(self.clean, whole)
        began = time.monotonic()
        ended = run(whole, self.words, "count")
        self.seconds = time.monotonic() - began
        if ended.code or left_over(whole):
            sys.exit(f"{name} ends undisturbed with {ended.code}: {ended.said} {left_over(whole)}")
        self.expected = found_in(whole)
        self.operations = ended.log.splitlines()

    def tried(self, point: str, worker: int) -> dict[str, str]:
        """Try one point in the folder of a worker, and return what was wrong."""
        mode, at = point.split()
        place = self.root / f"worker-{worker}"
        shutil.copytree(self.clean, place)
        try:
            return judged(place, self.words, mode, int(at), self.expected)
        finally:
            shutil.rmtree(place)


def row_of(name: str, asked: argparse.Namespace, kept: Path | None, commit: str) -> dict[str, Any]:
    """Fail at every operation of one command; return its row of the record."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-", dir=_fast_folder()) as temporary:
        command = Command(name, Path(temporary))
        plan = [*points(command.operations, asked.every)][: asked.most]
        of = json.dumps([commit, command.words, len(command.operations)])
        found = tried(
            plan, command.tried, title=name, workers=asked.workers, kept=kept,
            key=hashlib.sha256(of.encode()).hexdigest()[:12],
        )  # fmt: skip
    faults = collections.Counter(kind for wrong in found.values() for kind in wrong)
    examples = [
        f"{point} ({command.operations[int(point.split()[1]) - 1]}): {kind}: {said}"
        for point, wrong in found.items()
        for kind, said in wrong.items()
    ]
    return {
        "command": shlex.join(["glyphlab", *command.words]),
        "operations": len(command.operations),
        "points": len(found),
        "modes": dict(sorted(collections.Counter(point.split()[0] for point in found).items())),
        **{kind: faults[kind] for kind in KINDS},
        "undisturbed_seconds": round(command.seconds, 2),
        "seconds": round(time.monotonic() - began, 1),
        "examples": examples[:10],
    }


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def main() -> None:
    """Try the commands, print and keep what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--commands", default=",".join(COMMANDS))
    parser.add_argument("--every", type=int, default=1, help="only every N-th operation")
    parser.add_argument("--most", type=int, help="only the first N points of each command")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--note", help="kept in the record, such as what else was running")
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    asked = parser.parse_args()
    names = asked.commands.split(",")
    try:
        for name in names:
            look_up("command", name, COMMANDS)
    except UnknownName as error:
        parser.error(str(error))
    import torch

    torch.set_num_threads(1)
    env = environment()  # asks git once, and not in every process
    kept = asked.record and asked.record.with_suffix(".jsonl.tmp")
    with shown_notes():
        rows = [row_of(name, asked, kept, commit_of(env)) for name in names]
    content = {
        "points": sum(row["points"] for row in rows),
        "faults": sum(row[kind] for row in rows for kind in KINDS),
        "commands": rows, "workers": asked.workers,
    }  # fmt: skip
    put_on_record(
        "benchmarks/crash_points.py", content, record=asked.record, note=asked.note, kept=kept
    )
    sys.exit(1 if content["faults"] else 0)


if __name__ == "__main__":
    main()

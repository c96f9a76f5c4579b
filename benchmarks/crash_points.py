"""Let every file operation of a command fail, one at a time, and run the same command again.

For each command the operations of an undisturbed run are counted. Then, for every one of them, the
command runs in a forked process that is killed there, killed in the middle of a write, or told that
the disk is full, read-only or broken, or that no file can be opened. It must end with one line. The
same command again must then end well, with the result of the undisturbed run to the last byte, with
every file that was finished before left as it was, and with nothing left over.

    python benchmarks/crash_points.py --record records/crash-points.json
    python benchmarks/crash_points.py --commands train --every 10
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from faults.commands import COMMANDS, prepare
from faults.file_layer import ERRORS, FileLayer
from glyphlab._common.files import write_json
from glyphlab._common.progress import progress
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment

SECONDS = 120
CACHE = ".glyphlab-digest.json"
"""What a source's folder keeps of its own digest: made anew whenever it is not there."""
CHANGES_EACH_TIME = ("env.json", "summary.json", "study.json", "result.json", "journal.log")
"""Documents with times in them: compared by what else they hold."""
TIMES = ("seconds", "fit_seconds", "date", "time", "when", "pid", "host")


@dataclass
class Result:
    """What became of one command."""

    command: str
    operations: int = 0
    points: int = 0
    seconds: float = 0.0
    modes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    half_written: int = 0
    trained_again: int = 0
    different: int = 0
    left_over: int = 0
    tracebacks: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """Whatever should not have happened."""
        return (
            self.lost + self.half_written + self.trained_again + self.different
            + self.left_over + self.tracebacks
        )  # fmt: skip


def run(folder: Path, words: Sequence[str], layer: FileLayer | None) -> tuple[int, str]:
    """Run a command in a forked process; return its exit code and what it said."""
    said = folder.parent / "said"
    pid = os.fork()
    if pid == 0:
        handle = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        os.chdir(folder)
        sys.argv = ["glyphlab", *words, *([] if words[0] == "data" else ["--quiet"])]
        if layer is not None:
            layer.install()
        code = 70
        try:
            from glyphlab.cli import main

            main()
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            if layer is not None and layer.mode == "count":
                (folder.parent / "operations").write_text("\n".join(layer.operations))
            os._exit(code)
    began = time.monotonic()
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() - began > SECONDS:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(status)
    return code, said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""


def found_in(folder: Path) -> dict[str, str]:
    """Return a digest of every file of a result, without the times in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and path.name != CACHE:
            found[name] = hashlib.sha256(_settled(path)).hexdigest()[:16]
    return found


def _settled(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix in (".html", ".log"):
        return b""  # pages and journals carry times in their text; that they are there is enough
    if path.suffix not in (".json", ".jsonl"):
        return content
    try:
        documents = (
            [json.loads(line) for line in content.splitlines()]
            if (path.suffix == ".jsonl")
            else [json.loads(content)]
        )
    except ValueError:
        return content
    return json.dumps([_without_times(one) for one in documents], sort_keys=True).encode()


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_times(inner)
            for key, inner in value.items()
            if not any(word in key for word in TIMES)
        }
    return [_without_times(one) for one in value] if isinstance(value, list) else value


def finished(folder: Path) -> dict[str, tuple[int, int]]:
    """Return inode and time of every file of a finished run."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for done in folder.rglob("done")
        for path in done.parent.iterdir()
        if path.is_file()
    }


def left_over(folder: Path) -> list[str]:
    """Return temporary files and folders."""
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name.endswith((".tmp", ".lock")) or path.name == "checkpoint.safetensors"
    ]


def points(operations: Sequence[str], every: int) -> Iterator[tuple[str, int]]:
    """Yield how and where to fail: killed at each, torn at each write, one error at each."""
    for number, operation in enumerate(operations, 1):
        if number % every:
            continue
        yield "kill", number
        if operation.startswith(("write", "pwrite")):
            yield "tear", number
        yield ERRORS[number % len(ERRORS)], number


def try_command(name: str, every: int) -> Result:
    """Fail at every operation of one command."""
    words, result = COMMANDS[name], Result(name)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-", dir=_fast_folder()) as temporary:
        root = Path(temporary)
        clean = root / "clean"
        prepare(clean)
        whole = root / "whole"
        shutil.copytree(clean, whole)
        code, said = run(whole, words, FileLayer(whole))
        if code:
            sys.exit(f"{name} fails undisturbed with {code}: {said}")
        expected = found_in(whole)
        operations = (root / "operations").read_text().splitlines()
        result.operations = len(operations)
        plan = list(points(operations, every))
        modes: collections.Counter[str] = collections.Counter()
        with progress(len(plan), name, unit="point") as bar:
            for mode, at in plan:
                place = root / "place"
                shutil.copytree(clean, place)
                faults = _at_point(place, words, mode, at, expected, result)
                if faults:
                    result.examples.append(f"{mode} at {at} ({operations[at - 1]}): {faults}")
                shutil.rmtree(place)
                modes[mode] += 1
                result.points += 1
                bar.advance()
    result.modes, result.seconds = dict(modes), time.monotonic() - began
    result.examples = result.examples[:10]
    return result


def _at_point(
    place: Path, words: Sequence[str], mode: str, at: int, expected: dict[str, str], result: Result
) -> str:
    code, said = run(place, words, FileLayer(place, mode, at))
    faults = []
    if "Traceback" in said or code == 70:
        result.tracebacks += 1
        faults.append(f"traceback: {said.strip().splitlines()[-1:]}")
    halves = [
        name for name, digest in found_in(place).items()
        if name in expected and digest != expected[name] and _is_final(name)
    ]  # fmt: skip
    if halves:
        result.half_written += 1
        faults.append(f"half-written {halves}")
    before = finished(place)
    code, said = run(place, words, None)
    if code:
        result.lost += 1
        faults.append(f"again ends with {code}: {said.strip()[-200:]}")
    after = finished(place)
    if any(after.get(path) != was for path, was in before.items()):
        result.trained_again += 1
        faults.append("a finished run was touched")
    now = found_in(place)
    wrong = sorted(
        name for name in {*now, *expected} if now.get(name) != expected.get(name)
        and name not in left_over(place)
    )  # fmt: skip
    if not code and wrong:
        result.different += 1
        faults.append(f"different {wrong[:3]}")
    if rest := left_over(place):
        result.left_over += 1
        faults.append(f"left {rest[:3]}")
    return "; ".join(faults)


def _is_final(name: str) -> bool:
    """Whether a file, once it has its name, may never be seen unfinished."""
    return not name.endswith((".jsonl", ".lock", ".log", ".tmp")) and Path(name).name not in (
        "checkpoint.safetensors", *CHANGES_EACH_TIME,
    )  # fmt: skip


def _fast_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def main() -> None:
    """Try the commands, print and keep what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--commands", default=",".join(COMMANDS))
    parser.add_argument("--every", type=int, default=1, help="only every N-th operation")
    parser.add_argument("--record", type=Path)
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    import glyphlab.cli.app
    import glyphlab.experiments.comparing  # noqa: F401  # what every fork would import again

    results = [try_command(name, asked.every) for name in asked.commands.split(",")]
    env = environment()
    document = {
        "schema": 1, "command": " ".join(["python", *sys.argv]),
        "points": sum(one.points for one in results),
        "faults": sum(one.faults for one in results),
        "commands": [asdict(one) for one in results], "commit": commit_of(env), "env": env,
    }  # fmt: skip
    print(json.dumps(document, indent=2))
    if asked.record:
        write_json(asked.record, document)
    sys.exit(1 if document["faults"] else 0)


if __name__ == "__main__":
    main()

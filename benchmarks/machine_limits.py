"""Run commands where the machine refuses something; each must say so in one line.

Real processes, from a shell: limits on file size, memory and open files, read-only and full disks,
names that are too long or not UTF-8, streams that are closed, full or read by nobody, two commands
that make one folder, and sizes that no machine has. Each must end in time with a documented exit
code, without a traceback and after one line; the same command without the limit must then end well.

    python benchmarks/machine_limits.py --record records/machine-limits.json
    python benchmarks/machine_limits.py --only stdout
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.commands import COMMANDS, prepare
from faults.record import put_on_record
from faults.spread import tried
from faults.trial import environment_of_ours, found_in, left_over
from glyphlab._common.progress import shown_notes
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment

SECONDS = 120
G = f"{shlex.quote(sys.executable)} -m glyphlab"
DONE, REFUSED, USAGE = (0,), (1,), (2,)
LONG = "x" * 300


@dataclass(frozen=True)
class Case:
    """One command line.

    Attributes
    ----------
    name, script : str
        The script is bash's; ``$G`` is ``python -m glyphlab``.
    codes : tuple of int
        Exit codes that are right.
    again : str
        A command that must end well afterwards; none where it is empty.
    quiet : bool
        What it says has nowhere to go.
    """

    name: str
    script: str
    codes: tuple[int, ...]
    again: str = ""
    quiet: bool = False


def _words(name: str) -> str:
    return shlex.join([*COMMANDS[name], *([] if name == "build" else ["--quiet"])])


def _mounted(script: str) -> str:
    """Return what runs a script where mounts are its own, and go with it."""
    return f"unshare -m bash -c {shlex.quote(script)}"


def cases() -> Iterator[Case]:
    """Yield every case."""
    for name in COMMANDS:
        words = _words(name)
        for blocks in (0, 1, 8):
            yield Case(f"file size {blocks}k: {name}", f"ulimit -f {blocks}; $G {words}",
                       DONE + REFUSED, words)  # fmt: skip
        ro = f"mkdir -p out; mount --bind out out && mount -o remount,ro,bind out && $G {words}"
        yield Case(f"read-only: {name}", _mounted(ro), (*REFUSED, 5), words)
        full = f"mkdir -p out && mount -t tmpfs -o size=24k none out && $G {words}"
        yield Case(f"full disk: {name}", _mounted(full), REFUSED, words)
    train = _words("train")
    for megabytes in (150, 300, 600, 900, 1200, 1600, 2000, 2600, 3200, 4000):
        limit = f"ulimit -v {megabytes * 1024}"
        yield Case(f"memory {megabytes} MB: train", f"{limit}; $G {train}", DONE + REFUSED, train)
        yield Case(f"memory {megabytes} MB: build", f"{limit}; $G data build triple --out big "
                   "--per-label 4", DONE + REFUSED + USAGE)  # fmt: skip
    for files in (5, 6, 7, 8, 10, 12, 16, 32):  # with 4 Python itself does not start
        yield Case(f"open files {files}: train", f"ulimit -n {files}; $G {train}",
                   DONE + REFUSED, train)  # fmt: skip
    for stream, where in (("1>&-", "closed"), (">/dev/full", "full")):
        for words in ("--help", "runs list", "data list --json", train):
            yield Case(f"stdout {where}: {words[:20]}", f"$G {words} {stream}", DONE + REFUSED)
    for stream, where in (("2>&-", "closed"), ("2>/dev/full", "full"), ("<&-", "no stdin")):
        yield Case(f"stderr {where}", f"$G {train} {stream}", DONE, quiet=True)
        yield Case(f"stderr {where}, an error", f"$G train no.toml {stream}", (*USAGE, 5),
                   quiet=True)  # fmt: skip
    yield Case("all streams closed", f"$G {train} <&- >&- 2>&-", DONE, quiet=True)
    for words in ("--help", "data list --json", "runs show RUN", "compare --help"):
        yield Case(f"broken pipe: {words}", f"$G {words} | head -c 0; exit ${{PIPESTATUS[0]}}",
                   DONE + REFUSED)  # fmt: skip
    for words in (f"runs show {LONG}", f"train {LONG}.toml", f"train recipe.toml --out {LONG}",
                  f"predict RUN {LONG}.png", f"report RUN --report {LONG}.html",
                  f"data build single --data symbols --out {LONG}", f"audit {LONG}",
                  f"data list --data-dir {LONG}", f"compare single --data {LONG}",
                  f"search {LONG}.toml", f"generate single --data symbols --reference {LONG}",
                  f"reproduce run mnist-networks --into {LONG}.json",
                  f"train recipe.toml --set task.data={LONG}",
                  f"train recipe.toml --set task.name={LONG}"):  # fmt: skip
        yield Case(f"long name: {words[:40]}", f"$G {words}", (1, 2, 5))
    for words in (r"train $'\xff.toml'", r"train recipe.toml --out $'\xff'",
                  r"predict RUN $'\xff.png'", r"audit $'\xff'",
                  r"data build single --data symbols --out $'\xff'"):  # fmt: skip
        yield Case(f"not UTF-8: {words[:40]}", f"$G {words}", (1, 2, 5))
    build = "data build single --data symbols --format"
    for form in ("folder", "npz"):
        yield Case(
            f"two builds at once: {form}",
            f"$G {build} {form} --out b & one=$!; $G {build} {form} --out b 2>second; two=$?; "
            "wait $one; one=$?; test $((one + two)) = 2 -o $((one + two)) = 0 || exit 99; "
            "test $one = 0 -o $two = 0",
            DONE,
        )
    big = "1000000000"
    for words in (f"audit triple --per-label {big}", f"data build triple --out b --per-label {big}",
                  f"compare single --data symbols --models logistic --seeds {big}",
                  f"generate single --data symbols --seeds {big}",
                  f"vary recipe.toml training.epochs=1,2 --seeds {big}",
                  f"learning-curve single --data symbols --models sliced --sizes 12 --seeds {big}",
                  f"augmentation-study symbols --seeds {big}",
                  f"reproduce run mnist-networks --scale smoke --seeds {big}",
                  f"audit addition --digits {big}", f"audit triple --images {big}0",
                  f"train recipe.toml --set task.generalization_grid={big}00",
                  f"generate single --data symbols --samples {big}000",
                  f"train recipe.toml --set model.channels={big}",
                  f"train recipe.toml --set training.restarts={big}",
                  f"train recipe.toml --set training.repeats={big}00",
                  f"learning-curve single --data symbols --models sliced --sizes {big}",
                  f"embed RUN --images {big} --threads {big} --perplexity 1e300",
                  f"generate single --data symbols --set training.batch_size={big}00",
                  f"generate single --data symbols --set model.latent={big}00",
                  f"generate single --data symbols --set model.width={big}"):  # fmt: skip
        script = f"$G {words} --quiet" if _has_quiet(words) else f"$G {words}"
        clipped = any(word in words for word in ("embed", "batch_size"))
        yield Case(f"absurd: {words[:70]}", script, (*DONE * clipped, 1, 2, 5))


def _has_quiet(words: str) -> bool:
    return words.split()[0] not in ("audit", "data", "predict", "report", "runs")


class Limits:
    """A folder with a finished run, and the results of the commands that nobody disturbed."""

    def __init__(self, root: Path, chosen: list[Case]) -> None:
        self.root, self.clean = root, root / "clean"
        prepare(self.clean)
        shutil.copytree(self.clean, root / "run")
        made = self._run("$G train recipe.toml --out runs -q", root / "run")
        if made["code"]:
            sys.exit(f"a training fails: {made['said']}")
        shutil.move(root / "run" / "runs", self.clean / "runs")
        self.name = next((self.clean / "runs").iterdir()).name
        self.by_name = {case.name: case for case in chosen}
        self.expected = {}
        for words in {case.again for case in chosen if case.again}:
            shutil.copytree(self.clean, root / "whole")
            ended = self._run(f"$G {words}", root / "whole")
            if ended["code"]:
                sys.exit(f"{words} fails undisturbed: {ended['said']}")
            self.expected[words] = found_in(root / "whole" / "out")
            shutil.rmtree(root / "whole")

    def tried(self, name: str, worker: int) -> dict[str, Any]:
        """Run one case and return what is wrong."""
        case, place = self.by_name[name], self.root / f"worker-{worker}"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.clean, place)
        script = case.script.replace("RUN", f"runs/{self.name}")
        ended = self._run(script, place)
        wrong = []
        if any(word in ended["said"] for word in ("mount:", "unshare:")):
            return {"skipped": True, "code": ended["code"], "wrong": []}
        if ended["code"] not in case.codes:
            wrong.append(f"exit {ended['code']}, expected {case.codes}: {ended['said'][-300:]}")
        if "Traceback" in ended["said"]:
            wrong.append(f"traceback: {ended['said'][-300:]}")
        lines = [
            line for line in ended["said"].splitlines() if not line.startswith(("note", "warning"))
        ]
        if ended["code"] and not case.quiet and not wrong:
            told = [line for line in lines if line.startswith("glyphlab: ")]
            if len(told) != 1 and "broken pipe" not in name:
                wrong.append(f"said {lines[-3:]}")
        done = not ended["code"] and case.again.startswith("data build")  # and is not built again
        if done and found_in(place / "out") != self.expected[case.again]:
            wrong.append("ends with another result")
        if case.again and not done:
            again = self._run(f"$G {case.again}", place)
            if again["code"]:
                wrong.append(f"again ends with {again['code']}: {again['said'][-300:]}")
            elif found_in(place / "out") != self.expected[case.again]:
                wrong.append("again ends with another result")
            if rest := left_over(place):
                wrong.append(f"left {rest[:3]}")
        return {"code": ended["code"], "seconds": ended["seconds"],
                "said": lines[-1][:200] if lines else "", "wrong": wrong}  # fmt: skip

    @staticmethod
    def _run(script: str, place: Path) -> dict[str, Any]:
        began = time.monotonic()
        words = ["timeout", "-k", "5", str(SECONDS), "bash", "-c", script]
        env = {**environment_of_ours(), "G": G}
        ended = subprocess.run(
            words, cwd=place, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            errors="replace", check=False,
        )  # fmt: skip
        seconds = round(time.monotonic() - began, 1)
        return {"code": ended.returncode, "seconds": seconds, "said": ended.stderr}


def main() -> None:
    """Try the cases, print and keep what came of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--note", help="kept in the record, such as what else was running")
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    asked = parser.parse_args()
    chosen = [case for case in cases() if case.name.startswith(asked.only)]
    if not chosen:
        parser.error(f"no case begins with '{asked.only}'")
    env = environment()
    kept = asked.record and asked.record.with_suffix(".jsonl.tmp")
    with tempfile.TemporaryDirectory(prefix="limits-") as temporary, shown_notes():
        limits = Limits(Path(temporary), chosen)
        found = tried(
            [case.name for case in chosen], limits.tried, title="limits", workers=asked.workers,
            kept=kept, key=commit_of(env),
        )  # fmt: skip
    wrong = {name: came["wrong"] for name, came in found.items() if came["wrong"]}
    content = {
        "cases": len(found),
        "skipped": sum(bool(came.get("skipped")) for came in found.values()),
        "faults": len(wrong), "wrong": wrong, "rows": found,
        "workers": asked.workers,
    }  # fmt: skip
    put_on_record(
        "benchmarks/machine_limits.py", content, record=asked.record, note=asked.note, kept=kept
    )
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

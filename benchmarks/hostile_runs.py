"""Let every command read run folders that somebody made to do harm.

Whole runs are made by each command that trains. Then every kind of damage of `faults.hostile` is
done to copies of them, and every command that takes a run, or that resumes what is in a folder,
reads these. It must end in time, with a documented exit code and without a traceback; no code may
run, nothing outside the folder may change, a page may hold no script, handler or address, and the
process may not take more than 2 GB. Every command of the command line is here, or is listed as one
that reads no run.

    python benchmarks/hostile_runs.py --record records/hostile-runs.json
    python benchmarks/hostile_runs.py --commands report,train --damages markup
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# before NumPy and PyTorch are imported: forked processes must have no threads to lose
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "GLYPHLAB_OFFLINE": "1"}

from faults.commands import COMMANDS, prepare
from faults.hostile import DAMAGES, MARKS, damage_study, runs_in
from faults.pages import wrong_in_page
from faults.record import put_on_record
from faults.spread import tried
from faults.trial import preload, run
from glyphlab._common.progress import shown_notes
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment

MEGABYTES = 2048
"""Of memory of one process; a bomb holds twice as much, and a header promises more."""
FEW = ["--set", "model.channels=2", "--set", "training.epochs=1", "--set",
       "training.precision=float32"]  # fmt: skip
GENERATOR = COMMANDS["generate"][COMMANDS["generate"].index("--set") :]
SINGLE = ["single", "--data", "symbols"]
TRAINING = {
    "train": COMMANDS["train"],
    "compare": ["compare", *SINGLE, "--models", "sliced,logistic", "--seeds", "1", *FEW],
    "vary": ["vary", "recipe.toml", "training.epochs=1,2", "--seeds", "1"],
    "learning-curve": ["learning-curve", *SINGLE, "--models", "sliced", "--sizes", "12,24",
                       "--seeds", "1", "--steps", "2", *FEW],
    "augmentation-study": ["augmentation-study", "symbols", "--sizes", "8", "--seeds", "1",
                           *GENERATOR],
    "search": ["search", "study.toml"],
    "generate": ["generate", *SINGLE, "--seeds", "1", *GENERATOR],
    "reproduce run": COMMANDS["reproduce"],
}  # fmt: skip
"""What makes runs in ``out``, and resumes or reads what is there when it is given again."""
READING = {
    "runs list": ["runs", "list", "--runs", "out"],
    "runs list --json": ["runs", "list", "--runs", "out", "--json"],
    "runs show": ["runs", "show", "RUN"],
    "runs show --json": ["runs", "show", "RUN", "--json"],
    "predict": ["predict", "RUN", "image.png"],
    "export": ["export", "RUN", "--html", "RUN.html"],
    "export --onnx": ["export", "RUN", "--onnx", "RUN.onnx"],
    "evaluate": ["evaluate", "RUN", "symbols", "--report", "page.html"],
    "embed": ["embed", "RUN", "--images", "8", "--report", "page.html"],
    "report": ["report", "RUN", "--report", "page.html"],
    "report --figures": ["report", "RUN", "--report", "page.html", "--figures", "drawn", "--csv",
                         "rows.csv", "--latex", "rows.tex", "--markdown", "rows.md"],
    "train recipe.json": ["train", "RUN/recipe.json", "--out", "other"],
    "generate --reference": ["generate", *SINGLE, "--reference", "RUN", *GENERATOR],
    "runs rm": ["runs", "rm", "RUN"],
}  # fmt: skip
"""What reads one run, each of ``out`` in turn."""
EXPORTED = ["<link>", "link href=data:,", "<script>", "<script>"]
"""What a page has that `export` wrote, which works by its own scripts: these, and no more."""
WITHOUT_A_RUN = {
    "audit", "data build", "data fetch", "data import", "data list", "doctor", "reproduce list",
    "reproduce show",
    "serve",  # which ends only when it is told to: tests/serve/test_hostile_folders.py asks it
}  # fmt: skip


def uncovered() -> set[str]:
    """Return the commands that are neither tried here nor known to read no run."""
    import typer.main

    from glyphlab.cli.app import app

    def names(command: Any, before: str = "") -> Iterator[str]:
        for name, inner in getattr(command, "commands", {}).items():
            if hasattr(inner, "commands"):
                yield from names(inner, f"{before}{name} ")
            else:
                yield before + name

    known = {*TRAINING, *WITHOUT_A_RUN, *(name.split(" -")[0] for name in READING)}
    return {*names(typer.main.get_command(app))} - known


class Hostile:
    """Whole runs of every command, and what is done to copies of them."""

    def __init__(self, root: Path, commands: list[str]) -> None:
        self.root, self.clean = root, root / "clean"
        prepare(self.clean)
        for label in (self.clean / "symbols").glob("*/1"):
            label.rename(f"{label}<img src=x onerror=glyphmark()>")
        image = next((self.clean / "symbols" / "test").rglob("*.png"))
        shutil.copy(image, self.clean / "image.png")
        (self.clean / "one.toml").write_text("columns = 1\n")
        self.made = root / "made"
        needed = {name for name in commands if name in TRAINING}
        needed |= {"train", "compare", "generate"} if {*commands} & {*READING} else set()
        for name in TRAINING:
            if name in needed:
                shutil.copytree(self.clean, self.made / name)
                preload(self.made / name, self._words(TRAINING[name]))
        for name in commands:
            if name in READING and name != "runs rm":
                place = root / "warm"
                shutil.copytree(self.made / "train", place)
                of = runs_in(place / "out")[0].relative_to(place)
                run(place, [word.replace("RUN", str(of)) for word in READING[name]])
                shutil.rmtree(place)

    @staticmethod
    def _words(words: list[str]) -> list[str]:
        return words if "--out" in words else [*words, "--out", "out"]

    def tried(self, point: str, worker: int) -> dict[str, Any]:
        """Damage the runs of one command, let a command read them, and return what is wrong."""
        name, damage, of = json.loads(point)
        home = self.root / f"worker-{worker}"
        place, victim = home / "place", home / "victim"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.made / of, place)
        victim.mkdir()
        (victim / "precious.txt").write_text("1\n2\n")
        (victim / ".precious.tmp").write_text("3\n")
        before = _kept(home)
        for path in runs_in(place / "out"):
            DAMAGES[damage](path, victim)
        for path in [*(place / "out").rglob("study.json")]:
            damage_study(path.parent, damage, victim)
        wrong: dict[str, str] = {}
        for words in self._all_words(name, place):
            wrong |= self._one(words, place)
            for path in [
                p for folder in ("out", "other") for p in (place / folder).rglob("*.html")
            ]:
                bad = wrong_in_page(path.read_text(errors="replace")) if path.is_file() else []
                if bad and not (name == "export" and bad == EXPORTED):
                    wrong["page"] = f"{path.name}: {bad[:6]}"
        if (place / "page.html").exists():
            text = (place / "page.html").read_text()
            if bad := wrong_in_page(text):
                wrong["page"] = f"page.html: {bad[:3]}"
        for path in (place / "drawn").glob("*.svg"):
            if bad := wrong_in_page(path.read_text()):
                wrong["figure"] = f"{path.name}: {bad[:3]}"
        if _kept(home) != before:
            wrong["outside"] = f"{_kept(home)} where {before} was"
        if (victim / "ran").exists():
            wrong["code"] = "a command of the folder was executed"
        return wrong

    def _all_words(self, name: str, place: Path) -> Iterator[list[str]]:
        if name in TRAINING:
            yield self._words(TRAINING[name])
            return
        if not any("RUN" in word for word in READING[name]):
            yield READING[name]
            return
        for path in runs_in(place / "out"):
            of = str(path.relative_to(place))
            yield [word.replace("RUN", of) for word in READING[name]]

    @staticmethod
    def _one(words: list[str], place: Path) -> dict[str, str]:
        ended = run(place, words, pictures=True)
        said, wrong = " | ".join(ended.lines[-2:])[-300:], {}
        command = shlex.join(words)
        if ended.code == 75:
            wrong["hung"] = command
        elif "Traceback" in ended.said or ended.code not in (0, 1, 2, 4, 5):
            wrong["end"] = f"{command}: exit {ended.code}: {said}"
        elif ended.code and not (ended.lines and ended.lines[-1].startswith("glyphlab: ")):
            wrong["said"] = f"{command}: exit {ended.code}: {said}"
        if ended.megabytes > MEGABYTES or "not enough memory" in ended.said:
            wrong["memory"] = f"{command}: {ended.megabytes} MB: {said}"
        if any(mark in ended.said for mark in MARKS if "\x1b" in mark) or "\x1b" in ended.said:
            wrong["terminal"] = f"{command}: {said!r}"
        return wrong


def _kept(home: Path) -> list[str]:
    """Return what lies beside the folder that a command works in, with its content."""
    return sorted(
        f"{path.relative_to(home)} {path.read_text() if path.is_file() else ''}"
        for path in home.rglob("*")
        if path.relative_to(home).parts[0] != "place"
        and path.name not in ("place.said", "place.log")
    )


def main() -> None:
    """Try the commands, print and keep what came of it."""
    every = [*TRAINING, *READING]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--commands", default=",".join(every))
    parser.add_argument("--damages", default=",".join(DAMAGES))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--note", help="kept in the record, such as what else was running")
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    asked = parser.parse_args()
    if left := uncovered():
        parser.error(f"nothing is known of {', '.join(sorted(left))}: add it to this file")
    commands, damages = asked.commands.split(","), asked.damages.split(",")
    if unknown := ({*commands} - {*every}) | ({*damages} - {*DAMAGES}):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    import torch

    torch.set_num_threads(1)
    env = environment()
    plan = [
        json.dumps([name, damage, of])
        for name in commands
        for damage in damages
        for of in ([name] if name in TRAINING else ["compare", "generate"])
    ]
    kept = asked.record and asked.record.with_suffix(".jsonl.tmp")
    with tempfile.TemporaryDirectory(prefix="hostile-") as temporary, shown_notes():
        hostile = Hostile(Path(temporary), commands)
        found = tried(
            plan, hostile.tried, title="hostile runs", workers=asked.workers, kept=kept,
            key=commit_of(env),
        )  # fmt: skip
    faults = collections.Counter(kind for wrong in found.values() for kind in wrong)
    content = {
        "commands": len(commands),
        "damages": damages, "tried": len(found), "faults": sum(faults.values()),
        "kinds": dict(faults),
        "examples": {point: wrong for point, wrong in found.items() if wrong},
        "workers": asked.workers,
    }  # fmt: skip
    put_on_record(
        "benchmarks/hostile_runs.py", content, record=asked.record, note=asked.note, kept=kept
    )
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

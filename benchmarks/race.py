"""Let four processes begin the same run at once, round after round; none may end in a traceback.

Each round has a folder of its own: four forked processes run the real command line, ``glyphlab
train RECIPE.toml``, on one run. One trains; the others are told in one line that the run is in use,
or find it finished. Every third round begins beside what killed processes left: a hidden folder
that nobody holds, or a run's folder without a recipe. Prints how often each end came, as one JSON
document; exits 1 where a process ended in any other way, or a round left no finished run.

    python benchmarks/race.py --rounds 20
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import tempfile
from pathlib import Path

import torch

from faults.record import put_on_record
from glyphlab.cli import main as glyphlab
from glyphlab.recipes import Recipe
from glyphlab.runs import list_runs
from glyphlab.runs.env import environment
from glyphlab.tasks import load_recipe_task
from glyphlab.training import train
from glyphlab.training.identity import identified

RECIPE = """
[task]
name = "single"
generalization_grid = 0
train_images = 200
[model]
channels = 4
[training]
epochs = 1
precision = "float32"
"""


def begin(recipe: Path, root: Path) -> tuple[int, int]:
    """Start one process; return its id and where to read what it says."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    for stream in (1, 2):
        os.dup2(write, stream)
    sys.argv = ["glyphlab", "train", str(recipe), "--out", str(root), "--quiet"]
    code = 70
    try:
        glyphlab()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        import traceback

        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def end_of(pid: int, read: int) -> tuple[str, str]:
    """Return how a process ended, in a word, and all that it said."""
    with os.fdopen(read, encoding="utf-8", errors="replace") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if "Traceback" in said or code not in (0, 1):
        return f"exit {code}", said
    if code == 0:
        return ("found" if "not trained again" in said else "trained"), said
    lines = said.splitlines()
    return ("locked" if len(lines) == 1 and "in use by" in said else "error"), said


def litter(root: Path, recipe: Recipe, number: int) -> None:
    """Leave what a killed process left, in some of the rounds."""
    path = identified(recipe, root).path_in(root)
    if number % 3 == 1:
        (path.parent / f".{path.name}.0123456789ab.tmp").mkdir(parents=True)
    elif number % 3 == 2:
        path.mkdir(parents=True)
        (path / ".env.json.abcdefgh.json.tmp").touch()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--note", help="kept in the record, such as what else was running")
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    environment()  # asks git once, and not in every process
    count: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "race.toml"
        file.write_text(RECIPE)
        recipe = Recipe.from_toml(file)
        load_recipe_task(recipe.task)
        train(recipe, Path(folder) / "warm", quiet=True)  # all modules are loaded before the fork
        for number in range(arguments.rounds):
            root = Path(folder) / str(number)
            litter(root, recipe, number)
            ends = [end_of(*one) for one in [begin(file, root) for _ in range(arguments.processes)]]
            count.update(end for end, _ in ends)
            wrong += [said for end, said in ends if end not in ("trained", "found", "locked")]
            left = sorted(path.name for path in root.iterdir() if path.name.startswith("."))
            states = [info.state for info in list_runs(root)]
            if states != ["done"] or left:
                wrong.append(f"round {number} left {states} and {left}")
    content = {
        "rounds": arguments.rounds,
        "starts": sum(count.values()), "ends": dict(sorted(count.items())), "faults": len(wrong),
    }  # fmt: skip
    put_on_record("benchmarks/race.py", content, record=arguments.record, note=arguments.note)
    for said in wrong:
        print(said, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

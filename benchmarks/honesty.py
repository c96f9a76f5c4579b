"""How often intervals and verdicts err in worlds where the truth is known, on record.

python benchmarks/honesty.py --json records/honesty.json

The file is written after each world, and a run that was stopped goes on where it was. Finished
worlds of another commit, or with other settings, are made anew.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.simulation import World, measure, power_table
from glyphlab.metrics.simulation.foretold import foretell
from glyphlab.metrics.simulation.honest_worlds import FORETOLD, GAPS, POWERS, WORLDS
from glyphlab.runs import environment

Row = dict[str, Any]
SCHEMA = 3


def parts(comparisons: int) -> Iterator[tuple[str, World, Callable[[], Row]]]:
    """Yield what is measured: its table, its world, and the work."""
    for world in WORLDS:
        rng = numpy_rng(0, "honesty", world.name)
        yield "worlds", world, partial(measure, world, comparisons, rng)
    for world in POWERS:
        rng = numpy_rng(0, "power", world.name)
        yield "power", world, partial(power_table, world, GAPS, comparisons, rng)
    for world in FORETOLD:
        rng = numpy_rng(0, "foretold", world.name)
        yield "foretold", world, partial(foretell, world, comparisons, rng)


def line(table: str, name: str, row: Row) -> str:
    """Return a row as it is printed."""
    glyphs = f"{row['items']:,} items of {row['glyphs']:,} glyphs, {row['seeds']} seeds"
    if table == "power":
        return f"{name:70} " + "  ".join(f"{gap}: {row['power'][gap]:.0%}" for gap in row["power"])
    if table == "foretold":
        return (
            f"{name:70} foretold {row['foretold']:.4f}, found {row['found']:.4f}, "
            f"after the fact {row['afterwards']:.4f}   {glyphs}"
        )
    return (
        f"{name:58} better {row['better']:6.1%}  covered {row['covered']:6.1%}  equivalent at the "
        f"margin {row['equivalent_at_margin']:6.1%}  one more {row['one_more']:6.1%}   {glyphs}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=2000, help="draws a world (2000)")
    parser.add_argument("--only", default="", help="worlds whose name has these letters")
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "comparisons": options.comparisons,
        "command": f"python benchmarks/honesty.py --comparisons {options.comparisons} --json PATH",
        "env": environment(),
        "worlds": [], "power": [], "foretold": [],
    }  # fmt: skip
    finished = _finished(options.json, document)
    for table, world, work in parts(options.comparisons):
        if options.only not in world.name:
            continue
        row = finished.get((table, world.name))
        if row is None or row["world"] != json.loads(json.dumps(asdict(world))):
            start = time.perf_counter()
            found = work()
            row = {
                "name": world.name, "items": world.items, "glyphs": world.glyphs,
                "seeds": world.seeds, **({"power": found} if table == "power" else found),
                "world": asdict(world), "seconds": round(time.perf_counter() - start, 1),
            }  # fmt: skip
        document[table].append(row)
        print(line(table, world.name, row), flush=True)
        if options.json is not None:
            unfinished = options.json.with_suffix(".partial")
            unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(options.json)


def _finished(path: Path | None, document: dict[str, Any]) -> dict[tuple[str, str], Row]:
    """Return the rows that an earlier, stopped run has left, if it was of this commit."""
    if path is None or not path.exists():
        return {}
    left = json.loads(path.read_text(encoding="utf-8"))
    same = all(left.get(key) == document[key] for key in ("schema", "comparisons"))
    if not same or left["env"]["commit"] != document["env"]["commit"]:
        return {}
    return {(t, row["name"]): row for t in ("worlds", "power", "foretold") for row in left[t]}


if __name__ == "__main__":
    main()

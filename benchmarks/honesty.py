"""How often intervals and verdicts err in worlds where the truth is known, on record.

python benchmarks/honesty.py --workers 2 --json records/honesty.json

The file is written after each world, and a run that was stopped goes on where it was. Finished
worlds of another commit, or with other settings, are made anew. Each world has random numbers of
its own, so that the number of workers changes no figure. All of it takes 25 minutes of one core.
"""

from __future__ import annotations

import os

# Read when NumPy is loaded, here and in the processes that are started below.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glyphlab._common.seeds import numpy_rng
from glyphlab.metrics.simulation import (
    World,
    equivalence_rates,
    measure,
    measure_over_data,
    power_table,
)
from glyphlab.metrics.simulation.foretold import foretell
from glyphlab.metrics.simulation.honest_worlds import (
    DATA_WORLDS,
    FORETOLD,
    GAPS,
    MARGIN,
    POWERS,
    WORLDS,
)

Row = dict[str, Any]
Key = tuple[str, str]
Part = tuple[str, World, Callable[[], Row]]
SCHEMA = 4
TABLES = ("worlds", "over_data", "power", "foretold")


def parts(comparisons: int) -> Iterator[Part]:
    """Yield what is measured: its table, its world, and the work."""
    for world in WORLDS:
        rng = numpy_rng(0, "honesty", world.name)
        yield "worlds", world, partial(measure, world, comparisons, rng)
    for world in DATA_WORLDS:
        rng = numpy_rng(0, "data", world.name)
        yield "over_data", world, partial(measure_over_data, world, comparisons, rng)
    for world in POWERS:
        rng = numpy_rng(0, "power", world.name)
        yield "power", world, partial(powers, world, comparisons, rng)
    for world in FORETOLD:
        rng = numpy_rng(0, "foretold", world.name)
        yield "foretold", world, partial(foretell, world, comparisons, rng)


def powers(world: World, comparisons: int, rng: np.random.Generator) -> Row:
    """Return what is found of real differences, and of equality."""
    return {
        "power": power_table(world, GAPS, comparisons, rng),
        "equivalent": equivalence_rates(world, MARGIN, comparisons, rng),
    }


def cost(table: str, world: World) -> float:
    """Return about how long a part takes, in units of its own: the longest are begun first."""
    cells = world.items * world.per_image * (world.seeds + 2) * len(world.seed_sd)
    cells *= 2 * world.data_seeds if world.data_seeds > 1 else 1
    return cells * (2.0 if world.uses > 1 else 1.0) * (1.0 if table == "worlds" else 2.0)


def done(world: World, work: Callable[[], Row]) -> Row:
    """Do a part, and return its row."""
    start = time.perf_counter()
    found = work()
    row = {
        "name": world.name, "items": world.items, "glyphs": world.glyphs, "seeds": world.seeds,
        **found, "world": asdict(world), "seconds": round(time.perf_counter() - start, 1),
    }  # fmt: skip
    return dict(json.loads(json.dumps(row)))


def rows(left: list[Part], workers: int) -> Iterator[tuple[Key, Row]]:
    """Yield the rows of parts as they end."""
    left = sorted(left, key=lambda part: -cost(part[0], part[1]))
    if workers == 1:
        for table, world, work in left:
            yield (table, world.name), done(world, work)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        begun = {pool.submit(done, *part[1:]): (part[0], part[1].name) for part in left}
        for future in as_completed(begun):
            yield begun[future], future.result()


def line(table: str, name: str, row: Row) -> str:
    """Return a row as it is printed."""
    glyphs = f"{row['items']:,} items of {row['glyphs']:,} glyphs, {row['seeds']} seeds"
    if table == "power":
        equal = row["equivalent"]
        return (
            f"{name:70} "
            + "  ".join(f"{gap}: {row['power'][gap]:.0%}" for gap in row["power"])
            + f"  equivalent within {equal['margin']}: {equal['at_none']:.1%}, "
            f"falsely {equal['at_margin']:.1%}   {glyphs}"
        )
    if table == "foretold":
        return (
            f"{name:70} foretold {row['foretold']:.4f}, found {row['found']:.4f}, "
            f"after the fact {row['afterwards']:.4f}   {glyphs}"
        )
    more = "" if table == "over_data" else f"  one more {row['one_more']:6.1%}"
    return (
        f"{name:58} better {row['better']:6.1%}  covered {row['covered']:6.1%}  equivalent at the "
        f"margin {row['equivalent_at_margin']:6.1%}{more}   {glyphs}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comparisons", type=int, default=2000, help="draws a world (2000)")
    parser.add_argument("--only", default="", help="worlds whose name has these letters")
    parser.add_argument("--workers", type=int, default=1, help="processes of one thread (1)")
    parser.add_argument("--commit", help="the commit that this is a copy of, where git is missing")
    parser.add_argument("--json", type=Path, metavar="PATH")
    options = parser.parse_args()
    from glyphlab.runs import environment  # here, so that workers need not load torch

    env = environment()
    if env["commit"] is None and options.commit:
        env |= {"commit": options.commit, "dirty": False}
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "comparisons": options.comparisons,
        "command": f"python benchmarks/honesty.py --comparisons {options.comparisons} --json PATH",
        "env": env,
        "engines": ["no training: answers are simulated"],
    }
    finished = _finished(options.json, document)
    every = [part for part in parts(options.comparisons) if options.only in part[1].name]
    found: dict[Key, Row] = {}
    for table, world, _ in every:
        row = finished.get((table, world.name))
        if row is not None and row["world"] == json.loads(json.dumps(asdict(world))):
            found[table, world.name] = row
            print(line(table, world.name, row), flush=True)
    left = [part for part in every if (part[0], part[1].name) not in found]
    for key, row in rows(left, options.workers):
        found[key] = row
        print(line(*key, row), flush=True)
        if options.json is not None:
            order = [(table, world.name) for table, world, _ in every]
            for table in TABLES:
                document[table] = [found[one] for one in order if one[0] == table and one in found]
            unfinished = options.json.with_suffix(".partial")
            unfinished.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(options.json)


def _finished(path: Path | None, document: dict[str, Any]) -> dict[Key, Row]:
    """Return the rows that an earlier, stopped run has left, if it was of this commit."""
    if path is None or not path.exists():
        return {}
    left = json.loads(path.read_text(encoding="utf-8"))
    same = all(left.get(key) == document[key] for key in ("schema", "comparisons"))
    if not same or left["env"]["commit"] != document["env"]["commit"]:
        return {}
    return {(t, row["name"]): row for t in TABLES for row in left.get(t, [])}


if __name__ == "__main__":
    main()

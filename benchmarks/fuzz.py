"""Feed every reader of outside bytes with damaged inputs; only our own errors may come back.

Inputs are made from whole ones by flips, cuts, repeats, splices and hostile numbers at places where
formats keep lengths, from a seed. Every reader runs in a process of its own, so that a crash is
counted and not suffered; each input has five seconds, and the process 512 MB. Prints one JSON
document; exits 1 where anything but a value or an error of ours came back.

    python benchmarks/fuzz.py --inputs 100000 --record records/fuzz.json
    python benchmarks/fuzz.py --inputs 2000 --readers toml,image
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from faults.corpora import READERS
from faults.damage import damaged, deeper
from faults.record import put_on_record
from glyphlab._common.errors import GlyphlabError, nearest
from glyphlab._common.seeds import seed_for
from glyphlab.runs import commit_of
from glyphlab.runs.env import environment

SECONDS = 5
MEGABYTES = 512


@dataclass
class Found:
    """What came back from one reader."""

    reader: str
    inputs: int = 0
    values: int = 0
    refused: int = 0
    foreign: int = 0
    hung: int = 0
    crashed: int = 0
    megabytes: float = 0.0
    slowest: float = 0.0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)


class _TooSlow(BaseException):
    """No `Exception`, so that no reader takes it for a fault of its input."""


def _alarm(*_: object) -> None:
    raise _TooSlow


def fuzz(name: str, inputs: int, seed: int, queue: Any) -> None:
    """Try one reader; every so often what was found so far is put into `queue`."""
    make, read = READERS[name]
    tempfile.tempdir = tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if _has_shm() else None)
    whole, found = make(), Found(name)
    for content in whole:  # what is whole is read, or the damage below would show nothing
        read(content)
    chance = random.Random(seed_for(seed, "fuzz", name))
    signal.signal(signal.SIGALRM, _alarm)
    began = time.monotonic()
    for number in range(inputs):
        content = (damaged, deeper)[number % 2](whole, chance)
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            read(content)
            found.values += 1
        except GlyphlabError as error:
            found.refused += 1
            if "\n" in str(error) or not str(error):
                found.foreign += 1
                found.examples.append(f"not one line: {str(error)[:200]!r}")
        except _TooSlow:
            found.hung += 1
            found.examples.append(f"over {SECONDS} s: {content[:200]!r}")
        except BaseException as error:
            found.foreign += 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            found.examples.append(
                f"{repr(error)[:200]} at {Path(last.filename).name}:{last.lineno}"
            )
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        found.slowest = max(found.slowest, time.monotonic() - start)
        found.inputs = number + 1
        if number % 200 == 199 or number + 1 == inputs:
            found.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            found.seconds = time.monotonic() - began
            found.examples = list(dict.fromkeys(found.examples))[:5]
            queue.put(asdict(found))


def _has_shm() -> bool:
    return Path("/dev/shm").is_dir()


def tried(name: str, inputs: int, seed: int) -> Found:
    """Try one reader in a process of its own."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    child = context.Process(target=fuzz, args=(name, inputs, seed, queue), daemon=True)
    child.start()
    found = Found(name)
    while found.inputs < inputs and (child.is_alive() or not queue.empty()):
        try:
            found = Found(**queue.get(timeout=1))
        except Exception:  # nothing was put for a second
            continue
    child.join(timeout=10)
    if found.inputs < inputs:
        found.crashed = 1
        found.examples.append(f"the process ended with {child.exitcode} after {found.inputs}")
    return found


def kept_before(kept: Path | None, key: str) -> dict[str, Found]:
    """Return what an earlier start of the same command found, by reader."""
    if kept is None or not kept.exists():
        return {}
    rows = [json.loads(line) for line in kept.read_text().splitlines()]
    return {row["reader"]: Found(**row) for of, row in rows if of == key}


def main() -> None:
    """Try the readers, print and keep what came back."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="of each reader")
    parser.add_argument("--readers", default=",".join(READERS), help="comma-separated names")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--note", help="kept in the record, such as what else was running")
    parser.add_argument("--record", type=Path, help="a JSON file that takes the figures")
    asked = parser.parse_args()
    names = asked.readers.split(",")
    for name in names:
        if name not in READERS:
            close = nearest(name, READERS)
            parser.error(f"unknown reader '{name}'{f': did you mean {close}?' if close else ''}")
    env = environment()
    kept = asked.record and asked.record.with_suffix(".jsonl.tmp")
    key = f"{commit_of(env)} {asked.inputs} {asked.seed}"
    found = kept_before(kept, key)
    # a thread a reader, which waits for its process
    with ThreadPoolExecutor(asked.workers) as threads:
        waiting = {
            threads.submit(tried, name, asked.inputs, asked.seed): name
            for name in names if name not in found
        }  # fmt: skip
        for one in as_completed(waiting):
            came = found[waiting[one]] = one.result()
            print(f"{came.reader}: {came.inputs:,} in {came.seconds:.0f} s", file=sys.stderr)
            if kept:
                with kept.open("a") as file:
                    file.write(json.dumps([key, asdict(came)]) + "\n")
    results = [found[name] for name in names]
    content = {
        "seed": asked.seed,
        "seconds_an_input": SECONDS, "megabytes": MEGABYTES,
        "readers": [asdict(one) for one in results], "workers": asked.workers,
    }  # fmt: skip
    put_on_record("benchmarks/fuzz.py", content, record=asked.record, note=asked.note, kept=kept)
    wrong = [
        one.reader for one in results
        if one.foreign or one.hung or one.crashed or one.megabytes > MEGABYTES
    ]  # fmt: skip
    sys.exit(f"faults in: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()

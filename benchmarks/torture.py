"""Everything that is done to break Glyphlab on purpose, one after the other: ``make torture``.

Prints one line a part; each writes its record. Exits 1 where any of them found a fault.

    python benchmarks/torture.py
    python benchmarks/torture.py --parts signals,race --records /tmp
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PARTS = {
    "crash-points": ["crash_points.py"],
    "signals": ["signals.py"],
    "hostile-runs": ["hostile_runs.py"],
    "machine-limits": ["machine_limits.py"],
    "race": ["race.py", "--rounds", "50"],
    "fuzz": ["fuzz.py"],
}


def _processor_minutes() -> float:
    """Return what the parts took of all cores; other work beside them does not count in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) / 60


def main() -> None:
    """Run the parts, and say how each ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--records", type=Path, default=HERE.parent / "records")
    parser.add_argument("--note", help="kept in the records, such as what else was running")
    asked = parser.parse_args()
    names = asked.parts.split(",")
    if unknown := {*names} - {*PARTS}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(PARTS)}")
    wrong = []
    whole = time.monotonic()
    for name in names:
        began, used = time.monotonic(), _processor_minutes()
        script, *words = PARTS[name]
        words += ["--record", str(asked.records / f"{name}.json")]
        words += ["--note", asked.note] if asked.note else []
        ended = subprocess.run(
            [sys.executable, HERE / script, *words], stdout=subprocess.DEVNULL, check=False
        )
        minutes = (time.monotonic() - began) / 60
        print(
            f"{name}: exit {ended.returncode} after {minutes:.1f} minutes "
            f"({_processor_minutes() - used:.1f} of processors)",
            flush=True,
        )
        if ended.returncode:
            wrong.append(name)
    print(
        f"all in {(time.monotonic() - whole) / 60:.1f} minutes "
        f"({_processor_minutes():.1f} of processors)"
    )
    sys.exit(f"faults in: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()

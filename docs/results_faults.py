"""The rows of docs/results.md on what was broken on purpose: one function a benchmark."""

from __future__ import annotations

from result_rows import Record, Rows

__all__ = ["FAULTS"]


def _crash_points(record: Record) -> Rows:
    names = ", ".join(" ".join(row["command"].split()[1:2]) for row in record["commands"])
    yield (
        "ends, refused writes and torn files at every write, fsync, rename and removal of "
        f"{names}: points, and faults",
        f"{record['points']:,}, {record['faults']}",
        "1 of each point",
    )


def _fuzz(record: Record) -> Rows:
    rows = record["readers"]
    yield (
        f"inputs damaged by chance for each of {len(rows)} readers: foreign errors, hangs, and the "
        "most memory",
        f"{sum(row['foreign'] + row['crashed'] for row in rows)}, "
        f"{sum(row['hung'] for row in rows)}, {max(row['megabytes'] for row in rows):.0f} MB",
        f"{min(row['inputs'] for row in rows):,} inputs a reader",
    )


def _signals(record: Record) -> Rows:
    moments = ", ".join(f"{name} {count}" for name, count in record["moments"].items())
    yield (
        f"signals at random moments of a short training ({moments}): exits, and faults",
        ", ".join(f"{count} × {code}" for code, count in record["exits"].items())
        + f"; {record['faults']}",
        f"{sum(record['moments'].values())} moments",
    )


def _race(record: Record) -> Rows:
    yield (
        "processes that begin the same run at once: faults",
        f"{record['faults']}",
        f"{record['starts']} starts",
    )


def _limits(record: Record) -> Rows:
    yield (
        "full disks, read-only folders, limits of memory and files, closed streams: faults",
        f"{record['faults']}",
        f"{record['cases'] - record['skipped']} cases, {record['skipped']} skipped",
    )


def _hostile(record: Record) -> Rows:
    yield (
        f"run folders damaged on purpose, each read by {record['commands']} commands: faults",
        f"{record['faults']}",
        f"{record['tried']:,} tries",
    )


FAULTS = {
    "crash-points": _crash_points,
    "fuzz": _fuzz,
    "hostile-runs": _hostile,
    "machine-limits": _limits,
    "race": _race,
    "signals": _signals,
}

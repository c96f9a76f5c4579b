"""Give the rows of a recorded document new verdicts, by today's rule and today's reported numbers.

What was measured stays as it is. Where a document holds the value of each seed, these are used;
where not, the interval for one more training is computed from the recorded interval of the mean,
and the row says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glyphlab.reproductions.catalogue import find_reproduction
from glyphlab.reproductions.core.reproduction import Reproduction, scale_of
from glyphlab.reproductions.core.rows import Measured, Row
from glyphlab.reproductions.core.verdicts.deciding import decide
from glyphlab.reproductions.core.verdicts.expected import ANSWERS, Expected
from glyphlab.reproductions.core.verdicts.row_documents import as_json

__all__ = ["with_new_verdicts"]

_KEPT = ("scale", "commits", "engines")
_ON_ANSWERS = ("exact_match_on_test", "digit")
"""Measures whose interval was always over seeds and items."""
_FACTS = ("parameters", "highest_on_validation")
SCORED = 10_000
"""Training images that a scikit-learn model was scored on where a document does not say so."""


def with_new_verdicts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of ``glyphlab reproduce run --json`` with a new verdict of every row.

    Rows that the paper has no longer are dropped. Keys of the document are kept.
    """
    published = find_reproduction(document["paper"])
    rows = {row.id: row for row in published.rows}
    scale = str(document["scale"])
    found = [_row(published, rows[one["id"]], one, scale) for one in document["rows"]
             if one["id"] in rows]  # fmt: skip
    return {**document, "rows": found}


def _row(published: Reproduction, row: Row, old: Mapping[str, Any], scale: str) -> dict[str, Any]:
    how = scale_of(str(old.get("scale", scale)))
    certain = published.is_certain(row)
    measured = _measured(row, old, certain)
    decision = decide(
        row,
        measured,
        certain=certain,
        same_images=published.same_images,
        against=published.reason_against(row, how),
        remark=published.remark(row, how),
        known=_from_answers(old),
    )
    kept = {key: old[key] for key in _KEPT if key in old}
    return {**as_json(row, measured, decision, published.rows), **kept}


def _from_answers(old: Mapping[str, Any]) -> Expected | None:
    """Return the interval of a row that was computed from answers, which a document lacks."""
    if old.get("computed_from") != ANSWERS:
        return None
    inner = old["one_sided"]
    return Expected(old["expected_low"], old["expected_high"], inner[0], inner[1], ANSWERS)


def _measured(row: Row, old: Mapping[str, Any], certain: bool) -> Measured:
    value, seeds = float(old["measured"]), int(old["seeds"])
    if certain and seeds == 0 and row.measured_by not in _FACTS:
        seeds = 1
    values = tuple(old.get("values") or ())
    covers = old.get("covers") or "seeds"
    if "covers" not in old and row.measured_by in _ON_ANSWERS:
        covers = "seeds and items" if seeds > 1 else "items"
    low, high = (value, value) if seeds == 0 else (old["low"], old["high"])  # of a fact
    return Measured(value, low, high, seeds, covers, values, items=_items(row, old, certain))


def _items(row: Row, old: Mapping[str, Any], certain: bool) -> int | None:
    """Return how many items ours was counted on, as far as a document or its measure says."""
    if old.get("items") is not None:
        return int(old["items"])
    if row.items is None or not certain:
        return None
    limited = row.measured_by == "train_accuracy" and not _is_logistic(row)
    return min(SCORED, row.items) if limited else row.items


def _is_logistic(row: Row) -> bool:
    return any(model.startswith("logistic") for model in row.models)

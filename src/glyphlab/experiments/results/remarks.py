"""Sentences that stand beside the rows of a comparison, on its page and in its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glyphlab.metrics import unseen_failure_rate

__all__ = [
    "INDEPENDENT",
    "drawings_sentence",
    "failures",
    "failures_sentences",
    "glyphs_sentence",
]

INDEPENDENT = (
    "The data do not say which glyphs the images share: images are taken as independent, and "
    "intervals are too narrow where they are not."
)
FAILED, FAR = 0.5, 0.1
"""A training has failed with less than this share of its model's median accuracy, and by so far."""


def failures(each_seed: Sequence[float]) -> int:
    """Return how many trainings reached less than half of the median of their model."""
    values, usual = np.asarray(each_seed), float(np.median(each_seed))
    return int(np.sum((values < FAILED * usual) & (values < usual - FAR)))


def failures_sentences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say how many trainings failed, and how many may still fail where none did.

    Rows of a model that is deterministic, with ``has_chance`` false, are left out. Those of a
    learning curve say at how many ``images`` it was.
    """
    rows = [row for row in rows if row.get("has_chance", True) and row.get("each_seed")]
    failed = [failures(row["each_seed"]) for row in rows]
    found = [
        f"{count} of {len(row['each_seed'])} trainings of {row['model']}{_at_images(row)} failed: "
        "below half of the median accuracy of its seeds."
        for row, count in zip(rows, failed, strict=True)
        if count
    ]
    sound = [len(row["each_seed"]) for row, count in zip(rows, failed, strict=True) if not count]
    for seeds in sorted(set(sound)):
        count = "1 seed" if seeds == 1 else f"{seeds} seeds"
        found.append(
            f"{count} of a model, and none failed: up to {unseen_failure_rate(seeds):.0%} of "
            "trainings may still fail, as so few seeds can miss it (95 % bound)."
        )
    return found


def _at_images(row: Mapping[str, Any]) -> str:
    return f" at {row['images']:,} images" if "images" in row else ""


def glyphs_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say that images are taken as independent, where their glyphs are unknown."""
    known = [row for row in rows if "design_effect" in row]
    return INDEPENDENT if known and any(row.get("glyphs") is None for row in known) else ""


def drawings_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say what rows cover that are means over several drawings of the data."""
    drawings = int(rows[0].get("data_seeds", 1)) if rows else 1
    if drawings < 2:
        return ""
    return (
        f"Means over {drawings} drawings of the data (--data-seeds), each with labels, glyphs and "
        "test images of its own: intervals and tests are for other data too."
    )

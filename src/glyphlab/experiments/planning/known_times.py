"""What finished runs say of how long the next training takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glyphlab._common.errors import GlyphlabError
from glyphlab.recipes import Recipe
from glyphlab.runs import ClassifierSummary, Run

__all__ = ["KnownTime", "known_seconds"]


@dataclass(frozen=True)
class KnownTime:
    """How long one finished training took, and on what."""

    fit_seconds: float
    epochs: float
    train: int
    val: int


def known_seconds(recipe: Recipe, root: Path) -> KnownTime | None:
    """Return the time of a finished run of the same model and settings; None where there is none.

    Another seed, another number of epochs or of images of the same task will do. Models that are
    fitted at once are timed anew, as their time is not proportional to the number of images.
    """
    if recipe.model.is_estimator or not root.is_dir():
        return None
    wanted = _what_counts(recipe.content())
    for folder in sorted(root.glob(f"*-{recipe.name}-s*")):
        try:
            run = Run.load(folder)
            if not run.is_done or _what_counts(run.recipe) != wanted:
                continue
            summary = run.summary
        except GlyphlabError:
            continue
        if not isinstance(summary, ClassifierSummary) or summary.fit_seconds < 1:
            continue
        balance = summary.audit.balance
        return KnownTime(
            summary.fit_seconds, summary.epochs_run, balance["train"].images, balance["val"].images
        )
    return None


def _what_counts(content: Mapping[str, Any]) -> dict[str, Any]:
    training = {
        key: value
        for key, value in content.get("training", {}).items()
        if key not in ("epochs", "repeats", "patience")
    }
    task = content.get("task", {})
    return {
        "model": content.get("model"),
        "training": training,
        "repeats": content.get("training", {}).get("repeats", 1),
        "task": [task.get(key) for key in ("name", "scene", "data", "digits", "redraw", "affine")],
    }

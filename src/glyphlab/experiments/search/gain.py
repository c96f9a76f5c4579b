"""What a stage gained on the one before, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glyphlab.experiments.results.table import accuracy_gap
from glyphlab.runs import Answers, Run

__all__ = ["gain_interval"]


def gain_interval(
    now: Sequence[str], before: Sequence[str], folder: Path
) -> tuple[float, float] | None:
    """Return the 95 % interval of how far the best of a stage is above that of the one before.

    Both were read on the same validation images, which are paired; with one training of either it
    speaks of these two trained models, and never of the luck of having been the best of many.

    Parameters
    ----------
    now, before : sequence of str
        Names of the runs of each.
    folder : Path
        That holds them.

    Returns
    -------
    (float, float) or None
        None where the two were not validated on the same images, or a run was removed.
    """
    if not all((folder / name / "done").exists() for name in (*now, *before)):
        return None
    true_now, answers_now = _read(now, folder)
    true_before, answers_before = _read(before, folder)
    if not np.array_equal(true_now, true_before):
        return None
    return accuracy_gap(answers_now, answers_before)


def _read(names: Sequence[str], folder: Path) -> tuple[NDArray[np.int64], Answers]:
    """Return the true labels of validation, and what the runs answered."""
    runs = [Run.load(folder / name) for name in names]
    return runs[0].load_predictions()["true"], Answers.of(runs)

"""What a stage found, and what it gained on the one before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from glyphlab._common.errors import StudyError
from glyphlab.experiments.results.table import accuracy_gap
from glyphlab.experiments.search.definition import StageDefinition
from glyphlab.experiments.search.objective import objective_of
from glyphlab.experiments.search.proposals import IMPORTANCE, decode, importances
from glyphlab.experiments.search.study_result import StageResult, TrialResult
from glyphlab.runs import Answers, Run

__all__ = ["as_result", "gain_interval"]


def as_result(
    stage: StageDefinition,
    frozen: dict[str, Any],
    trials: list[FrozenTrial],
    before: StageResult | None,
) -> StageResult:
    """Return what a finished stage found.

    Raises
    ------
    StudyError
        Where no trial came to its end.
    """
    space = stage.dimensions
    found = [
        TrialResult(
            number=trial.number,
            params=decode(space, trial.params),
            value=trial.value,
            state="complete" if trial.state == TrialState.COMPLETE else "pruned",
            reason=trial.user_attrs.get("reason", ""),
            runs=trial.user_attrs.get("runs", []),
            seconds=trial.user_attrs.get("seconds", 0.0),
            epochs=trial.user_attrs.get("epochs", 0),
            low=trial.user_attrs.get("low"),
            high=trial.user_attrs.get("high"),
            each=trial.user_attrs.get("each", []),
        )
        for trial in trials
    ]
    scores = {
        one.number: one.value for one in found if one.state == "complete" and one.value is not None
    }
    if not scores:
        raise StudyError(
            f"no trial of stage '{stage.name}' came to its end; the first says: {found[0].reason}: "
            "change the space of the stage, and the study's name with it"
        )
    objective = objective_of(stage.kind)
    best = objective.best(scores)
    return StageResult(
        name=stage.name,
        sampler=stage.sampling,
        pruner=stage.pruner,
        space={name: one.to_json() for name, one in space.items()},
        frozen=frozen,
        trials=found,
        best=best,
        gain=None if before is None else objective.gain(scores[best], before.value),
        importance=importances(trials, minimize=objective.minimize),
        importance_by=IMPORTANCE,
        reported=stage.reported,
    )


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

"""A comparison on several drawings of the data: labels and glyphs are drawn anew for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glyphlab._common.errors import UsageError
from glyphlab.experiments.countdown import Countdown
from glyphlab.experiments.experiment import Experiment
from glyphlab.experiments.interim import Interim
from glyphlab.experiments.planning.comparison_plan import ComparisonPlan
from glyphlab.experiments.results.classifier_runs import gather_over_data
from glyphlab.experiments.results.comparison import Comparison
from glyphlab.runs import Run
from glyphlab.tasks import load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training.events import Callback

__all__ = ["over_drawings", "require_redrawn"]


def require_redrawn(task: TaskRecipe) -> None:
    """Refuse data that are the same whatever the data seed.

    Raises
    ------
    UsageError
        Saying why they are fixed.
    """
    reasons = {
        "it is a folder of images": task.is_folder,
        "a file says which glyphs are on which image": task.is_pairs,
        "it is used as it was published": task.as_published,
        "its images are those of the source": task.name == "single",
        "its training images were replaced": task.replaced is not None,
    }
    for reason, holds in reasons.items():
        if holds:
            raise UsageError(
                f"--data-seeds draws labels and glyphs anew, and the data of '{task.name}' are "
                f"fixed ({reason}): leave it out"
            )


def over_drawings(
    plans: Sequence[ComparisonPlan],
    *,
    root: Path,
    margin: float | None,
    question: str,
    quiet: bool,
    data_dir: str | Path | None,
    callbacks: Sequence[Callback] = (),
    plan: Mapping[str, Any] | None = None,
) -> Comparison:
    """Train the plan of every drawing, and say what may be concluded over all of them.

    Parameters
    ----------
    plans : sequence of ComparisonPlan
        One a data seed, all of the same models.
    root, margin, question, quiet, data_dir, callbacks
        As of `glyphlab.experiments.compare`.
    plan : mapping, optional
        What a search before it came to.
    """
    experiments = [Experiment(plan.recipes, plan.command) for plan in plans]
    trainings = sum(len(one.trainings()) for one in experiments)
    countdown = Countdown(trainings, quiet=quiet)
    heard: list[Callback] = [Interim(plans[0].recipes, quiet=quiet), *callbacks]
    drawings: list[dict[str, list[Run]]] = []
    glyphs: list[NDArray[np.int64]] = []
    audit: dict[str, Any] = {}
    for drawing, one in zip(plans, experiments, strict=True):
        countdown.aside = f"data seed {drawing.task.seed}"
        task = load_recipe_task(drawing.task, data_dir, quiet=quiet)
        audit = audit or task.audit().to_json()
        drawings.append(
            one.run(
                root, task, quiet=quiet, data_dir=data_dir, countdown=countdown, callbacks=heard
            )
        )
        glyphs.append(task.test.glyph_ids)
    return gather_over_data(
        drawings, glyphs, question=question, command=plans[0].command, audit=audit,
        footing=plans[0].footing, margin=margin, plan=plan,
    )  # fmt: skip

"""Trainings beside the search: of the winner, for the test set, and of one trial again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from glyphlab._common.errors import TrainingDiverged
from glyphlab._common.seeds import numpy_rng
from glyphlab.experiments.experiment import trained
from glyphlab.experiments.results.ledger import evaluation_of
from glyphlab.experiments.results.table import accuracy_interval, figure_interval
from glyphlab.experiments.search.objective import objective_of
from glyphlab.experiments.search.study_result import StageResult, TestScore
from glyphlab.recipes import BaseRecipe
from glyphlab.reporting import augmentation_figure
from glyphlab.runs import Answers, GeneratorSummary, Run
from glyphlab.training.events import Epoch, Event
from glyphlab.training.identity import LoadedTasks

__all__ = ["final_score", "pictures_of_trials", "score_again"]


def final_score(runs: list[Run], command: str) -> TestScore:
    """Return the one evaluation of the test set, and count it in the ledger."""
    names = [run.name for run in runs]
    if not isinstance(runs[0].summary, GeneratorSummary):
        validated = [run.classifier_summary.validation.exact_match for run in runs]
        interval = asdict(accuracy_interval(Answers.of(runs)))
        interval.pop("data_seeds")  # a study is of one drawing of the data
        return TestScore(
            **interval,
            validation=float(np.mean(validated)),
            runs=names,
            evaluation=evaluation_of(runs, command),
        )
    scores = [run.generator_summary.scores for run in runs]
    each = [one.frechet for one in scores]
    low, high = figure_interval(each, 0.0, distance=True) or (None, None)
    return TestScore(
        mean=float(np.mean(each)), low=low, high=high, seeds=len(each), items=scores[0].samples,
        covers="seeds", validation=float(np.mean([run.metrics()[-1]["frechet"] for run in runs])),
        runs=names,
    )  # fmt: skip


def pictures_of_trials(
    stages: list[StageResult], recipe: BaseRecipe, tasks: LoadedTasks
) -> list[tuple[str, str]]:
    """Draw what each augmentation that was tried does to an image of the task."""
    tried = [stage.space.get("training.augment", []) for stage in stages]
    kinds = list(dict.fromkeys(kind for space in tried for kind in space))
    if not kinds:
        return []
    task = tasks(recipe)
    rows, columns = task.scene.ranges
    caption = "What each augmentation that was tried does to one training image" + (
        ". The dashed lines are the borders of the columns that hold a symbol each"
        if rows * columns > 1
        else ""
    )
    chosen = int(numpy_rng(task.seed, "augmented").integers(len(task.train)))
    image = task.train.images[chosen]
    return [(caption, augmentation_figure(image, kinds, columns, rows=rows))]


def score_again(
    recipe: BaseRecipe,
    root: Path,
    tasks: LoadedTasks,
    stop: int | None,
    data_dir: str | Path | None,
) -> float | None:
    """Train to the end, or to the epoch `stop`, and return the validation score."""
    seen: list[float] = []

    class Enough(Exception):
        pass

    def on_event(event: Event) -> None:
        if isinstance(event, Epoch) and "val_exact_match" in event.row:
            seen.append(event.row["val_exact_match"])
            if stop is not None and event.row["epoch"] >= stop:
                raise Enough

    try:
        (run,) = trained([recipe], root, tasks, quiet=True, data_dir=data_dir, callbacks=[on_event])
    except Enough:
        return seen[-1]
    except TrainingDiverged:
        return None
    return objective_of(recipe.kind).score(run)

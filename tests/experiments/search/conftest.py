"""A stand-in for training: a value that follows from the recipe at once, kept like a run."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from glyphlab._common.errors import TrainingDiverged
from glyphlab.experiments.search import stages as engine
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.training.events import Callback, Epoch
from summaries import ToldRun, classifier_summary, scores


class FakeRun(ToldRun):
    """What the engine asks of a finished run."""

    def __init__(self, path: Path) -> None:
        rows = json.loads((path / "fake.json").read_text())["rows"]
        score = rows[-1]["val_exact_match"]
        pred = (np.arange(1000) >= round(1000 * score)).astype(np.int64)
        super().__init__(
            classifier_summary(val=scores(score), fit_seconds=1.0, epochs_run=len(rows)),
            rows,
            {"pred": pred[:, None], "true": np.zeros((1000, 1), np.int64)},
        )
        self.path = path


def value_of(recipe: Recipe, epoch: int) -> float:
    """Best near rate 0.01, a little better each epoch, with some noise by seed."""
    noise = hashlib.sha256(str(recipe.seed).encode()).digest()[0] / 255
    off = abs(math.log10(recipe.training.learning_rate) + 2)
    return max(0.0, 0.9 - 0.2 * off + 0.05 * noise) * (1 - 0.5**epoch)


class Trainer:
    """Stands for training; counts how often each recipe is begun and finished."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.finished: list[str] = []

    def __call__(
        self,
        recipe: Recipe,
        root: Path,
        *,
        callbacks: Sequence[Callback] = (),
        **_: Any,
    ) -> FakeRun:
        path = root / f"{recipe.title}-{recipe.training.learning_rate:g}"
        if not (path / "fake.json").exists():
            self.begun.append(path.name)
            if recipe.training.learning_rate > 1:
                raise TrainingDiverged("the loss became nan")
            rows = []
            for epoch in range(1, recipe.training.epochs + 1):
                score = value_of(recipe, epoch)
                rows.append({"epoch": epoch, "val_exact_match": score, "seconds": 0.5})
                for callback in callbacks:
                    callback(Epoch(cast("Run", None), rows[-1], recipe.training.epochs))
            path.mkdir(parents=True)
            (path / "fake.json").write_text(json.dumps({"rows": rows}))
            self.finished.append(path.name)
        return FakeRun(path)

    def trained(
        self, recipes: Sequence[Recipe], root: Path, _task: Any = None, **how: Any
    ) -> list[FakeRun]:
        """Stand for `glyphlab.experiments.experiment.trained`."""
        return [self(recipe, root, **how) for recipe in recipes]

    def outcomes(
        self, recipes: Sequence[Recipe], root: Path, _task: Any = None, **_: Any
    ) -> Iterator[Any]:
        """Stand for `glyphlab.experiments.experiment.outcomes`."""
        for recipe in recipes:
            try:
                yield self(recipe, root)
            except TrainingDiverged as error:
                yield error


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    fake = Trainer()
    monkeypatch.setattr(engine, "trained", fake.trained)
    monkeypatch.setattr(engine, "outcomes", fake.outcomes)
    return fake

"""What is said while an experiment trains."""

from __future__ import annotations

import re
from typing import Any

import pytest

from glyphlab.experiments.interim import Interim
from glyphlab.recipes import Recipe
from glyphlab.training.events import Done
from summaries import ToldRun, classifier_summary, scores

pytestmark = pytest.mark.usefixtures("notes")


def recipe(channels: int, seed: int, **task: Any) -> Recipe:
    model = {"strategy": "sliced", "channels": channels}
    return Recipe.from_mapping({"model": model, "seed": seed, "name": "sliced", "task": task})


def test_means_are_of_one_value_each(capsys: pytest.CaptureFixture[str]) -> None:
    made = {str(count): [recipe(count, seed) for seed in (0, 1)] for count in (4, 8)}
    heard = Interim(made)
    for label, of_label in made.items():
        for one in of_label:
            content = one.content()
            content["task"]["digest"] = "0" * 16  # known once the data were read
            summary = classifier_summary(
                model="sliced", seed=one.seed, metrics=scores(0.5 + int(label) / 100)
            )
            heard(Done(ToldRun(summary, recipe=content)))
    assert re.findall(r"note: (.*?) \(", capsys.readouterr().err) == [
        "4, seed 0: 54.00%, mean so far 54.00%", "4, seed 1: 54.00%, mean so far 54.00%",
        "8, seed 0: 58.00%, mean so far 58.00%", "8, seed 1: 58.00%, mean so far 58.00%",
    ]  # fmt: skip

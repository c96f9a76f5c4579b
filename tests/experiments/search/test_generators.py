"""Studies of generators, where the smallest distance wins, and of models of scikit-learn."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import StudyError
from glyphlab.experiments.search import Study
from glyphlab.recipes import GeneratorRecipe
from glyphlab.recipes.union import read_recipe_file

pytestmark = pytest.mark.usefixtures("one_thread")


def content(**stage: Any) -> dict[str, Any]:
    return {
        "name": "gans",
        "seeds": 2,
        "base": {
            "kind": "generator",
            "model": {"width": 4},
            "training": {"images": 64, "batch_size": 32, "precision": "float32"},
            "evaluation": {"samples": 100, "epoch_samples": 100},
        },
        "stages": [
            {
                "name": "first", "sampler": "random", "trials": 2,
                "space": {"model.latent": {"low": 2, "high": 40}}, **stage,
            }
        ],
    }  # fmt: skip


def test_the_smallest_distance_wins(tmp_path: Path) -> None:
    study = Study.from_mapping(content())
    found = study.run(tmp_path, quiet=True)
    (stage,) = found.stages
    values = [trial.value for trial in stage.trials]
    assert found.value == min(values)  # type: ignore[type-var]
    assert isinstance(found.recipe, GeneratorRecipe)
    assert found.recipe.task.name == "single"
    trials = [
        json.loads((tmp_path / "gans" / "trials" / name / "recipe.json").read_text())
        for trial in stage.trials
        for name in trial.runs
    ]
    assert len(trials) == 2
    assert all(one["task"]["withhold_test"] for one in trials)
    assert not found.recipe.task.withhold_test
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert document["objective"] == "Fréchet distance on validation"
    assert document["test"]["low"] <= document["test"]["mean"] <= document["test"]["high"]
    assert document["test"]["seeds"] == 2
    page = found.to_html(tmp_path / "study.html").read_text(encoding="utf-8")
    assert "Which recipe generates best" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "on test, 2 trainings" in str(found)
    assert [row["stage"] for row in found.to_rows()] == ["first"] * 2
    assert read_recipe_file(tmp_path / "gans" / "winner.toml") == found.recipe
    again = Study.from_mapping(content()).run(tmp_path, quiet=True)
    assert again.test == found.test
    assert study.repeat("first", 1, tmp_path).same


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ({"pruner": "median"}, "a pruner stops classifiers by their epochs"),
        ({"space": {"training.epochs": [1, 2]}}, "no recipe has a key 'training.epochs'"),
        ({"space": {"model.latnt": [1, 2]}}, "did you mean 'model.latent'"),
    ],
)
def test_what_no_study_of_generators_has(stage: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        Study.from_mapping(content(**stage))


def test_a_kind_that_is_none() -> None:
    wrong = content()
    wrong["base"] = {"kind": "both"}
    with pytest.raises(StudyError, match="unknown kind 'both'"):
        Study.from_mapping(wrong)


def classical(**stage: Any) -> dict[str, Any]:
    return {
        "name": "neighbours",
        "base": {
            "task": {"name": "single", "generalization_grid": 0},
            "model": {"net": "classical", "strategy": "sliced", "classical": {"name": "knn"}},
        },
        "seeds": 1,
        "stages": [
            {
                "name": "first", "method": "grid",
                "space": {
                    "model.classical.neighbors": {"low": 1, "high": 41, "step": 20},
                    "model.classical.weights": ["uniform", "distance"],
                },
                **stage,
            }
        ],
    }  # fmt: skip


def test_settings_of_scikit_learn_are_searched(tmp_path: Path) -> None:
    found = Study.from_mapping(classical()).run(tmp_path, quiet=True)
    (stage,) = found.stages
    assert [tuple(trial.params.values()) for trial in stage.trials] == [
        (1, "uniform"), (1, "distance"), (21, "uniform"), (21, "distance"), (41, "uniform"),
        (41, "distance"),
    ]  # fmt: skip
    assert len({trial.value for trial in stage.trials}) > 1
    settings = found.recipe.content()["model"]["classical"]
    assert settings["name"] == "knn"
    assert settings["neighbors"] == stage.winner.params["model.classical.neighbors"]
    chosen = json.loads((tmp_path / "neighbours" / "study.json").read_text())["settled"]
    assert "training.precision" not in chosen
    assert read_recipe_file(tmp_path / "neighbours" / "winner.toml") == found.recipe


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ({"method": "optuna", "trials": 3, "pruner": "median"}, "a model of scikit-learn has none"),
        ({"space": {"model.classical.neighbours": [1, 2]}}, "did you mean 'model.classical.neigh"),
        ({"space": {"model.classical.weights": {"low": 1, "high": 2}}}, "is no number"),
    ],
)
def test_what_no_study_of_scikit_learn_has(stage: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        Study.from_mapping(classical(**stage))

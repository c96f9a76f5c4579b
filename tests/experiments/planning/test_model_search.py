"""The same search for every model before they are compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.experiments import compare, preview
from glyphlab.experiments.kinds import named
from glyphlab.experiments.planning.model_search import default_space, trials_each
from glyphlab.recipes import Recipe
from glyphlab.tasks.task_recipe import TaskRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

SMALL: dict[str, Any] = {
    "preset": "smoke",
    "quiet": True,
    "seeds": 2,
    "overrides": [
        "training.precision=float32", "training.device=cpu", "task.generalization_grid=0",
        "training.weight_decay=0.01",
    ],
}  # fmt: skip


def test_trials_are_shared_equally() -> None:
    assert trials_each(11, 3) == 3
    with pytest.raises(UsageError, match="--budget 2 is smaller than the number of models, 3"):
        trials_each(2, 3)


def test_the_space_is_around_the_models_own_settings() -> None:
    task = TaskRecipe()
    net = default_space(Recipe.for_model("multihead", task))
    assert set(net) == {
        "training.learning_rate", "training.weight_decay", "training.label_smoothing",
        "model.channels",
    }  # fmt: skip
    assert net["model.channels"] == [8, 16, 32]
    addition = Recipe.for_model("sum", TaskRecipe(name="addition"))
    assert "training.label_smoothing" not in default_space(addition)  # its loss has none
    assert set(default_space(Recipe.for_model("mlp", task))) == {
        "training.learning_rate", "training.weight_decay",
    }  # fmt: skip
    for name in ("forest", "knn", "svm", "logistic"):
        assert all(key.startswith("model.classical.") for key in default_space(
            Recipe.for_model(name, task)
        ))  # fmt: skip
    fixed = frozenset({"model.channels"})
    assert "model.channels" not in default_space(Recipe.for_model("whole", task), fixed)


def test_the_strength_of_no_penalty_is_not_searched() -> None:
    none = ["model.classical.penalty=none"]
    assert default_space(Recipe.for_model("logistic", TaskRecipe(), overrides=none)) == {}
    assert set(default_space(Recipe.for_model("logistic", TaskRecipe()))) == {"model.classical.C"}


def test_what_was_found_is_in_the_recipes() -> None:
    found = named(["multihead", "knn"]).with_settings(
        {"multihead": {"training.learning_rate": 0.5}, "knn": {"model.classical.neighbors": 9}}
    )
    made: Any = found.recipes(TaskRecipe(), range(1), quiet=True)
    assert made["multihead"][0].training.learning_rate == 0.5
    assert made["knn"][0].model.classical.neighbors == 9


def test_winners_are_compared_and_the_search_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = compare("triple", ["multihead", "knn"], root=tmp_path, budget=4, **SMALL)
    document = found.to_json()
    assert document["footing"] == "searched"
    assert document["plan"]["trials"] == 2
    rate = document["plan"]["found"]["multihead"]["training.learning_rate"]
    assert found.groups["multihead"][0].recipe["training"]["learning_rate"] == rate
    assert found.groups["multihead"][0].recipe["training"]["weight_decay"] == 0.01  # set for all
    assert "--budget 4" in found.command
    assert "Searched: each model was first given" in str(found)
    assert "Each model had 2 trials on validation before (--budget 4)." in str(found)
    fits: list[Any] = []
    gradient = __import__("glyphlab.training.trainers.gradient.trainer", fromlist=["gradient"])
    monkeypatch.setattr(gradient, "fit_net", lambda *args, **_: fits.append(args))
    again = compare("triple", ["multihead", "knn"], root=tmp_path, budget=4, **SMALL)
    assert again.to_json()["plan"] == document["plan"]
    assert fits == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"budget": 1}, "--budget 1 is smaller than the number of models, 2"),
        ({"budget": 4, "tuned": True}, "leave one of them out"),
        ({"budget": 4, "minutes": 3.0}, "leave --budget out"),
    ],
)
def test_what_cannot_be_asked(words: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        compare("triple", ["multihead", "knn"], root=tmp_path, **words)
    with pytest.raises(UsageError, match=message):
        preview("triple", ["multihead", "knn"], root=tmp_path, **words)

"""An old key of a recipe is refused, wherever it is typed, with the name that it has now."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sklearn.base import clone

from glyphlab import AlignedClassifier, GlyphClassifier, WholeClassifier, load_task, vary
from glyphlab._common.errors import OldArgument, RecipeError, StudyError
from glyphlab._common.renamed_keys import RENAMED, new_name
from glyphlab.experiments.search import Study
from glyphlab.experiments.search.space import nested
from glyphlab.recipes import (
    GeneratorRecipe,
    GeneratorTrainingRecipe,
    ModelRecipe,
    Recipe,
    TaskRecipe,
    TrainingRecipe,
    parse_recipe,
    read_recipe_file,
)
from glyphlab.recipes.overrides import apply_overrides, keys_of
from glyphlab.runs import Run

KEYS = sorted(key for key in RENAMED if "." in key)
NOW = set(keys_of(Recipe().model_dump())) | set(keys_of(GeneratorRecipe().model_dump()))


def recipe_with(path: str) -> dict[str, Any]:
    return {"kind": "generator" if path.startswith("play") else "classifier", **nested({path: 1})}


@pytest.mark.parametrize("old", KEYS)
def test_an_old_key_is_one_error_with_the_new_name(old: str, tmp_path: Path) -> None:
    said = f"'{old}' is called '{RENAMED[old]}' now: write that"
    assert RENAMED[old] in NOW
    assert old not in NOW
    with pytest.raises(RecipeError) as error:
        parse_recipe(recipe_with(old), "here")
    assert str(error.value) == f"here: {said}"
    assert error.value.exit_code == 2
    table, key = old.split(".")
    file = tmp_path / "old.toml"
    file.write_text(f'kind = "{recipe_with(old)["kind"]}"\n[{table}]\n{key} = 1\n')
    with pytest.raises(RecipeError, match=said):
        read_recipe_file(file)
    with pytest.raises(RecipeError, match=f"override '{old}=1': {said}"):
        apply_overrides({}, [f"{old}=1"])
    with pytest.raises(RecipeError, match=said):
        vary("mlp", old, ["1", "2"], task=TaskRecipe(name="single"), root=tmp_path, quiet=True)


@pytest.mark.parametrize(
    ("path", "now"),
    [
        ("nets.latent", "model.latent"),
        ("play.images", "training.images"),
        ("play.rate", "training.learning_rate"),
        ("training.learning_rate", None),
        ("nets", "model"),
        ("rate", None),
    ],
)
def test_a_table_takes_its_keys_along(path: str, now: str | None) -> None:
    assert new_name(path) == now


@pytest.mark.parametrize(
    ("part", "old", "now"),
    [
        (TrainingRecipe, "rate", "training.learning_rate"),
        (ModelRecipe, "views", "model.test_views"),
        (TaskRecipe, "once", "task.without_glyph_reuse"),
        (GeneratorTrainingRecipe, "rate", "training.learning_rate"),
        (GeneratorRecipe, "play", "training"),
    ],
)
def test_keywords_in_python(part: type[Any], old: str, now: str | None) -> None:
    if now is None:
        pytest.skip("of a generator's training the old table said it")
    with pytest.raises(ValidationError, match=f"is called '{now}' now"):
        part(**{old: {} if old == "play" else 1})


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"base": {"training": {"rate": 0.1}}}, "study: base"),
        ({"final": {"training": {"rate": 0.1}}}, "study: final"),
        ({"space": {"training.rate": [0.1]}}, "study: stages.one.space"),
        ({"space": {"training": {"rate": [0.1]}}}, "study: stages.one.space"),
        ({"freeze": ["training.rate"]}, "study: stages.two.freeze"),
    ],
)
def test_a_study_says_it_too(change: dict[str, Any], where: str) -> None:
    space = {"training.learning_rate": [0.1, 0.2]}
    stages: list[dict[str, Any]] = [
        {"name": "one", "trials": 1, "space": change.pop("space", space)},
        {"name": "two", "trials": 1, "space": {"training.epochs": [1, 2]}},
    ]
    if "freeze" in change:
        stages[1]["freeze"] = change.pop("freeze")
    with pytest.raises(StudyError) as error:
        Study.from_mapping({"name": "study", "stages": stages, **change})
    said = "'training.rate' is called 'training.learning_rate' now: write that"
    assert str(error.value) == f"{where}: {said}"


def test_an_old_run_is_one_line(tmp_path: Path) -> None:
    run = Run.open(tmp_path, "old", {**Recipe().content(), "training": {"rate": 0.1, "short": 1}})
    with pytest.raises(RecipeError) as error:
        read_recipe_file(run.path / "recipe.json")
    assert "\n" not in str(error.value)
    assert "'training.rate' is called 'training.learning_rate' now" in str(error.value)
    assert "'training.short' is called 'training.short_canvas' now" in str(error.value)
    assert json.loads((run.path / "recipe.json").read_text())["training"]["rate"] == 0.1


@pytest.mark.parametrize(
    ("function", "old", "now"),
    [
        (partial(load_task, "addition"), "once", "without_glyph_reuse"),
        (partial(load_task, "single"), "validation", "validation_glyph_fraction"),
        (GlyphClassifier, "rate", "learning_rate"),
        (AlignedClassifier, "batch", "batch_size"),
        (WholeClassifier, "smoothing", "label_smoothing"),
    ],
)
def test_an_old_argument_is_told_its_new_name(function: Any, old: str, now: str) -> None:
    with pytest.raises(OldArgument, match=f"the argument '{old}' is called '{now}' now"):
        function(**{old: 1})
    with pytest.raises(TypeError):
        function(**{old: 1})
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        function(nonsense=1)


def test_estimators_are_still_cloned_and_asked_for_their_parameters() -> None:
    made = clone(AlignedClassifier(learning_rate=0.5))
    assert made.get_params()["learning_rate"] == 0.5
    assert "args" not in made.get_params()

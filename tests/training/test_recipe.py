"""Recipes: what they accept, what they say about the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pydantic
import pytest

from glyphlab._common.errors import IgnoredKey, RecipeError, UnknownName
from glyphlab._common.toml import toml_text
from glyphlab.optim.optimizers import OPTIMIZERS
from glyphlab.recipes import Recipe, json_schema
from glyphlab.recipes.architecture import parse_layers
from glyphlab.recipes.overrides import apply_overrides, keys_of
from glyphlab.recipes.union import parse_recipe, read_recipe_file
from glyphlab.tasks.task_recipe import TaskRecipe


def one_line(caught: pytest.ExceptionInfo[RecipeError]) -> str:
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"traning": {}}, ["unknown key 'traning'", "did you mean 'training'"]),
        (
            {"training": {"epoch": 3}},
            ["'training.epoch'", "did you mean 'training.epochs'", "batch_size"],
        ),
        ({"model": {"chanels": 3}}, ["'model.chanels'", "did you mean 'model.channels'"]),
        (
            {"training": {"epochs": "many"}},
            ["training.epochs must be a whole number, found 'many'"],
        ),
        ({"training": {"epochs": 0}}, ["training.epochs must be at least 1, found 0"]),
        ({"training": {"learning_rate": float("inf")}}, ["training.learning_rate", "finite"]),
        ({"training": {"learning_rate": float("nan")}}, ["training.learning_rate", "finite"]),
        ({"training": {"label_smoothing": 1.0}}, ["training.label_smoothing"]),
        ({"training": 3}, ["training must be a table, found 3"]),
        ({"model": {"strategy": "alinged"}}, ["model.strategy", "'aligned'"]),
        ({"model": {"net": "layers"}}, ["needs model.layers", '["dense 100"]']),
        ({"model": {"layers": ["dense 9"]}}, ["net 'fast'", 'model.net = "layers"']),
        ({"model": {"net": "layers", "layers": ["danse 9"]}}, ["did you mean 'dense'"]),
        ({"model": {"net": "layers", "layers": [3]}}, ["model.layers.0 must be text, found 3"]),
        ({"training": {"momentum": 1.0}}, ["training.momentum"]),
        ({"training": {"optimizer": "rmsprob"}}, ["did you mean 'rmsprop'"]),
        ({"name": "Über"}, ["name"]),
        ({"seed": -1}, ["seed must be at least 0, found -1"]),
        ({"task": {"affine": True}}, ["set task.redraw = true too"]),
        ({"seed": -1, "training": {"epochs": 0}}, ["found -1", "training.epochs must be", ";"]),
    ],
)
def test_what_a_recipe_cannot_have(content: dict[str, object], words: list[str]) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_mapping(content, "here")
    message = one_line(caught)
    assert message.startswith("here: ")
    for word in words:
        assert word in message


def test_a_recipe_does_not_change() -> None:
    recipe = Recipe()
    with pytest.raises(pydantic.ValidationError):
        recipe.training.epochs = 3  # type: ignore[misc]
    assert Recipe.from_mapping(json.loads(recipe.model_dump_json())) == recipe


def test_toml_with_overrides(tmp_path: Path) -> None:
    path = tmp_path / "_Mein Rezept.toml"
    path.write_text('seed = 4\n[training]\nepochs = 2\n[task]\ndata = "digits"\n')
    recipe = Recipe.from_toml(
        path, ["training.epochs=5", "model.net=triple-mnist-cnn", "task.redraw = true"]
    )
    assert (recipe.seed, recipe.training.epochs) == (4, 5)
    assert (recipe.model.net, recipe.task.redraw) == ("triple-mnist-cnn", True)
    assert recipe.name == "mein-rezept"
    path.with_name("äö.toml").write_text("")
    assert Recipe.from_toml(path.with_name("äö.toml")).name == "run"


@pytest.mark.parametrize("select", ["best", "last"])
def test_select_has_no_effect_without_validation(select: str, tmp_path: Path) -> None:
    nothing_held_out = TaskRecipe(name="single", validation_glyph_fraction=0)
    path = tmp_path / "mine.toml"
    path.write_text(
        f'[task]\nvalidation_glyph_fraction = 0\n[training]\nselect = "{select}"\nepochs = 3\n'
    )
    with pytest.raises(IgnoredKey, match=r"training\.select chooses an epoch by its validation"):
        Recipe.from_toml(path)
    with pytest.raises(IgnoredKey, match=r"leave it out, or set training\.validation_fraction"):
        Recipe.for_model("mlp", nothing_held_out, overrides=[f"training.select={select}"])
    assert Recipe.from_toml(path, ["training.validation_fraction=0.1"]).training.select == select
    kept = Recipe.for_model("paper-sliced", nothing_held_out)  # an entry's own key is not typed
    assert kept.training.select == "last"


def test_a_whole_recipe_without_validation_is_read_from_its_text(tmp_path: Path) -> None:
    task = TaskRecipe(name="single", validation_glyph_fraction=0)
    recipe = Recipe.for_model("mlp", task)
    path = tmp_path / "whole.toml"
    path.write_text(toml_text(recipe.content()))
    assert Recipe.from_toml(path) == recipe


@pytest.mark.parametrize("share", [0.123456789, 0.9999999, 1e-7])
def test_a_share_of_dropout_comes_to_the_net_as_it_is(share: float) -> None:
    chosen = Recipe.from_mapping({"model": {"net": "layers", "units": [4], "dropout": share}})
    assert [one.share for one in parse_layers(chosen.model.words)] == [0.0, share]


def test_select_of_a_run_on_file_is_read(tmp_path: Path) -> None:
    task = TaskRecipe(name="single", validation_glyph_fraction=0)
    recipe = Recipe.for_model("paper-sliced", task)
    assert recipe.content()["training"]["select"] == "last"  # the name of the run counts it
    run = recipe.open_run(tmp_path)
    again = read_recipe_file(run.path / "recipe.json")
    assert (again, again.hash) == (recipe, recipe.hash)
    other = read_recipe_file(run.path / "recipe.json", ["training.optimizer=sgd"])
    assert isinstance(other, Recipe)
    assert other.training.select == "last"
    whole = recipe.content()
    assert parse_recipe(whole, "a page", typed=keys_of(whole)) == recipe


def test_overrides() -> None:
    content = {"training": {"epochs": 2}}
    changed = apply_overrides(
        content, ["training.learning_rate=1e-3", "a.b=text with spaces", "c=[1, 2]"]
    )
    assert changed == {
        "training": {"epochs": 2, "learning_rate": 1e-3},
        "a": {"b": "text with spaces"},
        "c": [1, 2],
    }
    assert content == {"training": {"epochs": 2}}
    assert apply_overrides({}, ["note=a=b"]) == {"note": "a=b"}
    for wrong in ("epochs", "=3", " =3"):
        with pytest.raises(RecipeError, match=r"key\.path=value"):
            apply_overrides({}, [wrong])
    with pytest.raises(RecipeError, match="'epochs' is a value, not a table"):
        apply_overrides(content, ["training.epochs.more=3"])


@pytest.mark.parametrize(
    ("content", "words"),
    [("[training\n", "is not TOML"), ("seed = 1\nseed = 2\n", "is not TOML")],
)
def test_what_is_not_toml(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(content)
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(path)
    assert words in one_line(caught)
    assert "wrong.toml" in one_line(caught)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_toml(tmp_path / "none.toml")
    assert "none.toml" in one_line(caught)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="not TOML"):
        Recipe.from_toml(tmp_path / "bytes.toml")


def test_schema_knows_every_field() -> None:
    schema = json_schema()
    json.dumps(schema)
    whole = schema["$defs"]["Recipe"]
    assert whole["additionalProperties"] is False
    assert set(whole["properties"]) == {"kind", "task", "model", "training", "seed", "name"}
    training = schema["$defs"]["TrainingRecipe"]
    assert training["additionalProperties"] is False
    assert set(training["properties"]) == set(type(Recipe().training).model_fields)
    assert training["properties"]["optimizer"]["enum"] == list(OPTIMIZERS)


def test_title_names_task_recipe_and_seed() -> None:
    recipe = Recipe.for_model("sliced", TaskRecipe(name="addition"), seed=2)
    assert recipe.title == "addition-sliced-s2"
    changed = Recipe.for_model("sliced", TaskRecipe(), overrides=["training.epochs=9"])
    assert changed.training.epochs == 9
    with pytest.raises(UnknownName, match="did you mean 'sliced'"):
        Recipe.for_model("slicde", TaskRecipe())


def test_title_of_a_folder_begins_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "sums" / ".data"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    for name, first in (
        ("addition", "addition"), ("../my set.v2", "my set"), (".", "data"), ("..", "sums"),
        ("../.data", "data"), ("-x", "x"), ("--", "data"), ("/", "data"),
    ):  # fmt: skip
        recipe = Recipe(task=TaskRecipe(name=name))
        assert recipe.title == f"{first}-run-s0"
        assert recipe.content()["task"]["name"] == name


def test_units_stand_for_dense_layers() -> None:
    of = {"net": "layers", "strategy": "multihead", "units": [9, 5]}
    assert Recipe.from_mapping({"model": of}).model.words == ("dense 9", "dense 5")
    both = Recipe.from_mapping({"model": {**of, "norm": True, "dropout": 0.25}})
    assert both.model.words == (
        "dense 9", "norm", "dropout 0.25", "dense 5", "norm", "dropout 0.25",
    )  # fmt: skip
    for wrong, said in (
        ({**of, "layers": ["dense 3"]}, "leave one of them out"),
        ({"net": "layers", "layers": ["dense 3"], "norm": True}, "follow each of model.units"),
        ({"units": [3]}, "model.units means nothing to net 'fast'"),
        ({"net": "layers"}, "needs model.layers"),
        ({**of, "units": [0]}, "must be at least 1, found 0"),
    ):
        with pytest.raises(RecipeError, match=said):
            Recipe.from_mapping({"model": wrong})

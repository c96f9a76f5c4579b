"""What names a run: every key that changes a result, and nothing else."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import BaseModel

from glyphlab import Scene, cli, compare, load_folder_task, load_task
from glyphlab._common.errors import DataError, GlyphlabError, IgnoredKey, RecipeError, UsageError
from glyphlab._common.toml import toml_text
from glyphlab.data.digits import embedded_digits
from glyphlab.recipes import GeneratorRecipe, ModelRecipe, Recipe
from glyphlab.recipes.base import BaseRecipe
from glyphlab.recipes.overrides import OWN_WAY, override_text
from glyphlab.tasks.from_recipe import load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.identity import identified

pytestmark = pytest.mark.usefixtures("one_thread")

BASES: dict[str, BaseRecipe] = {
    "fast": Recipe(),
    "layers": Recipe.from_mapping(
        {
            "model": {"strategy": "whole", "net": "layers", "layers": ["conv 4 3", "dense 8"]},
            "training": {"optimizer": "sgd"},
        }
    ),
    "units": Recipe.from_mapping(
        {"model": {"strategy": "whole", "net": "layers", "units": [5]}, "task": {"redraw": True}}
    ),
    "svm": Recipe.from_mapping(
        {
            "model": {
                "strategy": "sliced",
                "net": "classical",
                "classical": {"name": "svm", "kernel": "poly"},
            }
        }
    ),
    "forest": Recipe.for_model("forest", TaskRecipe()),
    "knn": Recipe.for_model("knn", TaskRecipe()),
    "elastic": Recipe.from_mapping(
        {
            "model": {
                "strategy": "sliced",
                "net": "classical",
                "classical": {"name": "logistic", "penalty": "elasticnet"},
            }
        }
    ),
    "own scene": Recipe(
        task=TaskRecipe.of(
            Scene("mine", 2, (40, 70), (28, 28), (0, 32), (0, 0), 2, 2, "signed-sum", 1, (1, -1))
        ),
        model=ModelRecipe(strategy="sum"),
    ),
    "numbers of one's own": Recipe(
        task=TaskRecipe.of(
            Scene.in_grid("numbers", 2, 2, rule="sum", digits=2), without_glyph_reuse=True
        ),
        model=ModelRecipe(strategy="sum"),
    ),
    "generator": GeneratorRecipe(),
    "generator of one's own": GeneratorRecipe(
        task=TaskRecipe.of(Scene.in_grid("mine", 1, 2, rule="product"))
    ),
    "generator of signs": GeneratorRecipe(
        task=TaskRecipe.of(
            Scene("mine", 2, (40, 70), (28, 28), (0, 32), (0, 0), 2, 2, "signed-sum", 1, (1, -1))
        ),
    ),
    "smooth generator": GeneratorRecipe.from_mapping(
        {
            "model": {"conditional": False},
            "training": {"loss": "minimax", "resample_generated": True, "label_smoothing": 0.1},
        }
    ),
    "balanced generator": GeneratorRecipe.from_mapping(
        {
            "model": {"family": "dcgan", "conditional": False},
            "training": {"loss": "boundary-equilibrium", "penalty": "none"},
        }
    ),
    "two discriminators": GeneratorRecipe.from_mapping(
        {"model": {"discriminator_classes": [[1, 2], [3]]}}
    ),
    "untaught generator": GeneratorRecipe.from_mapping(
        {"training": {"discriminator_learning_rate": 0.1}}
    ),
}
OWN = {"name": "mine", "kind": "net", "source": "0123456789abcdef"}
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "model.net": (
        {"model": {"strategy": "whole", "net": "fast"}},
        {"model": {"strategy": "whole", "net": "triple-mnist-cnn"}},
    ),
    **{
        f"model.classical.{key}": tuple(
            {"model": {"strategy": "sliced", "net": "classical", "classical": settings}}
            for settings in both
        )
        for key, both in {
            "name": ({"name": "svm"}, {"name": "knn"}),
            "penalty": (
                {"name": "logistic", "solver": "saga"},
                {"name": "logistic", "solver": "saga", "penalty": "l1"},
            ),
            "solver": ({"name": "logistic"}, {"name": "logistic", "solver": "sag"}),
            "kernel": ({"name": "svm"}, {"name": "svm", "kernel": "linear"}),
        }.items()
    },
    **{
        f"model.custom.{key}": tuple(
            {"model": {"strategy": "sliced", "net": "custom", "custom": {**OWN, **settings}}}
            for settings in ({}, {key: other})
        )
        for key, other in {
            "name": "theirs",
            "kind": "estimator",
            "source": "0" * 16,
            "where": "theirs:make_net",
            "arguments": {"width": "3"},
            "has_chance": False,
        }.items()
    },
    "model.discriminator_width": (
        {"kind": "generator"},
        {"kind": "generator", "model": {"discriminator_width": 8}},
    ),
    "task.affine": ({"task": {"redraw": True}}, {"task": {"redraw": True, "affine": True}}),
}
"""Keys that go with others, so that no value of theirs alone is another recipe."""
WORDS = (
    "disjoint", "shared", "mnist", "addition", "sliced", "whole", "layers", "fast", "sgd", "adam",
    "linear", "roll", "float32", "cpu", "last", "tanh", "torch", "rbf", "l2", "saga", "distance",
    "strips", "dcgan", "mean", "hinge", "r1", "none", "class_cap", "other", "0123456789abcdef",
    "0123456789ab", "scale", "some text", "product", "sum",
)  # fmt: skip


def leaves(content: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def others(value: Any) -> list[Any]:
    """Return values that a key might have instead."""
    numbers = [1, 2, 3, 5, 0.05, 0.25, 0.5, 7, 2.5, 12]
    rows = [["dense 3"], [4, 4], ["conv 4 3", "dense 9"], [90, 90], [-1, 1], [[1, 0], [1, 20]]]
    return [True, False, *numbers, *WORDS, *rows]


def keys_of_model(model: type[BaseModel], before: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        parts = (field.annotation, *get_args(field.annotation))
        inner = next((p for p in parts if isinstance(p, type) and issubclass(p, BaseModel)), None)
        found |= keys_of_model(inner, f"{before}{name}.") if inner else {f"{before}{name}"}
    return found


def with_value(content: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = json.loads(json.dumps(content))
    *tables, key = path.split(".")
    target = changed
    for table in tables:
        target = target[table]
    target[key] = value
    return changed


def with_every_key(base: BaseRecipe) -> dict[str, Any]:
    """Return the content with the keys that name no run where they have their default."""
    content = base.content()
    for table in content:
        part = getattr(base, table)
        for key in getattr(part, "added", ()):
            if f"{table}.{key}" not in base.ignored():
                content[table].setdefault(key, part.model_dump(mode="json")[key])
    return content


def mutants(base: BaseRecipe) -> Iterator[tuple[str, BaseRecipe]]:
    """Yield a recipe for every key that can have another value here."""
    content = with_every_key(base)
    for path, value in leaves(content):
        for other in others(value):
            if other == value and type(other) is type(value):
                continue
            try:
                changed = type(base).from_mapping(with_value(content, path, other))
            except GlyphlabError:
                continue
            if changed != base:
                yield path, changed
                break


@pytest.mark.parametrize("kind", [Recipe, GeneratorRecipe])
def test_every_key_that_has_an_effect_is_in_the_hash(kind: type[BaseRecipe]) -> None:
    seen: set[str] = set()
    for base in BASES.values():
        if type(base) is not kind:
            continue
        hashes = {base.hash: "itself"}
        for path, changed in mutants(base):
            assert changed.hash not in hashes, (path, hashes[changed.hash])
            hashes[changed.hash] = path
            seen.add(path)
    for path, both in PAIRS.items():
        if path in keys_of_model(kind):
            first, second = (kind.from_mapping(content) for content in both)
            assert first.hash != second.hash
            seen.add(path)
    assert seen == keys_of_model(kind) - {"kind"}  # other kinds are other classes


@pytest.mark.parametrize("base", BASES.values(), ids=list(BASES))
def test_a_recipe_comes_back_from_what_it_is_written_as(base: BaseRecipe, tmp_path: Path) -> None:
    content = json.loads(json.dumps(base.content()))
    assert type(base).from_mapping(content) == base
    file = tmp_path / "recipe.toml"
    file.write_text(toml_text(content))
    assert type(base).from_toml(file).hash == base.hash
    for _, changed in mutants(base):
        file.write_text(toml_text(changed.content()))
        assert type(base).from_toml(file).hash == changed.hash


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("name", [name for name, one in BASES.items() if isinstance(one, Recipe)])
def test_the_command_line_makes_the_same_recipe(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = BASES[name]
    file = tmp_path / "run.toml"
    file.write_text("")
    words = ["glyphlab", "train", str(file), "--dry-run", "--json", "--seed", "3"]
    changed = type(base).from_mapping({**base.content(), "seed": 3, "name": "run"})
    for path, value in leaves(base.content()):
        if path not in OWN_WAY and value is not None:
            words += ["--set", override_text(path, value)]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert json.loads(out) == changed.content()


@pytest.mark.parametrize("key", ["seed=5", "name=x", "kind=generator", "task.digest=0", " seed =1"])
def test_what_an_experiment_sets_is_not_overridden(key: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="is not set this way"):
        compare("triple", ["aligned"], seeds=2, root=tmp_path, overrides=[key], quiet=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "key", "said"),
    [
        ({"training": {"momentum": 0.5}}, "training.momentum", "only to 'sgd'"),
        ({"training": {"nesterov": False}}, "training.nesterov", "only to 'sgd'"),
        ({"model": {"activation": "tanh"}}, "model.activation", "only to 'layers'"),
        (
            {"model": {"net": "triple-mnist-cnn", "strategy": "whole", "channels": 4}},
            "model.channels",
            "only to 'fast'",
        ),
        (
            {
                "training": {"patience": 2},
                "task": {"validation_glyph_fraction": 0, "name": "single"},
            },
            "training.patience",
            "task.validation_glyph_fraction = 0",
        ),
    ],
)
def test_a_key_without_effect_is_refused(content: dict[str, Any], key: str, said: str) -> None:
    with pytest.raises(IgnoredKey, match=said) as caught:
        Recipe.from_mapping(content)
    assert caught.value.key == key


def test_a_typed_key_without_effect_is_refused_at_its_default_too(tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text("[training]\nmomentum = 0.9\n")
    with pytest.raises(IgnoredKey, match=r"training\.momentum"):
        Recipe.from_toml(file)
    file.write_text("")
    with pytest.raises(IgnoredKey, match=r"model\.activation"):
        Recipe.from_toml(file, ["model.activation=relu"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("[training]\nlr = 0.1", "training.learning_rate"),
        ("learning_rate = 0.1", "training.learning_rate"),
        ("[training]\nvalidation_split = 0.1", "training.validation_fraction"),
        ("[model]\nlabel_smoothing = 0.1", "training.label_smoothing"),
    ],
)
def test_other_names_of_a_key_find_it(text: str, meant: str, tmp_path: Path) -> None:
    file = tmp_path / "r.toml"
    file.write_text(text)
    with pytest.raises(RecipeError, match=f"did you mean '{meant}'"):
        Recipe.from_toml(file)


TASKS = st.builds(
    dict,
    name=st.sampled_from(["triple", "addition", "product", "difference", "single"]),
    labels=st.sampled_from([None, "shared", "disjoint"]),
    glyphs=st.sampled_from([None, "shared", "disjoint"]),
    as_published=st.booleans(),
    per_label=st.sampled_from([None, 1, 2]),
    validation_glyph_fraction=st.sampled_from([None, 0.0, 0.3]),
    digits=st.sampled_from([1, 2]),
    without_glyph_reuse=st.booleans(),
    train_images=st.sampled_from([None, 17]),
    per_class=st.sampled_from([None, 3]),
    withhold_test=st.booleans(),
    seed=st.integers(0, 2),
    redraw=st.booleans(),
    affine=st.booleans(),
    generalization_grid=st.sampled_from([0, 7]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=TASKS)
def test_a_task_gives_back_the_recipe_that_made_it(content: dict[str, Any]) -> None:
    if content["name"] == "triple" and content["per_label"] is None:
        content["per_label"] = 1
    try:
        recipe = TaskRecipe.model_validate(content)
        task = load_recipe_task(recipe)
    except ValueError:
        assume(False)
    assert task.recipe is not None
    assert task.recipe == recipe.changed(digest=task.recipe.digest)
    again = load_recipe_task(task.recipe)
    assert again.recipe == task.recipe
    for split, images in task.splits.items():
        np.testing.assert_array_equal(images.images, again.splits[split].images)
        np.testing.assert_array_equal(images.labels, again.splits[split].labels)


@pytest.mark.parametrize(
    "made",
    [
        lambda: load_task("addition"),
        lambda: load_task("addition").with_train_images(100),
        lambda: load_task("triple", labels="shared", per_label=1),
        lambda: load_task("single").with_images_a_symbol(4),
        lambda: load_task("addition", without_glyph_reuse=True, validation_glyph_fraction=0),
        lambda: load_task("single").withheld(),
    ],
)
def test_a_comparison_of_a_loaded_task_trains_on_its_images(made: Any, tmp_path: Path) -> None:
    task = made()
    found = compare(
        task, ["linear-combined" if task.name == "addition" else "knn"], seeds=1, root=tmp_path,
        quiet=True, overrides=["task.generalization_grid=0"],
    )  # fmt: skip
    (run,) = found.runs
    recipe = TaskRecipe.model_validate(run.recipe["task"])
    rebuilt = load_recipe_task(recipe)
    for split, images in task.splits.items():
        np.testing.assert_array_equal(images.images, rebuilt.splits[split].images)


def test_a_task_changed_by_hand_names_no_recipe(tmp_path: Path) -> None:
    import dataclasses

    task = load_task("single")
    by_hand = dataclasses.replace(task, train=task.train.take(np.arange(30)))
    with pytest.raises(UsageError, match=r"changed by hand.*write_folder"):
        compare(by_hand, ["knn"], seeds=1, root=tmp_path, quiet=True)
    said = task.with_train(task.train.take(np.arange(30)), "the first thirty")
    found = compare(
        said, ["knn"], seeds=1, root=tmp_path, quiet=True, overrides=["task.generalization_grid=0"]
    )
    content = found.runs[0].recipe["task"]
    assert content["replaced"].startswith("the first thirty ")
    with pytest.raises(DataError, match="cannot be read again"):
        load_recipe_task(TaskRecipe.model_validate(content))
    other = task.with_train(task.train.take(np.arange(1, 31)), "the first thirty")
    assert other.recipe != said.recipe


def test_fewer_of_fewer_is_no_recipe_of_fewer() -> None:
    task = load_task("single")
    twice = task.with_train_images(100).with_train_images(10)
    assert twice.recipe is not None
    assert twice.recipe.replaced
    assert twice.recipe != task.with_train_images(10).recipe


# data of one's own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a few of the embedded digits, in the layout of a source."""
    symbols = embedded_digits()
    for split, part, count in (("train", symbols.train, 12), ("test", symbols.test, 6)):
        for label in range(3):
            rows = np.flatnonzero(part.labels == label)[:count]
            (tmp_path / "data" / split / str(label)).mkdir(parents=True)
            for row in rows:
                Image.fromarray(part.images[row]).save(
                    tmp_path / "data" / split / str(label) / f"{row}.png"
                )
    return tmp_path / "data"


def inverted(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        with Image.open(path) as image:
            pixels = 255 - np.asarray(image)
        Image.fromarray(pixels).save(path)


def recipe_of(folder: Path, name: str = "knn") -> Recipe:
    return Recipe.for_model(
        name, TaskRecipe(name="single", data=str(folder), generalization_grid=0)
    )


def test_changed_data_are_other_data(folder: Path, tmp_path: Path) -> None:
    recipe = recipe_of(folder)
    first = train(recipe, tmp_path / "runs", quiet=True)
    assert train(recipe, tmp_path / "runs", quiet=True).path == first.path
    inverted(folder)
    second = train(recipe, tmp_path / "runs", quiet=True)
    assert second.path != first.path
    old = Recipe.from_mapping(first.recipe)
    with pytest.raises(DataError, match=r"leave task\.digest out"):
        train(old, tmp_path / "runs", quiet=True)


@pytest.mark.usefixtures("notes")
def test_a_finished_run_is_found_without_its_data(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = recipe_of(folder)
    first = train(recipe, tmp_path / "runs", quiet=True)
    folder.rename(tmp_path / "elsewhere")
    assert train(recipe, tmp_path / "runs", quiet=True).path == first.path
    assert "not on this machine" in capsys.readouterr().err
    with pytest.raises(GlyphlabError, match="no such folder"):
        train(recipe_of(folder, "forest"), tmp_path / "runs", quiet=True)


def test_data_that_change_while_a_comparison_runs_end_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from glyphlab.training.trainers import sklearn

    real, trained = sklearn.fit_classical, []

    def once(*args: Any, **kwargs: Any) -> Any:
        fitted = real(*args, **kwargs)
        if not trained:
            inverted(folder)
        trained.append(args[1][0].name)
        return fitted

    monkeypatch.setattr(sklearn, "fit_classical", once)
    with pytest.raises(DataError, match=r"changed while they were in use .* nothing more is train"):
        compare(
            TaskRecipe(name="single", data=str(folder), generalization_grid=0),
            ["knn", "forest"],
            seeds=1,
            root=tmp_path / "runs",
            quiet=True,
        )
    assert trained == ["knn"]


def test_a_task_of_another_recipe_is_refused(tmp_path: Path) -> None:
    task = load_task("triple", per_label=2)
    with pytest.raises(RecipeError, match=r"task\.per_label is 3 there and 2 here"):
        train(Recipe(task=TaskRecipe(per_label=3)), tmp_path, task=task, quiet=True)


def test_a_folder_in_the_published_layout_has_a_digest(tmp_path: Path) -> None:
    for split in ("train", "val", "test"):
        (tmp_path / "t" / split / "12").mkdir(parents=True)
        Image.fromarray(np.full((4, 8), 9, np.uint8)).save(tmp_path / "t" / split / "12" / "0.png")
    task = load_folder_task(tmp_path / "t")
    assert task.recipe is not None
    assert task.recipe.digest
    assert load_recipe_task(task.recipe).recipe == task.recipe
    found = identified(Recipe(task=TaskRecipe(name=str(tmp_path / "t"))), tmp_path)
    assert found.task.digest == task.recipe.digest


@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize("root", ["runs", "mine", None])
def test_the_command_of_a_run_made_in_python_finds_it_again(
    root: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "here" if root is None else Path(root)
    run = train(
        Recipe.for_model("knn", TaskRecipe(name="single", generalization_grid=0)),
        folder,
        quiet=True,
    )
    if root is None:
        monkeypatch.chdir(folder)
    assert str(tmp_path) not in run.summary.command
    monkeypatch.setattr(sys, "argv", shlex.split(run.summary.command))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert f"{run.name} is finished: not trained again" in capsys.readouterr().err

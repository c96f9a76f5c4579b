"""Every verb on every kind of recipe that it makes sense for, on a handful of embedded digits."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from glyphlab._common.errors import RecipeError, UnknownName, UsageError
from glyphlab.experiments import (
    Experiment,
    GeneratorComparison,
    GeneratorVariation,
    LearningCurve,
    Variation,
    augmentation_study,
    compare,
    learning_curve,
    vary,
)
from glyphlab.experiments.kinds import named
from glyphlab.recipes import GeneratorRecipe, Recipe
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.recipes.union import read_recipe_file
from glyphlab.tasks.task_recipe import TaskRecipe

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = [
    "training.images=64", "training.batch_size=32", "model.width=4", "training.precision=float32",
    "evaluation.samples=100", "evaluation.epoch_samples=100",
]  # fmt: skip
SINGLE = TaskRecipe(name="single", generalization_grid=0)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("verbs")


def page_of(result: Any, root: Path) -> str:
    text = result.to_html(root / "page.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', text)
    return str(text)


def document_of(result: Any) -> dict[str, Any]:
    return dict(json.loads(json.dumps(result.to_json(), allow_nan=False)))


def test_generators_are_compared(root: Path, tmp_path: Path) -> None:
    found = compare(
        "digits", ["small", "dcgan"], seeds=2, root=root, quiet=True,
        overrides=[*FEW, "training.generator_batch_size=32"],
    )  # fmt: skip
    assert isinstance(found, GeneratorComparison)
    document = document_of(found)
    assert [(row["model"], row["metric"]) for row in document["rows"]] == [
        ("small", "frechet"), ("small", "coverage"), ("dcgan", "frechet"), ("dcgan", "coverage"),
    ]  # fmt: skip
    assert {row["seeds"] for row in document["rows"]} == {2}
    assert {test["metric"] for test in document["tests"]} == {"frechet", "coverage"}
    assert {test["verdict"] for test in document["tests"]} <= {
        "better", "worse", "not distinguished",
    }  # fmt: skip
    assert document["command"].startswith(
        "glyphlab compare single --data digits --models small,dcgan --seeds 2"
    )
    assert "Which generates digits best: small or dcgan?" in page_of(found, tmp_path)
    assert "Fréchet distance" in str(found)
    assert "<table>" in found._repr_html_()
    found.to_csv(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert [row["model"] for row in csv.DictReader(file)] == [
            row["model"] for row in found.to_rows()
        ]


def test_a_classifier_is_varied(root: Path, tmp_path: Path) -> None:
    found = vary(
        "mlp", "training.learning_rate", [0.001, 0.01], task=SINGLE, seeds=2, root=root, quiet=True,
        overrides=["training.epochs=1"],
    )  # fmt: skip
    assert isinstance(found, Variation)
    document = document_of(found)
    assert document["key"] == "training.learning_rate"
    assert [row["model"] for row in document["rows"]] == ["0.001", "0.01"]
    assert [(test["a"], test["b"]) for test in document["tests"]] == [("0.001", "0.01")]
    rates = [run.recipe["training"]["learning_rate"] for run in found.runs]
    assert rates == [0.001, 0.001, 0.01, 0.01]
    assert "What does training.learning_rate change?" in page_of(found, tmp_path)
    assert found.command.startswith(
        "glyphlab vary mlp training.learning_rate=0.001,0.01 --task single"
    )


def test_what_leaves_nothing_to_chance_is_trained_once(root: Path) -> None:
    found = vary("knn", "model.classical.neighbors", ["3", "9"], task=SINGLE, root=root)
    assert [row["seeds"] for row in found.rows] == [1, 1]
    assert found.tests[0]["verdict"] != "one seed"


def test_a_file_of_either_kind_is_varied(root: Path, tmp_path: Path) -> None:
    words = ["training.images=64", "training.batch_size=32", 'training.precision="float32"']
    file = tmp_path / "mine.toml"
    file.write_text(
        'kind = "generator"\n[model]\nwidth = 4\n[training]\n'
        + "\n".join(word.removeprefix("training.") for word in words)
        + "\n[evaluation]\nsamples = 100\nepoch_samples = 100\n"
    )
    recipe = read_recipe_file(file)
    assert isinstance(recipe, GeneratorRecipe)
    assert recipe.name == "mine"
    found = vary(file, "model.latent", [4, 9], seeds=2, root=root, quiet=True)
    assert isinstance(found, GeneratorVariation)
    assert {
        run.recipe["model"]["latent"] for one in found.outcomes.values() for run in one.runs
    } == {4, 9}
    assert f"glyphlab vary {file} model.latent=4,9 --seeds 2" in found.command
    with pytest.raises(UsageError, match=r"--kind classifier: .*mine\.toml is the recipe of a gen"):
        vary(file, "model.latent", [4, 9], kind="classifier", root=root, quiet=True)
    plain = tmp_path / "plain.toml"
    plain.write_text('[task]\nname = "single"\n[model]\nnet = "fast"\nstrategy = "aligned"\n')
    assert isinstance(read_recipe_file(plain), Recipe)
    plain.write_text('kind = "neither"\n')
    with pytest.raises(RecipeError, match="unknown kind 'neither': known: classifier, generator"):
        read_recipe_file(plain)


def test_a_curve_of_a_generator(root: Path, tmp_path: Path) -> None:
    found = learning_curve(
        "digits", ["small"], [200, 50], seeds=2, root=root, quiet=True, overrides=FEW
    )
    assert isinstance(found, LearningCurve)
    document = document_of(found)
    assert document["sizes"] == [50, 200]
    metrics = ("frechet", "coverage", "label_accuracy")
    assert [(row["images"], row["metric"]) for row in document["rows"]] == [
        (size, metric) for size in (50, 200) for metric in metrics
    ]
    assert document["tests"] == []
    assert "Fréchet distance against training images" in page_of(found, tmp_path)
    assert "Fréchet distance" in str(found)
    trained = {path.name for path in root.glob("single-small-s0-*")}
    sizes = [json.loads((root / name / "recipe.json").read_text()) for name in trained]
    assert {50, 200} <= {one["task"]["train_images"] for one in sizes}


@pytest.mark.parametrize(
    ("models", "kind", "error", "said"),
    [
        (["mlp", "dcgan"], None, UsageError, "dcgan generate images and mlp classify them"),
        (["mlpp"], None, UnknownName, "did you mean 'mlp'"),
        (["dcgann"], "generator", UnknownName, "unknown generator 'dcgann'"),
        (["mlp"], "neither", UnknownName, "unknown kind"),
    ],
)
def test_kinds_are_not_mixed(
    models: list[str], kind: str | None, error: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        compare("digits", models, kind=kind, root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_both_kinds() -> None:
    assert named(["whole"]).kind == "classifier"
    assert named(["whole", "sliced"]).kind == "classifier"
    assert named(["whole", "composed"]).kind == "generator"
    assert named(["whole"], "generator").kind == "generator"


@pytest.mark.parametrize(
    ("model", "key", "values", "words", "said"),
    [
        ("mlp", "training.learning_rate", [0.1], {}, "at least two different values"),
        ("mlp", "training.learning_rate", [0.1, 0.1], {}, "at least two different values"),
        ("mlp", "training.learning_rate", ["0.1", "1e-1"], {}, "one and the same training"),
        ("mlp", "training.rat", [1, 2], {}, "did you mean"),
        ("mlp", "seed", [1, 2], {}, "seed is not set this way"),
        ("mlp", "task.train_images", [10, 20], {}, "glyphlab learning-curve"),
        (
            "mlp",
            "training.learning_rate",
            [1, 2],
            {"overrides": ["training.learning_rate=3"]},
            "overridden too",
        ),
        ("knn", "training.learning_rate", [1, 2], {}, "means nothing to a classical model"),
        ("mlp", "training.learning_rate", [1, 2], {"seeds": 0}, "found 0: 3 or more"),
    ],
)
def test_what_cannot_be_varied(
    model: str, key: str, values: list[Any], words: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        vary(model, key, values, task=SINGLE, root=tmp_path, quiet=True, **words)
    assert list(tmp_path.iterdir()) == []


def test_two_kinds_in_one_experiment() -> None:
    both = {"a": [Recipe(task=SINGLE)], "b": [generator_recipe("small", task_recipe("digits"))]}
    with pytest.raises(UsageError, match="no score in common"):
        Experiment(both, "c")


@pytest.mark.parametrize(
    ("task", "model", "said"),
    [
        ("digits", "mlp", "images that a generator makes, and 'mlp' classifies them"),
        ("digits", "dcgan", "'dcgan' is not conditional"),
        ("triple", "small", "choose 'composed', or set pictures=strips"),
        ("digits", "smal", "did you mean 'small'"),
    ],
)
def test_what_no_augmentation_study_is_of(task: str, model: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        augmentation_study(task, [10], model, root=tmp_path, quiet=True)
    assert list(tmp_path.iterdir()) == []

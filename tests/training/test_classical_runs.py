"""Classical models as runs: trained, read again from the folder, refused where they do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from PIL import Image

from glyphlab._common.errors import RecipeError, RunError
from glyphlab.models.sklearn.skops_files import from_bytes, to_bytes
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Task, load_task
from glyphlab.training import predict, train
from glyphlab.training.trainers.sklearn_fit import load_classical

pytestmark = pytest.mark.usefixtures("without_familiarity")
NAMES = ("logistic", "svm", "forest", "knn")


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task("triple", per_label=2, offline=True)


def recipe(name: str, strategy: str = "sliced", **settings: object) -> Recipe:
    classical = {"name": name, **settings}
    if name == "logistic":
        classical.setdefault("max_iter", 20)
    return Recipe.from_mapping(
        {
            "name": name,
            "task": {"name": "triple", "per_label": 2, "generalization_grid": 0},
            "model": {"strategy": strategy, "net": "classical", "classical": classical},
        }
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_every_classical_model(name: str, task: Task, tmp_path: Path) -> None:
    run = train(recipe(name, pca=20), tmp_path, quiet=True, task=task)
    assert run.is_done
    assert run.summary.metrics.position_accuracy[0] > 0.2  # a tenth is chance, 0.015 its sd
    assert run.summary.engine.backend.startswith("scikit-learn ")
    assert run.summary.parameters > 0
    assert run.summary.protocol.text.endswith("fitted once, on the whole training split")
    file = tmp_path / "image.png"
    Image.fromarray(task.test.images[0]).save(file)
    (said,) = predict(Path(run.path), [file], as_is=True)
    assert said["symbols"] == run.load_predictions()["pred"][0].tolist()
    assert 0 < said["confidence"] <= 1


@pytest.mark.parametrize(
    ("name", "settings", "precision"),
    [
        ("logistic", {"solver": "saga"}, "float32"),
        ("logistic", {"solver": "softmax"}, "float32"),
        ("logistic", {"solver": "lbfgs", "pca": 5}, "float32"),
        ("logistic", {"solver": "newton-cg", "pca": 5}, "float32"),
        ("svm", {"pca": 5}, "float64"),
        ("forest", {"n_estimators": 2}, "float64"),
        ("knn", {"pca": 5}, "float64"),
    ],
)
def test_the_engine_names_what_was_multiplied_in(
    name: str, settings: dict[str, Any], precision: str, task: Task, tmp_path: Path
) -> None:
    run = train(recipe(name, **settings), tmp_path, quiet=True, task=task)
    assert run.summary.engine.precision == precision
    (classifier,) = [one[-1] for one in load_classical(run)]
    coefficients = getattr(classifier, "coef_", np.empty(0))
    assert coefficients.dtype == precision


def test_neighbours_among_few_components_are_read_from_their_file(
    task: Task, tmp_path: Path
) -> None:
    run = train(recipe("knn", pca=5, neighbors=1), tmp_path, quiet=True, task=task)
    image = Image.fromarray(task.test.images[0])
    image.save(tmp_path / "image.png")
    (said,) = predict(Path(run.path), [tmp_path / "image.png"], as_is=True)
    assert said["symbols"] == run.load_predictions()["pred"][0].tolist()


@pytest.mark.parametrize("strategy", ["whole", "multihead"])
def test_other_strategies(strategy: str, task: Task, tmp_path: Path) -> None:
    run = train(recipe("knn", strategy, neighbors=1), tmp_path, quiet=True, task=task)
    assert run.summary.train_accuracy == 1.0  # every training image is its own neighbour
    assert len(load_classical(run)) == (3 if strategy == "multihead" else 1)
    if strategy == "whole":
        assert run.summary.metrics.exact_match == 0.0  # as the audit foretells


@pytest.mark.usefixtures("notes")
def test_iterations_that_do_not_suffice_are_said(
    task: Task, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(recipe("logistic", max_iter=1), tmp_path, quiet=True, task=task)
    assert any("converge" in text for text in run.summary.warnings)
    assert "converge" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"model": {"net": "classical"}}, "need each other"),
        ({"model": {"classical": {"name": "svm"}}}, "need each other"),
        ({"model": {"net": "classical", "classical": {"name": "svm"}}}, "'aligned' needs a net"),
    ],
)
def test_recipes_that_do_not_fit(content: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Recipe.from_mapping(content)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"training": {"epochs": 3}}, "means nothing to a classical model"),
        ({"task": {"redraw": True}}, "no epochs"),
    ],
)
def test_what_has_no_meaning_to_a_classical_model(part: dict[str, object], message: str) -> None:
    model = {"strategy": "sliced", "net": "classical", "classical": {"name": "knn"}}
    with pytest.raises(RecipeError, match=message):
        Recipe.from_mapping({"model": model, **part})


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(RecipeError, match=r"did you mean 'model\.classical\.gamma'"):
        recipe("svm", gama=0.1)


class Stranger:
    """A type that no model of ours is made of."""


def test_strange_types_are_not_read(tmp_path: Path) -> None:
    content = skops.io.dumps([Stranger()])
    with pytest.raises(RunError, match="Stranger"):
        from_bytes(content, "model.skops")


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_model_file(damage: bytes | None, task: Task, tmp_path: Path) -> None:
    run = train(recipe("knn"), tmp_path, quiet=True, task=task)
    file = Path(run.path) / "model.skops"
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)
    with pytest.raises(RunError, match="runs rm"):
        load_classical(Run.load(Path(run.path)))


def test_bytes_there_and_back(task: Task, tmp_path: Path) -> None:
    run = train(recipe("forest", n_estimators=3), tmp_path, quiet=True, task=task)
    models = load_classical(run)
    again = from_bytes(to_bytes(models), "memory")
    flat = task.test.images[:50, :, :28].reshape(50, -1)
    np.testing.assert_array_equal(models[0].predict_proba(flat), again[0].predict_proba(flat))

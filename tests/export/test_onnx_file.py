"""ONNX files: the same answers in onnxruntime, for every model that has a name."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.neural_network import MLPClassifier

from exported_runs import RUNS, SINGLE, run_of
from glyphlab._common.errors import RunError, UsageError
from glyphlab.export import onnx_file, onnx_graph
from glyphlab.export.onnx_file import write_onnx
from glyphlab.models.own.given import given
from glyphlab.recipes import Recipe
from glyphlab.recipes.classifier_presets import list_models, model_entry
from glyphlab.runs import Run
from glyphlab.tasks import load_task
from glyphlab.training import train
from glyphlab.training.evaluation.model_reader import ModelReader

pytestmark = pytest.mark.usefixtures("one_thread")

needs_extra = pytest.mark.skipif(
    not onnx_graph.has_onnx(), reason="the extra onnx is not installed"
)


def answers_in(file: Path, images: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    names = [one.name for one in session.get_outputs()]
    return dict(zip(names, session.run(names, {"images": images}), strict=True))


def images_for(run: Run, count: int) -> NDArray[np.uint8]:
    """Return noise of every darkness, blocky enough to have edges."""
    state = run.classifier_summary.strategy_state
    rng = np.random.default_rng(1)
    shape = (count, -(-state.height // 4), -(-state.width // 4))
    coarse = rng.integers(0, 256, shape) * rng.random((count, 1, 1))
    large = np.kron(coarse, np.ones((1, 4, 4)))[:, : state.height, : state.width]
    return large.astype(np.uint8)


def require_same(run: Run, file: Path, count: int = 50) -> None:
    images = images_for(run, count)
    expected = ModelReader.load(run).read(images).predictions
    found = answers_in(file, images)
    shares = expected.probabilities.reshape(count, -1, expected.probabilities.shape[-1])
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-4)
    if "labels" in found:
        assert (found["labels"] == expected.labels).all(1).mean() >= 0.98
        one = answers_in(file, images[:1])
        np.testing.assert_array_equal(one["labels"], found["labels"][:1])


@needs_extra
@pytest.mark.parametrize("name", RUNS)
def test_nets_answer_alike(name: str, tmp_path: Path) -> None:
    run = run_of(name)
    said = write_onnx(run, tmp_path / "model.onnx")
    assert said["checked"] == 32
    assert said["largest_difference"] <= 1e-4
    assert said["bytes"] == (tmp_path / "model.onnx").stat().st_size
    require_same(run, tmp_path / "model.onnx")
    assert ("labels" in answers_in(tmp_path / "model.onnx", images_for(run, 2))) is (
        name != "long-sum"
    )


@functools.cache
def named_run(name: str) -> Run:
    """Return a short training of a model by name."""
    entry = model_entry(name)
    task = {"name": entry.task, "generalization_grid": 0, "train_images": 120}
    if entry.task == "triple":
        task |= {"per_label": 1}
    model = {"strategy": entry.strategy, "net": entry.net, **entry.model}
    if "channels" in model:
        model["channels"] = 4
    recipe: dict[str, Any] = {"name": name, "task": task, "model": model}
    if entry.training:
        shorter = {**entry.training, "epochs": 1, "augment": "none", "precision": "float32"}
        recipe["training"] = shorter
    root = Path(tempfile.mkdtemp(prefix="glyphlab-named-"))
    return train(Recipe.from_mapping(recipe), root, quiet=True)


@needs_extra
@pytest.mark.parametrize("name", [entry.name for entry in list_models()])
def test_every_model_of_the_registry(name: str, tmp_path: Path) -> None:
    run = named_run(name)
    write_onnx(run, tmp_path / "model.onnx")
    require_same(run, tmp_path / "model.onnx")


@needs_extra
@pytest.mark.parametrize(
    "settings",
    [
        {"name": "logistic", "solver": "lbfgs"},
        {"name": "logistic", "solver": "softmax", "pca": 12},
        {"name": "logistic", "solver": "saga", "max_iter": 2000, "tol": 0.1},
        {"name": "svm", "kernel": "linear"},
        {"name": "svm", "kernel": "poly", "degree": 3},
        {"name": "svm", "kernel": "rbf", "pca": 0.9},
        {"name": "knn", "weights": "distance", "neighbors": 3},
        {"name": "forest", "max_depth": 5, "n_estimators": 20},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_classical_models_by_their_settings(settings: dict[str, Any], tmp_path: Path) -> None:
    model = {"strategy": "multihead", "net": "classical", "classical": settings}
    recipe = {"name": "classical", "task": {**SINGLE, "train_images": 400}, "model": model}
    run = train(Recipe.from_mapping(recipe), tmp_path, quiet=True)
    write_onnx(run, tmp_path / "model.onnx")
    require_same(run, tmp_path / "model.onnx", 200)


@needs_extra
@pytest.mark.parametrize(
    "settings",
    [
        {"name": "logistic", "solver": "lbfgs"},
        {"name": "logistic", "solver": "softmax"},
        {"name": "svm", "kernel": "rbf"},
        {"name": "knn", "neighbors": 3},
        {"name": "forest", "n_estimators": 9},
    ],
    ids=lambda settings: "-".join(map(str, settings.values())),
)
def test_classical_models_of_two_classes(settings: dict[str, Any], tmp_path: Path) -> None:
    digits = load_task("single")
    for of_class in (3, 8):
        (tmp_path / "two" / str(of_class)).mkdir(parents=True)
        for row in np.flatnonzero(digits.train.labels[:, 0] == of_class)[:30]:
            Image.fromarray(digits.train.images[row]).save(
                tmp_path / "two" / str(of_class) / f"{row}.png"
            )
    model = {"strategy": "multihead", "net": "classical", "classical": settings}
    task = {**SINGLE, "data": str(tmp_path / "two"), "train_images": None}
    recipe = {"name": "classical", "task": task, "model": model}
    run = train(Recipe.from_mapping(recipe), tmp_path, quiet=True)
    write_onnx(run, tmp_path / "model.onnx")
    require_same(run, tmp_path / "model.onnx", 200)


@needs_extra
def test_a_classifier_of_ones_own(tmp_path: Path) -> None:
    custom = given("perceptron", MLPClassifier((12,), max_iter=400, tol=1e-2, random_state=0))
    model = {"strategy": "multihead", "net": "custom", "custom": custom.model_dump()}
    recipe = {"name": "mlp", "task": {**SINGLE, "train_images": 200}, "model": model}
    run = train(Recipe.from_mapping(recipe), tmp_path, quiet=True)
    write_onnx(run, tmp_path / "model.onnx")
    require_same(run, tmp_path / "model.onnx", 200)


@needs_extra
def test_what_the_file_says_of_itself(tmp_path: Path) -> None:
    import onnx

    run = run_of("sum")
    write_onnx(run, tmp_path / "model.onnx")
    model = onnx.load(tmp_path / "model.onnx")
    said = {one.key: one.value for one in model.metadata_props}
    assert json.loads(said["class_names"]) == [str(digit) for digit in range(10)]
    assert said["run"] == run.name
    preparation = json.loads(said["preparation"])
    assert preparation["scene"]["rule"] == "sum"
    assert preparation["style"]["kind"] == "writing"
    assert [one.name for one in model.graph.input] == ["images"]
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n"
    assert {one.domain: one.version for one in model.opset_import} == {"": 17, "ai.onnx.ml": 3}


@needs_extra
def test_a_file_that_would_answer_otherwise_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(graph: Any, shares: str, axis: int, keepdims: int) -> str:
        return str(add(graph, "ArgMin", shares, axis=axis, keepdims=keepdims))

    add = onnx_graph.Graph.add
    monkeypatch.setattr(
        onnx_graph.Graph,
        "add",
        lambda self, operator, *inputs, **more: (
            wrong(self, *inputs, **more)
            if operator == "ArgMax"
            else add(self, operator, *inputs, **more)
        ),
    )
    with pytest.raises(RunError, match="does not answer as the run does"):
        write_onnx(run_of("multihead"), tmp_path / "model.onnx")
    assert [*tmp_path.iterdir()] == []


def test_without_the_extra_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_graph, "missing_packages", lambda: ["onnx", "onnxruntime"])
    with pytest.raises(UsageError, match=r"pip install 'glyphlab\[onnx\]'"):
        write_onnx(run_of("multihead"), tmp_path / "model.onnx")


def test_a_target_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    target.write_bytes(b"mine")
    with pytest.raises(UsageError, match="is there already"):
        write_onnx(run_of("multihead"), target)
    assert target.read_bytes() == b"mine"


def test_the_limit_of_the_format_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not onnx_graph.has_onnx():
        pytest.skip("the extra onnx is not installed")
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 1000)
    with pytest.raises(UsageError, match="has room for 2"):
        write_onnx(run_of("multihead"), tmp_path / "model.onnx")

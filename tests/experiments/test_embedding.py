"""Maps of a finished run, from its layers to the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.experiments.embedded_images import seen_by_classifier
from glyphlab.experiments.embedding import embed
from glyphlab.models.nets.activations import activations, layer_names
from glyphlab.recipes import Recipe
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.runs import Run
from glyphlab.tasks import load_task
from glyphlab.tasks.streams.image_shards import load_shards_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.evaluation.loaded_models import load_net
from trained import shards_run

pytest.importorskip("openTSNE")
TASK = TaskRecipe(name="addition", per_label=20, generalization_grid=0)
SHORT = ["training.epochs=1", "model.channels=2", "training.precision=float32"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(root: Path) -> Run:
    return train(Recipe.for_model("sum", TASK, overrides=SHORT), root, quiet=True)


def test_maps_of_a_run(run: Run, tmp_path: Path) -> None:
    symbols = np.sort(load_task("addition", per_label=20).test.symbols, axis=1)
    kinds, counts = np.unique(symbols, axis=0, return_counts=True)
    first, second = (tuple(kind) for kind in kinds[np.argsort(counts)[-2:]].tolist())
    name = " and ".join("+".join(map(str, kind)) for kind in (first, second))
    asked = {"perplexities": [5, 12], "images": 100, "apart": [(first, second)], "quiet": True}
    found = embed(run, **asked)  # type: ignore[arg-type]
    assert [(one.layer, one.perplexity) for one in found.embeddings] == [
        ("input", 5.0), ("input", 12.0), ("reader.trunk", 5.0), ("reader.trunk", 12.0),
    ]  # fmt: skip
    for one in found.embeddings:
        assert one.points.shape == (len(symbols), 2)
        assert 0 <= one.scores["knn"] <= 1
        assert list(one.scores["apart"]) == [name]
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (document["schema"], document["images"]) == (2, len(symbols))
    assert len(document["embeddings"]) == 4
    assert document["remark"] == ""
    assert "reader.trunk" in str(found)
    test = load_task("addition", per_label=20).test
    assert found.numbers is not None
    assert found.images is not None
    np.testing.assert_array_equal(found.images, test.images[found.numbers])
    said: list[str] = []
    again = embed(run, **asked, on_progress=said.append)  # type: ignore[arg-type]
    assert any("step 750 of 750" in sentence for sentence in said)
    for one, other in zip(found.embeddings, again.embeddings, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
    page = found.report(tmp_path / "embedding.html").read_text()
    assert page.count("<svg") == 3  # the images, and maps by label and by both symbols
    assert page.count("The numbers<") == 2
    assert re.search(r"glyphlab embed \S+ --perplexity 5,12 --images 100 --separability", page)
    assert name in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_images_of_one_label_are_mapped_and_that_is_said(run: Run, tmp_path: Path) -> None:
    task = load_task("addition", per_label=20)
    same = task.train.take(np.flatnonzero(task.train.labels == 9))
    found = embed(
        run, ["input"], perplexities=[2], quiet=True,
        task=replace(task, test=same).described(task.recipe),
    )  # fmt: skip
    (one,) = found.embeddings
    assert [(of["knn"], of["silhouette"]) for of in (one.scores, one.features)] == [(1, 0)] * 2
    said = f"All {len(same)} images have one label: k-NN is 100 % and silhouette 0 whatever"
    page = found.report(tmp_path / "embedding.html").read_text()
    for text in (str(found), page, *found.notes(), found.to_json()["remark"]):
        assert said in text


def test_layers_are_what_the_net_puts_out(run: Run) -> None:
    net, images = load_net(run), load_task("addition", per_label=20).test.images[:7]
    assert "reader" in layer_names(net)
    whole = activations(net, "reader", images)
    assert whole.shape == (7, 20)
    upper, lower = (activations(net.reader, "out", images[:, rows])  # type: ignore[arg-type]
                    for rows in (slice(0, 28), slice(28, 56)))  # fmt: skip
    np.testing.assert_allclose(whole, np.concatenate([upper, lower], 1), atol=1e-5)


def test_parts_of_an_image_come_one_after_the_other(root: Path) -> None:
    run = train(Recipe.for_model("sequential", TASK, overrides=SHORT), root, quiet=True)
    found = embed(run, ["trunk"], perplexities=[5], images=40, quiet=True)
    assert found.embeddings[0].layer == "trunk"


def test_dropout_is_no_layer_that_a_net_reads_by(root: Path) -> None:
    recipe = Recipe.from_mapping(
        {
            "task": TASK.model_dump(),
            "model": {"strategy": "whole", "net": "layers", "units": [12, 9], "dropout": 0.1},
            "training": {"epochs": 1, "augment": "none"},
        }
    )
    run = train(recipe, root, quiet=True)
    found = embed(run, perplexities=[5], images=40, quiet=True)
    assert [one.layer for one in found.embeddings] == ["input", "dense2"]
    with pytest.raises(UsageError, match="'dropout2' is passed over"):
        embed(run, ["dropout2"], perplexities=[5], images=40, quiet=True)


def test_images_of_a_generator_beside_real_ones(tmp_path: Path) -> None:
    few = [
        "training.images=64",
        "training.batch_size=32",
        "model.width=4",
        "training.precision=float32",
        "evaluation.samples=100",
        "evaluation.epoch_samples=100",
    ]
    run = train(
        generator_recipe("small", task_recipe("digits"), overrides=few),
        tmp_path / "runs",
        quiet=True,
    )
    found = embed(run, perplexities=[5], images=120, quiet=True)
    assert [one.layer for one in found.embeddings] == ["input", "features"]
    assert found.generated is not None
    assert (len(found.labels), int(found.generated.sum())) == (120, 60)
    for one in found.embeddings:
        assert one.scores["kinds"]["real and generated"] == [60, 60]
        assert 0.5 <= one.features["apart"]["real and generated"] <= 1
    # a training this short draws nothing that a neighbour of real images could be
    assert found.embeddings[0].features["apart"]["real and generated"] > 0.9
    assert "60 real and 60 generated images" in str(found)
    page = found.to_html(tmp_path / "embedding.html").read_text(encoding="utf-8")
    assert "Do the generated images lie among the real ones?" in page
    assert "coloured by origin" in page
    (only,) = embed(run, ["features"], perplexities=[5], images=60, quiet=True).embeddings
    assert only.layer == "features"
    with pytest.raises(UnknownName, match="did you mean 'features'"):
        embed(run, ["feature"], quiet=True)
    judge = next(path for path in (tmp_path / "runs").iterdir() if path != run.path)
    judge.rename(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="was evaluated by the classifier with hash"):
        embed(run, quiet=True)


def test_what_cannot_be_mapped(run: Run, root: Path) -> None:
    with pytest.raises(UnknownName, match=r"did you mean 'reader\.trunk'"):
        embed(run, ["reader.trnk"], quiet=True)
    with pytest.raises(UsageError, match="perplexity 30 does not suit 40 points"):
        embed(run, ["input"], images=40, quiet=True)
    with pytest.raises(UsageError, match=r"0 of the 40 images show 9\+12"):
        embed(run, ["input"], images=40, apart=[((9, 12), (4, 4))], quiet=True)
    task = TaskRecipe(name="single", generalization_grid=0)
    classical = train(Recipe.for_model("knn", task), root, quiet=True)
    with pytest.raises(UsageError, match="has no layers"):
        embed(classical, quiet=True)


def test_images_of_shards_are_read_when_they_are_mapped() -> None:
    run = shards_run()
    seen = seen_by_classifier(run, [], 20, 0, task=None, data_dir=None, quiet=True)
    assert seen.images.shape == (20, 84, 84)
    assert seen.features["input"].shape == (20, 84 * 84)
    there = load_shards_task(run.recipe["task"]["name"]).test.images
    assert np.array_equal(there[seen.numbers], seen.images)

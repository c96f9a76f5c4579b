"""Numbers longer than int64, from the drawing to the page: every label is exact."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import RecipeError
from glyphlab.experiments import Comparison, compare, write_run_page
from glyphlab.recipes import Recipe
from glyphlab.runs import Run
from glyphlab.tasks import load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import predict, train

pytestmark = pytest.mark.usefixtures("one_thread", "without_familiarity")

DIGITS = 20
TASK = TaskRecipe(name="addition", digits=DIGITS, without_glyph_reuse=True)
MODELS = ["sum", "sequential", "combined", "linear-sequential"]
SHORT = ["training.epochs=2", "training.precision=float32", "training.device=cpu"]
SMALL = [*SHORT, "model.channels=2"]


def written(row: list[int], digits: int) -> list[int]:
    text = "".join(map(str, row))
    return [int(text[:digits]), int(text[digits:])]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    root = tmp_path_factory.mktemp("runs")
    return compare(TASK, MODELS, seeds=2, root=root, overrides=SMALL, quiet=True)


@pytest.fixture(scope="module")
def runs(compared: Comparison) -> dict[str, Run]:
    loaded = compared.runs
    return {run.classifier_summary.model: run for run in loaded}


@pytest.mark.parametrize("model", MODELS)
def test_a_run_keeps_exact_labels(model: str, runs: dict[str, Run]) -> None:
    task = load_task("addition", digits=DIGITS, without_glyph_reuse=True)
    run = runs[model]
    with np.load(run.path / "predictions.npz", allow_pickle=False) as kept:
        arrays = dict(kept)
    assert arrays["true"].dtype.kind == arrays["pred"].dtype.kind == "U"
    sums = [sum(written(row, DIGITS)) for row in task.test.symbols.tolist()]
    assert [str(total) for total in sums] == arrays["true"][:, 0].tolist()
    assert arrays["pred"].shape == arrays["true"].shape
    assert all(str(int(text)) == text for text in arrays["pred"][:, 0].tolist())
    right = float((arrays["pred"] == arrays["true"]).mean())
    summary = run.classifier_summary
    assert summary.metrics.exact_match == right
    assert summary.metrics.digit_accuracy == ()
    assert summary.generalization_grid is None
    assert 0 <= arrays["confidence"].min() <= arrays["confidence"].max() <= 1
    if summary.strategy != "whole":
        assert summary.test_loss > 0
        assert summary.validation.macro_f1_label >= 0
        assert summary.symbols.all_correct == right
    else:
        known = {str(label) for label in task.train.labels}
        assert {str(one) for (one,) in summary.strategy_state.known} == known
        assert set(arrays["pred"][:, 0].tolist()) <= known


@pytest.mark.parametrize("model", MODELS)
def test_a_run_reads_files(model: str, runs: dict[str, Run], tmp_path: Path) -> None:
    task = load_task("addition", digits=DIGITS, without_glyph_reuse=True)
    files = [tmp_path / f"{number}.png" for number in range(len(task.test))]
    for file, image in zip(files, task.test.images, strict=True):
        Image.fromarray(image).save(file)
    read = [one["label"] for one in predict(runs[model].path, files, as_is=True)]
    assert read == runs[model].load_predictions()["pred"][:, 0].tolist()


def test_what_is_read_right_is_known_to_be_right(tmp_path: Path) -> None:
    """Neighbours read nearly every symbol, so some whole sums too."""
    task = load_task("addition", digits=DIGITS, without_glyph_reuse=True)
    neighbours = {"strategy": "sequential", "net": "classical", "classical": {"name": "knn"}}
    recipe = Recipe.from_mapping({"task": TASK.model_dump(), "model": neighbours})
    run = train(recipe, tmp_path, quiet=True, task=task)
    assert (
        run.classifier_summary.metrics.exact_match == run.classifier_summary.symbols.all_correct > 0
    )


def test_a_task_that_is_loaded_is_compared_too(tmp_path: Path) -> None:
    task = load_task("addition", digits=DIGITS, without_glyph_reuse=True)
    found = compare(task, ["linear-sequential"], seeds=1, root=tmp_path, quiet=True)
    assert [row["items"] for row in found.rows] == [len(task.test)]


def test_the_pages_show_whole_numbers(compared: Comparison, tmp_path: Path) -> None:
    page = compared.report(tmp_path / "comparison.html").read_text(encoding="utf-8")
    write_run_page(tmp_path / "runs.html", compared.runs)
    true = compared.runs[0].load_predictions()["true"][:, 0].tolist()
    for text in (page, (tmp_path / "runs.html").read_text(encoding="utf-8")):
        assert set(re.findall(r'alt="image of (\d+)"', text)) == set(true)
    assert [row["items"] for row in compared.rows] == [len(true)] * len(MODELS)
    assert str(compared)


@pytest.mark.parametrize("name", ["product", "difference"])
def test_other_rules_are_told_the_symbols(name: str, tmp_path: Path) -> None:
    task = TaskRecipe(name=name, digits=DIGITS, without_glyph_reuse=True)
    run = train(Recipe.for_model("sequential", task, overrides=SMALL), tmp_path, quiet=True)
    symbols = load_task(name, digits=DIGITS, without_glyph_reuse=True).test.symbols.tolist()
    pairs = [written(row, DIGITS) for row in symbols]
    expected = [a * b if name == "product" else a - b for a, b in pairs]
    assert list(map(int, run.load_predictions()["true"][:, 0])) == expected
    alone = Recipe.for_model("sum", task, overrides=SMALL)
    if name == "difference":
        read = train(alone, tmp_path, quiet=True).load_predictions()
        assert list(map(int, read["true"][:, 0])) == expected
        return
    with pytest.raises(RecipeError, match="use fewer digits, strategy 'sequential'"):
        train(alone, tmp_path, quiet=True)


def test_the_reports_pairs_may_be_long(tmp_path: Path) -> None:
    task = load_task("addition", digits=10, as_published=True)  # too long for a square
    few = TaskRecipe(name="addition", digits=10, as_published=True, train_images=20)
    run = train(
        Recipe.for_model("sum", few, overrides=[*SMALL, "training.epochs=1"]),
        tmp_path, quiet=True, task=task.with_train_images(20),
    )  # fmt: skip
    assert run.classifier_summary.generalization_grid is None


def test_maps_of_long_numbers(tmp_path: Path) -> None:
    pytest.importorskip("openTSNE")
    from glyphlab.experiments.embedding import embed

    task = TaskRecipe(name="product", digits=10, without_glyph_reuse=True)
    run = train(Recipe.for_model("sequential", task, overrides=SMALL), tmp_path, quiet=True)
    found = embed(run, ["input"], perplexities=[3], quiet=True)
    labels = load_task("product", digits=10, without_glyph_reuse=True).test.labels
    assert found.labels.tolist() == labels.tolist()
    assert found.embeddings[0].scores["silhouette"] == 0  # every product occurs once
    page = found.report(tmp_path / "embedding.html").read_text(encoding="utf-8")
    assert str(max(labels)) in page
    said = f"{len(labels)} of the {len(labels)} images are alone with their label"
    assert said in str(found)
    assert said in page

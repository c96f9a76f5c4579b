"""Tasks of symbols from a file: their digest, their size, and how a source is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import DataError, NoSuchPath, UsageError
from glyphlab.recipes import Recipe
from glyphlab.tasks import load_recipe_task, load_task
from glyphlab.tasks.from_recipe import check_recipe_task, load_named
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train

IMAGES = np.random.default_rng(0).integers(100, 256, (80, 10, 12), dtype=np.uint8)
LABELS = np.arange(80) % 4


@pytest.fixture
def table(tmp_path: Path) -> Path:
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS + 7)
    return tmp_path / "a.npz"


def test_a_recipe_names_the_content_of_a_file(table: Path, tmp_path: Path) -> None:
    task = load_task("single", data=str(table))
    recipe = task.required_recipe()
    assert recipe.digest is not None
    assert load_recipe_task(recipe).test.digest == task.test.digest
    content = {
        "task": {"name": "single", "data": str(table), "generalization_grid": 0},
        "model": {"strategy": "whole", "net": "classical", "classical": {"name": "knn"}},
    }
    run = train(Recipe.from_mapping(content), tmp_path / "runs", quiet=True)
    assert run.summary.class_names == ("7", "8", "9", "10")
    assert "16 of 80 are taken for test" in run.summary.protocol.data
    assert run.recipe["task"]["digest"] == recipe.digest
    np.savez(table, images=IMAGES[::-1], labels=LABELS)
    with pytest.raises(DataError, match="has digest"):
        load_recipe_task(recipe)
    again = train(Recipe.from_mapping(content), tmp_path / "runs", quiet=True)
    assert again.path != run.path  # other data are another run


def test_a_scene_is_drawn_from_the_symbols_of_a_file(table: Path, tmp_path: Path) -> None:
    (tmp_path / "pair.toml").write_text("columns = 2\n")
    task = load_named(str(tmp_path / "pair.toml"), data=str(table), per_label=2)
    assert task.scene.cell == (10, 12)
    assert task.train.images.shape[1:] == (10, 24)
    assert task.classes == 4


def test_a_source_that_is_named_as_a_task_is_called_so(table: Path, tmp_path: Path) -> None:
    for name in (table, tmp_path):
        with pytest.raises(UsageError, match=f"'single' \\(or a scene\\) with --data {name}"):
            load_named(str(name))
    with pytest.raises(UsageError, match="it is a source and no task"):
        check_recipe_task(TaskRecipe(name=str(table)))


def test_a_table_of_pixels_is_no_table_of_glyphs(tmp_path: Path) -> None:
    header = ",".join(["label", *(f"pixel{n}" for n in range(784))])
    (tmp_path / "a.csv").write_text(header + "\n")
    with pytest.raises(DataError, match=r"and 779 more, .*'single' with --data") as caught:
        load_named(str(tmp_path / "a.csv"))
    assert len(str(caught.value)) < 500


def test_what_is_not_there_or_not_read_is_refused_before_anything_is_loaded(
    tmp_path: Path,
) -> None:
    with pytest.raises(NoSuchPath):
        check_recipe_task(TaskRecipe(name="single", data=str(tmp_path / "a.npz")))
    (tmp_path / "a.pkl").touch()
    with pytest.raises(DataError, match="a pickle"):
        check_recipe_task(TaskRecipe(name="single", data=str(tmp_path / "a.pkl")))

"""Trainings on scenes of one's own, from the recipe to the reading of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from glyphlab import Scene, load_task
from glyphlab._common.errors import RecipeError
from glyphlab._common.seeds import torch_rng
from glyphlab.recipes import Recipe, model_entry
from glyphlab.runs import Run
from glyphlab.tasks import load_recipe_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import predict, train
from glyphlab.training.augment import augment
from glyphlab.training.train_many import train_many

pytestmark = pytest.mark.usefixtures("one_thread", "without_familiarity")

SQUARE = Scene.in_grid("square", 2, 2, gap=(4, 4), margin=(2, 2), free_y=3)
MARGINS = Scene.in_grid("margins", 1, 3, gap=(0, 1), margin=(3, 9))
STEPS = Scene("steps", 2, (56, 60), (28, 28), (0, 32), (0, 28))
NUMBERS = Scene.in_grid("numbers", 2, 2, gap=(5, 3), rule="sum", digits=2)
SIGNS = Scene.in_grid("signs", 3, 1, margin=(9, 1), rule="signed-sum", signs=(-1, 1, -1))
SMALL = ["training.epochs=1", "training.precision=float32", "model.channels=2"]
RUNS = [
    *((scene, name) for scene in (SQUARE, MARGINS) for name in
      ("whole", "sliced", "multihead", "aligned", "sum", "sequential", "knn")),
    *((scene, name) for scene in (NUMBERS, SIGNS) for name in
      ("whole", "sum", "sequential", "linear-sequential")),
    *((STEPS, name) for name in ("whole", "multihead")),
]  # fmt: skip


def recipe_of(scene: Scene, name: str, *overrides: str, **task: Any) -> Recipe:
    classical = model_entry(name).net == "classical"
    of = TaskRecipe.of(scene, **{"images": 60, "generalization_grid": 10, **task})
    return Recipe.for_model(name, of, overrides=[*([] if classical else SMALL), *overrides])


@pytest.mark.parametrize(
    ("scene", "name"), RUNS, ids=[f"{scene.name}-{name}" for scene, name in RUNS]
)
def test_a_run_reads_what_the_scene_shows(scene: Scene, name: str, tmp_path: Path) -> None:
    run = train(recipe_of(scene, name), tmp_path, quiet=True)
    arrays = run.load_predictions()
    recipe = Recipe.from_mapping(Run.load(run.path).recipe)
    task = load_recipe_task(recipe.task)  # from what the run keeps, and nothing else
    np.testing.assert_array_equal(arrays["true"].reshape(task.test.labels.shape), task.test.labels)
    assert arrays["pred"].shape == arrays["true"].shape
    assert {key for key in arrays if key.startswith("generalization_grid_")}
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for file, image in zip(files, task.test.images, strict=False):
        Image.fromarray(image).save(file)
    read = predict(run.path, files, as_is=True)
    assert [one["symbols"] for one in read] == arrays["pred"][:3].tolist()
    assert all(0 <= one["confidence"] <= 1 for one in read)


@pytest.mark.parametrize("scene", [SQUARE, MARGINS, SIGNS], ids=lambda scene: scene.name)
def test_neighbours_read_the_symbols_of_every_cell(scene: Scene, tmp_path: Path) -> None:
    """Whoever cut the wrong part would read next to nothing."""
    strategy = "sequential" if scene.rule != "digits" else "sliced"
    model = {"strategy": strategy, "net": "classical", "classical": {"name": "knn"}}
    task = TaskRecipe.of(scene, images=600, generalization_grid=0)
    run = train(Recipe(task=task, model=model), tmp_path, quiet=True)  # type: ignore[arg-type]
    assert run.classifier_summary.metrics.exact_match > (0.4 if scene.free_y else 0.8)


def test_pictures_are_drawn_anew_and_bent_by_cells(tmp_path: Path) -> None:
    changes = ["training.epochs=2", "training.augment=columns"]
    for name in ("aligned", "multihead", "sum"):
        recipe = recipe_of(SQUARE, name, *changes, redraw=True, affine=True)
        run = train(recipe, tmp_path, quiet=True)
        assert "new training images every epoch; each glyph deformed" in run.summary.protocol.text


def test_columns_on_several_rows_are_bent_by_themselves() -> None:
    images = torch.rand(2, 1, 12, 18, generator=torch_rng(0))
    drawn = augment("columns", images, torch_rng(1), 3, 2)
    generator = torch_rng(1)
    for row in range(2):
        for column in range(3):
            part = (
                slice(None),
                slice(None),
                slice(6 * row, 6 * row + 6),
                slice(6 * column, 6 * column + 6),
            )
            assert torch.equal(drawn[part], augment("affine", images[part], generator))


def test_a_canvas_is_shortened_only_where_that_helps(tmp_path: Path) -> None:
    high = Scene.in_grid("high", 1, 2, free_y=30)
    assert Recipe.for_model("aligned", TaskRecipe.of(high)).training.short_canvas == 1.0
    assert TaskRecipe.of(high).can_shorten
    run = train(recipe_of(high, "aligned"), tmp_path, quiet=True)
    assert "on a shortened canvas" in run.summary.protocol.text
    for scene in (SQUARE, MARGINS, STEPS):
        task = TaskRecipe.of(scene)
        assert not task.can_shorten
        assert Recipe.for_model("aligned", task).training.short_canvas == 0
        with pytest.raises(RecipeError, match=f"that of '{scene.name}' has several rows or is no"):
            Recipe.for_model("aligned", task, overrides=["training.short_canvas=0.5"])
    assert TaskRecipe(name="single").can_shorten  # as it ever was


def test_perceptrons_on_cells_train_in_a_stack(tmp_path: Path) -> None:
    training = {"optimizer": "adam", "precision": "float32", "epochs": 2}
    model = {"strategy": "sliced", "net": "layers", "layers": ["dense 9"]}
    task = TaskRecipe.of(MARGINS, images=60, generalization_grid=0)
    recipes = [
        Recipe.from_mapping(
            {"task": task.model_dump(), "model": model, "training": training, "seed": seed}
        )
        for seed in range(2)
    ]
    runs = [*train_many(recipes, tmp_path / "a", task=load_recipe_task(task), quiet=True)]
    alone = train(recipes[0], tmp_path / "b", quiet=True)
    np.testing.assert_array_equal(
        alone.load_predictions()["pred"], runs[0].load_predictions()["pred"]
    )


@pytest.mark.parametrize("name", ["sliced", "aligned", "sum", "sequential"])
def test_a_strategy_that_cannot_read_a_scene_says_what_can(name: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"'steps' do not stand in a grid.*'multihead'"):
        train(recipe_of(STEPS, name), tmp_path, quiet=True)
    if name in ("sliced", "aligned"):
        with pytest.raises(RecipeError, match="'whole', 'sum' or 'sequential'"):
            train(recipe_of(NUMBERS, name), tmp_path, quiet=True)


def test_long_signed_sums_are_learned_of_labels_alone(tmp_path: Path) -> None:
    scene = Scene.in_grid("long", 2, 20, rule="signed-sum", digits=20, signs=(-1, 1))
    run = train(recipe_of(scene, "sum", "training.epochs=2"), tmp_path, quiet=True)
    arrays = run.load_predictions()
    labels = load_task(scene, images=60).test.labels
    assert arrays["true"][:, 0].tolist() == [str(label) for label in labels]
    assert any(text.startswith("-") for text in arrays["true"][:, 0])
    assert run.classifier_summary.generalization_grid is None
    test_loss = run.classifier_summary.test_loss
    assert test_loss is not None
    assert test_loss > 0

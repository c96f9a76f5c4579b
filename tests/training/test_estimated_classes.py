"""Classes of symbols that are estimated from sums of many of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glyphlab._common.errors import RecipeError, RunError
from glyphlab.recipes import Recipe
from glyphlab.runs.tensors import read_state, read_tensors, write_tensors
from glyphlab.tasks import Task, load_recipe_task
from glyphlab.tasks.scenes.scene import Scene
from glyphlab.tasks.streams.drawn_images import streamed_tasks
from glyphlab.tasks.streams.streamed_images import StreamedImages
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.targets import strategy_for
from glyphlab.training.trainers.gradient.estimated_classes import distinct_cells as d
from glyphlab.training.trainers.gradient.estimated_classes import estimate as r
from glyphlab.training.trainers.gradient.estimated_classes import group_values as g
from small_runs import killed_after_an_epoch

pytestmark = pytest.mark.usefixtures("one_thread")
GRID = Scene.in_grid("sum-25", 5, 5, rule="sum")
SMALL = [
    "training.epochs=9", "training.precision=float32", "training.batch_size=32",
    "training.optimizer=adamw", "training.learning_rate=0.005", "model.net=layers",
    "model.units=[64]",
]  # fmt: skip


def recipe(rounds: int, images: int = 1_000, scene: Scene = GRID, *more: str) -> Recipe:
    task = TaskRecipe.of(scene, images=images, generalization_grid=0)
    rounds_key = f"training.estimate_classes={rounds}"
    return Recipe.for_model("sum", task, overrides=[*SMALL, rounds_key, *more])


@pytest.fixture(scope="module")
def task() -> Task:
    return load_recipe_task(recipe(1).task)


def classes_left(recipe: Recipe, root: Path) -> Path:
    """Return the classes that a training leaves which is killed after its first epoch."""
    killed_after_an_epoch(recipe, root)
    return next(root.glob(f"*/{r.FILE}"))


@pytest.mark.parametrize("streamed", [False, True])
def test_each_cell_is_kept_once_and_found_where_it_stands(streamed: bool) -> None:
    one = recipe(1, 40)
    with streamed_tasks(streamed):
        drawn = load_recipe_task(one.task)
    assert isinstance(drawn.train.images, StreamedImages) is streamed
    strategy = strategy_for(one, drawn)
    found = d.distinct_cells(drawn.train.images, strategy)
    images = np.asarray(drawn.train.images)
    side = images.shape[1] // 5
    cells = images.reshape(len(images), 5, side, 5, side).swapaxes(2, 3).reshape(-1, side, side)
    assert len(found.cells) == len(np.unique(cells.reshape(len(cells), -1), axis=0)) < len(cells)
    np.testing.assert_array_equal(found.cells[found.where.ravel()], cells)


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 5, 10]), st.booleans())
def test_groups_of_one_class_count_what_they_are(seed: int, classes: int, taken: bool) -> None:
    rng = np.random.default_rng(seed)
    of_group = rng.permutation(np.arange(3 * classes) % classes)
    groups = rng.permutation(np.arange(300) % len(of_group))
    where = rng.integers(0, 300, (400, 7))
    signs = np.where(taken & (np.arange(7) == 6), -1.0, 1.0)
    sums = (of_group[groups[where]] * signs).sum(1)
    found = g.group_values(groups, where, signs, sums, classes)
    np.testing.assert_allclose(found.values, of_group, atol=1e-3)
    assert found.residual < 0.01


def test_a_mixed_group_counts_the_mean_of_its_symbols() -> None:
    rng = np.random.default_rng(0)
    symbols = np.array([0] * 30 + [1] * 10 + [4] * 40)
    groups = np.array([0] * 40 + [1] * 40)
    where = rng.integers(0, 80, (4_000, 50))
    sums = symbols[where].sum(1).astype(float)
    found = g.group_values(groups, where, np.ones(50), sums, 5)
    np.testing.assert_allclose(found.values, [0.25, 4], atol=0.02)
    assert found.residual == pytest.approx((25 * 0.25 * 0.75) ** 0.5, rel=0.1)


def test_fewer_sums_than_groups_leave_values_at_the_middle() -> None:
    rng = np.random.default_rng(0)
    where = rng.integers(0, 100, (5, 30))
    found = g.group_values(np.arange(100), where, np.ones(30), rng.uniform(100, 170, 5), 10)
    assert np.isfinite(found.values).all()
    assert abs(found.values.mean() - 4.5) < 1


def test_values_between_classes_are_left_out() -> None:
    values = np.array([-0.6, 0.2, 0.45, 1.5, 2.7, 9.9])
    np.testing.assert_array_equal(r._classes(values, 3), [0, 0, -1, -1, 2, 2])
    np.testing.assert_array_equal(r._classes(np.array([0.5, 1.4]), 3), [0, 1])


def test_symbols_are_read_from_sums_of_25(task: Task, tmp_path: Path) -> None:
    run = train(recipe(2), tmp_path, quiet=True)
    symbols = run.classifier_summary.symbols
    assert symbols is not None
    assert symbols.accuracy > 0.7  # by chance 0.1
    residuals = run.classifier_summary.residuals
    assert residuals is not None
    assert len(residuals) == 2
    assert max(residuals) < task.train.labels.std()
    assert run.classifier_summary.restarts is None
    said = run.summary.protocol.text
    assert "classes estimated from the labels in 2 rounds" in said
    assert said.endswith("weights of the last epoch")
    kept = run.load_tensors(r.FILE)["classes"].numpy()
    strategy = strategy_for(recipe(2), task)
    found = d.distinct_cells(task.train.images, strategy)
    true = np.empty(len(found.cells), np.int64)
    true[found.where] = task.train.symbols
    sure = kept >= 0
    assert sure.mean() > 0.7
    assert (kept[sure] == true[sure]).mean() > 0.6


def test_taken_up_it_has_the_same_classes(tmp_path: Path) -> None:
    few = recipe(2, 200)
    whole = train(few, tmp_path / "whole", quiet=True)

    left = classes_left(few, tmp_path / "killed")
    written = left.stat().st_mtime_ns
    again = train(few, tmp_path / "killed", quiet=True)
    assert left.stat().st_mtime_ns == written
    for file in ("model.safetensors", "predictions.npz"):
        assert (again.path / file).read_bytes() == (whole.path / file).read_bytes()


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_damaged_classes_are_refused(damage: str, tmp_path: Path) -> None:
    few = recipe(1, 200)

    left = classes_left(few, tmp_path)
    left.with_name("checkpoint.safetensors").unlink(missing_ok=True)
    if damage == "cut":
        left.write_bytes(left.read_bytes()[:30])
    else:
        write_tensors(left, {"classes": read_tensors(left)["classes"][:-1]}, read_state(left))
    with pytest.raises(RunError, match="classes"):
        train(few, tmp_path, quiet=True)


@pytest.mark.parametrize("rule", ["product", "digits"])
def test_labels_that_are_no_sum_are_refused(rule: str, tmp_path: Path) -> None:
    scene = Scene.in_grid("others", 2, 2, rule=rule)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="sum or difference of several numbers of one digit"):
        train(recipe(1, 100, scene), tmp_path, quiet=True)


def test_keys_of_whole_images_are_refused_beside_it() -> None:
    with pytest.raises(RecipeError, match=r"training\.restarts .*single symbols"):
        recipe(1, 100, GRID, "training.restarts=2")
    with pytest.raises(RecipeError, match=r"strategy 'aligned'.*'sum'"):
        Recipe.for_model(
            "aligned", TaskRecipe(name="triple"), overrides=["training.estimate_classes=1"]
        )


def test_left_out_it_names_no_run() -> None:
    plain = Recipe.for_model("sum", TaskRecipe(name="addition"))
    assert "estimate_classes" not in plain.content()["training"]
    assert recipe(1).hash != recipe(2).hash

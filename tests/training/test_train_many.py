"""Several recipes at once: stacked or not, each run is as if it had been trained alone."""

from __future__ import annotations

import gc
import json
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from glyphlab._common.errors import RecipeError, TrainingDiverged
from glyphlab.backends import reason_against
from glyphlab.recipes import BaseRecipe, Recipe
from glyphlab.runs import Run
from glyphlab.tasks import Task, load_recipe_task, load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.events import Epoch, Event, Group
from glyphlab.training.train_many import train_many
from glyphlab.training.trainers import plan
from glyphlab.training.trainers.stacked import stack
from small_runs import killed_after_an_epoch

TASK = TaskRecipe(name="single", generalization_grid=0)
needs_kernels = pytest.mark.skipif(bool(reason_against()), reason=reason_against())


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task("single", offline=True)


FAST = ["training.epochs=1", "training.optimizer=sgd", 'model.layers=["dense 8", "norm"]']
"""Of a net that does not stack."""


def mlp(seed: int, **training: object) -> Recipe:
    changes = [f"training.{key}={value}" for key, value in training.items()]
    return Recipe.for_model(
        "mlp", TASK, seed=seed, overrides=['model.layers=["dense 12"]', *changes]
    )


@needs_kernels
def test_a_stack_ends_as_each_alone(task: Task, tmp_path: Path) -> None:
    recipes = [mlp(0, epochs=3), mlp(1, epochs=2), mlp(0, epochs=2, learning_rate=0.003)]
    together = [*train_many(recipes, tmp_path / "together", task=task, quiet=True)]
    for recipe, run in zip(recipes, together, strict=True):
        assert isinstance(run, Run)
        alone = train(recipe, tmp_path / "alone", quiet=True, task=task)
        assert run.classifier_summary.stacked == 3
        assert run.summary.engine.backend == "numba"
        assert run.summary.engine.threads == 1
        assert run.recipe == alone.recipe
        assert run.summary.epochs_run == alone.summary.epochs_run
        ours, theirs = (one.load_predictions()["pred"] for one in (run, alone))
        assert np.mean(ours == theirs) > 0.99
        for mine, other in zip(run.metrics(), alone.metrics(), strict=True):
            assert mine["loss"] == pytest.approx(other["loss"], rel=1e-3)


@needs_kernels
def test_finished_members_are_not_trained_again(task: Task, tmp_path: Path) -> None:
    first = [*train_many([mlp(0, epochs=1), mlp(1, epochs=1)], tmp_path, task=task, quiet=True)]
    assert all(isinstance(run, Run) for run in first)
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("model.safetensors")}
    again = [mlp(0, epochs=1), mlp(1, epochs=1), mlp(2, epochs=1), mlp(3, epochs=1)]
    runs = [*train_many(again, tmp_path, task=task, quiet=True)]
    assert [run.summary.stacked for run in runs if isinstance(run, Run)] == [2, 2, 2, 2]
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in stamps.items())


@needs_kernels
def test_one_that_diverges_does_not_take_the_others_along(task: Task, tmp_path: Path) -> None:
    recipes = [mlp(0, epochs=1), mlp(1, epochs=1, learning_rate=1e30, optimizer="sgd")]
    good, bad = train_many(recipes, tmp_path, task=task, quiet=True, keep_going=True)
    assert isinstance(good, Run)
    assert good.is_done
    assert isinstance(bad, TrainingDiverged)
    with pytest.raises(TrainingDiverged):
        [*train_many(recipes, tmp_path, task=task, quiet=True)]


@needs_kernels
def test_one_that_holds_out_everything_is_told_by_its_name(task: Task, tmp_path: Path) -> None:
    recipes = [mlp(0, epochs=1), mlp(1, epochs=1, validation_fraction=0.9999)]
    good, bad = train_many(recipes, tmp_path, task=task, quiet=True, keep_going=True)
    assert isinstance(good, Run)
    assert isinstance(bad, RecipeError)
    for several in (recipes, recipes[1:]):  # in a stack, and by itself
        with pytest.raises(RecipeError, match=r"training\.validation_fraction = 0\.9999 holds out"):
            [*train_many(several, tmp_path, task=task, quiet=True)]


@needs_kernels
@pytest.mark.usefixtures("notes")
@pytest.mark.parametrize(("threads", "started"), [(1, 1), (2, 2), (5, 3)])
def test_what_is_said_is_what_is_started(
    threads: int,
    started: int,
    task: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given: list[int] = []

    def pool(workers: int, name: str) -> ThreadPoolExecutor:
        given.append(workers)
        return ThreadPoolExecutor(workers, name)

    monkeypatch.setattr(stack, "ThreadPoolExecutor", pool)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        [*train_many([mlp(seed, epochs=1) for seed in range(3)], tmp_path, task=task)]
    finally:
        torch.set_num_threads(before)
    assert given == [started]
    assert f"3 perceptrons train side by side, {started} at a time" in capsys.readouterr().err


def test_what_cannot_be_stacked_trains_by_itself(task: Task, tmp_path: Path) -> None:
    knn = Recipe.for_model("knn", TASK, seed=0)
    groups: list[Group] = []
    recipes = [knn, mlp(0, epochs=1)]

    def heard(event: Event) -> None:
        if isinstance(event, Group):
            groups.append(event)

    runs = [*train_many(recipes, tmp_path, task=task, quiet=True, callbacks=[heard])]
    assert groups == [Group((0,), ("knn",)), Group((1,), ("mlp",))]
    assert [run.summary.stacked for run in runs if isinstance(run, Run)] == [None, None]


def logistic(C: float, seed: int = 0, **settings: object) -> Recipe:
    classical = {"name": "logistic", "C": C, "solver": "softmax", **settings}
    return Recipe.from_mapping(
        {
            "name": f"logistic-{C:g}",
            "task": TASK.model_dump(),
            "model": {"strategy": "multihead", "net": "classical", "classical": classical},
            "seed": seed,
        }
    )


def test_what_shares_its_work() -> None:
    recipes = [
        logistic(1), mlp(0), logistic(10), logistic(1, max_iter=5), logistic(0.1, seed=1),
        logistic(1, pca=5), logistic(1, solver="lbfgs"), logistic(2, solver="lbfgs"),
    ]  # fmt: skip
    said = [(trainer.name, group) for trainer, group in plan(recipes)]
    assert said == [
        ("logistic_path", [0, 2, 4]), ("gradient", [1]), ("sklearn", [3]), ("sklearn", [5]),
        ("sklearn", [6]), ("sklearn", [7]),
    ]  # fmt: skip


def test_regressions_of_several_C_share_a_path_and_are_as_if_alone(
    task: Task, tmp_path: Path
) -> None:
    recipes = [logistic(0.01), logistic(1), logistic(0.01, seed=1)]
    runs = [*train_many(recipes, tmp_path / "together", task=task, quiet=True)]
    assert [run.summary.in_one_path for run in runs] == [3, 3, 3]
    assert runs[0].summary.train_accuracy < runs[1].summary.train_accuracy
    assert runs[0].summary.train_accuracy_items == len(task.train)
    assert runs[0].summary.metrics == runs[2].summary.metrics
    for recipe, run in zip(recipes, runs, strict=True):
        alone = train(recipe, tmp_path / "alone", quiet=True, task=task)
        assert run.recipe == alone.recipe
        assert alone.summary.in_one_path is None
        ours, theirs = (one.load_predictions()["pred"] for one in (run, alone))
        assert np.mean(ours == theirs) > 0.99
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("model.skops")}
    [*train_many([*recipes, logistic(5)], tmp_path / "together", task=task, quiet=True)]
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in stamps.items())


def test_what_diverges_stands_in_its_place(task: Task, tmp_path: Path) -> None:
    """Also where it trains by itself; without `keep_going` it ends the call."""
    recipes = [
        Recipe.for_model("mlp", TASK, overrides=[*FAST, "training.learning_rate=1e30"]),
        Recipe.for_model("mlp", TASK, seed=1, overrides=FAST),
    ]
    bad, good = train_many(recipes, tmp_path, task=task, quiet=True, keep_going=True)
    assert isinstance(bad, TrainingDiverged)
    assert isinstance(good, Run)
    with pytest.raises(TrainingDiverged):
        next(train_many(recipes, tmp_path, task=task, quiet=True))


def test_each_recipe_on_the_task_that_is_returned_for_it(tmp_path: Path) -> None:
    fewer = TASK.changed(train_images=200)
    recipes = [Recipe.for_model("knn", one) for one in (fewer, TASK)]
    asked: list[str] = []

    def task_of(recipe: Recipe) -> Task:
        asked.append(recipe.hash)
        return load_recipe_task(recipe.task)

    runs = [*train_many(recipes, tmp_path, task=task_of, quiet=True)]
    assert asked == [one.hash for one in recipes]
    assert [run.recipe["task"]["train_images"] for run in runs] == [200, None]
    with pytest.raises(RecipeError, match=r"task\.train_images is 200 there"):
        train(recipes[0].model_copy(update={"seed": 1}), tmp_path, task=task_of(recipes[1]))


def test_no_training_is_counted_twice(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="trainings 1 and 3 are one and the same"):
        train_many([mlp(0), mlp(1), mlp(0)], tmp_path)


def test_nothing_is_left_behind_by_what_cannot_be_trained(task: Task, tmp_path: Path) -> None:
    class Other(BaseRecipe):
        kind: str = "other"

    with pytest.raises(RecipeError, match="nothing trains a recipe of kind 'other'"):
        train(Other(task=TASK), tmp_path)
    assert not list(tmp_path.iterdir())


@needs_kernels
def test_what_was_cut_off_alone_goes_on_from_its_checkpoint(task: Task, tmp_path: Path) -> None:
    whole = train(mlp(1, epochs=3), tmp_path / "whole", quiet=True, task=task)
    root = tmp_path / "killed"
    killed_after_an_epoch(mlp(1, epochs=3), root)
    (checkpoint,) = root.glob("*/checkpoint.safetensors")
    first = (checkpoint.parent / "metrics.jsonl").read_text().splitlines()[0]
    recipes = [mlp(seed, epochs=3) for seed in range(3)]
    runs = [run for run in train_many(recipes, root, task=task, quiet=True) if isinstance(run, Run)]
    assert [run.classifier_summary.stacked for run in runs] == [2, None, 2]
    assert runs[1].path == checkpoint.parent
    for file in ("model.safetensors", "predictions.npz"):
        assert (runs[1].path / file).read_bytes() == (whole.path / file).read_bytes()
    assert json.loads(first) == runs[1].metrics()[0]  # with its seconds: it is not trained again


@needs_kernels
def test_one_that_is_left_of_a_stack_trains_by_itself(task: Task, tmp_path: Path) -> None:
    killed_after_an_epoch(mlp(0, epochs=2), tmp_path)
    recipes = [mlp(0, epochs=2), mlp(1, epochs=2, learning_rate=1e30, optimizer="sgd")]
    good, bad = train_many(recipes, tmp_path, task=task, quiet=True, keep_going=True)
    assert isinstance(good, Run)
    assert good.classifier_summary.stacked is None
    assert isinstance(bad, TrainingDiverged)


@needs_kernels
def test_weights_of_a_stack_are_safe_before_its_epochs_are_heard(
    task: Task, tmp_path: Path
) -> None:
    there: list[bool] = []

    def heard(event: Event) -> None:
        if isinstance(event, Epoch):
            there.append((event.run.path / "model.safetensors").exists())

    recipes = [mlp(seed, epochs=2) for seed in range(2)]
    assert len([*train_many(recipes, tmp_path, task=task, quiet=True, callbacks=[heard])]) == 2
    assert there == [True] * 4


def test_a_call_keeps_no_task_of_its_groups(tmp_path: Path) -> None:
    tasks: list[weakref.ref[Task]] = []

    def given(recipe: BaseRecipe) -> Task:
        found = load_recipe_task(recipe.task, quiet=True)
        tasks.append(weakref.ref(found))
        return found

    recipes = [
        mlp(0, epochs=1).model_copy(update={"task": TASK.changed(train_images=count)})
        for count in (40, 50, 60)
    ]
    runs = train_many(recipes, tmp_path, task=given, quiet=True)
    for _ in range(3):
        next(runs)
    gc.collect()
    assert [one() is None for one in tasks[:2]] == [True, True]
    assert [*runs] == []

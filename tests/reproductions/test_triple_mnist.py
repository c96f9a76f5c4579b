"""Tasks 2 and 3 of the Triple-MNIST report: nets, shared fits, and what the rows measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from glyphlab.models import count_parameters, make_strategy
from glyphlab.recipes import Recipe
from glyphlab.reproductions import find_reproduction, reproduce
from glyphlab.reproductions.core import measures as m
from glyphlab.runs import Run
from glyphlab.tasks import Task, load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.evaluation.loaded_models import load_net
from glyphlab.training.initial_net import make_net
from summaries import ToldRun, classifier_summary, scores

TRIPLE = find_reproduction("triple-mnist")


@pytest.fixture(scope="module")
def task() -> Task:
    return load_task("triple", per_label=2, offline=True)


@pytest.fixture(scope="module")
def first_epoch(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(tiny("whole-first-epoch"), tmp_path_factory.mktemp("r"), quiet=True, task=task)


def recipe(name: str, *overrides: str) -> Recipe:
    return Recipe.for_entry(TRIPLE.entry(name), TRIPLE.published, overrides=overrides)


def tiny(name: str, *overrides: str) -> Recipe:
    """Return a recipe's training for a net that is trained in no time."""
    changes = [
        'model.net="layers"', 'model.layers=["pool 4", "dense 3"]', "task.as_published=false",
        "task.per_label=2", "task.generalization_grid=0", 'task.data="digits"', *overrides,
    ]  # fmt: skip
    return recipe(name, *changes)


def test_dropout_adds_no_parameter() -> None:
    strategy = make_strategy("whole", np.arange(640)[:, None], 10)
    net = make_net(recipe("whole-dropout"), strategy, 84, 84)
    assert count_parameters(net) == TRIPLE.chosen(["2.4.parameters"])[0].reported


def test_every_setting_is_the_reports_training_but_for_what_its_name_says() -> None:
    base = recipe("paper-whole").training.model_dump()
    changed = {
        name: {key: value for key, value in one.items() if base[key] != value}
        for name in ("whole-10-epochs", "whole-slow", "whole-affine", "whole-columns",
                     "whole-dropout", "whole-first-epoch")
        for one in [recipe(name).training.model_dump()]
    }  # fmt: skip
    assert changed == {
        "whole-10-epochs": {"epochs": 10},
        "whole-slow": {"learning_rate": 1e-4},
        "whole-affine": {"augment": "affine"},
        "whole-columns": {"augment": "columns"},
        "whole-dropout": {},
        "whole-first-epoch": {"epochs": 1},
    }


def test_the_first_epoch_alone_is_the_first_of_five(
    task: Task, first_epoch: Run, tmp_path: Path
) -> None:
    five = train(tiny("paper-whole", "training.epochs=2"), tmp_path, quiet=True, task=task)
    mine, first = first_epoch.metrics()[0], five.metrics()[0]
    assert mine["loss"] == first["loss"]
    assert mine["accuracy"] == first["accuracy"]


def test_rows_on_C_share_one_fit_and_have_one_seed(tmp_path: Path) -> None:
    rows = ["tuning.c0.1.train", "2.2.val", "tuning.c10.val"]
    outcome = reproduce(
        "triple-mnist", rows=rows, scale="smoke", seeds=2, root=tmp_path / "runs", quiet=True
    )
    assert len(list((tmp_path / "runs").iterdir())) == 3
    assert [row["seeds"] for row in outcome.rows] == [1, 1, 1]
    summaries = [one.read_text() for one in tmp_path.rglob("summary.json")]
    assert all('"in_one_path": 3' in text for text in summaries)


def test_a_row_on_one_C_fits_it_alone(tmp_path: Path) -> None:
    outcome = reproduce(
        "triple-mnist", rows=["2.2.train"], scale="smoke", root=tmp_path / "runs", quiet=True
    )
    assert [row["id"] for row in outcome.rows] == ["2.2.train"]
    (folder,) = (tmp_path / "runs").iterdir()
    assert "logistic-c1-" in folder.name


def test_a_validation_loss_under_numbers_of_its_own(task: Task, first_epoch: Run) -> None:
    net = load_net(first_epoch).eval()
    known = sorted({tuple(row) for row in task.val.labels.tolist()})
    losses = []
    with torch.no_grad():
        for image, label in zip(task.val.images, task.val.labels.tolist(), strict=True):
            logits = net(torch.from_numpy(image)[None, None])[0, 0].double()
            share = torch.softmax(logits, 0)[known.index(tuple(label))]
            losses.append(-float(torch.log(share)))
    measured = m.loss_under_own_numbers(task, [first_epoch])
    assert measured.value == pytest.approx(np.mean(losses), rel=1e-5)
    assert first_epoch.metrics()[0]["val_loss"] is None


def fake(training: float, validation: float, epochs: list[float]) -> ToldRun:
    return ToldRun(
        classifier_summary(train_accuracy=training, val=scores(validation)),
        [{"val_exact_match": value, "loss": 9 - value} for value in epochs],
    )


def test_measures_of_many_runs(task: Task) -> None:
    runs = [fake(0.9, 0.1, [0.3, 0.1]), fake(0.8, 0.2, []), fake(0.7, 0, [0]), fake(0.4, 0, [0])]
    assert m.highest_on_validation(task, runs).value == 0.3
    assert m.highest_on_validation(task, runs[1:2]).value == 0.2
    assert m.trained_above(task, runs).value == pytest.approx(0.3)  # of 0.2 and 0.4
    assert m.in_first_epoch(task, runs[:1], "loss").value == pytest.approx(8.7)
    assert m.in_a_usual_epoch(task, runs[:1], "loss").value == pytest.approx(8.8)
    slow = fake(0.9, 0.1, [0.1, 0.25, 0.3])
    assert m.epochs_to_converge(task, [slow, slow], 0.1).value == 2


def test_only_a_model_with_chance_is_trained_with_several_seeds() -> None:
    task = TaskRecipe(name="single", generalization_grid=0)
    chance = {name: Recipe.for_model(name, task).has_chance for name in ("knn", "forest", "mlp")}
    assert chance == {"knn": False, "forest": True, "mlp": True}
    assert not recipe("logistic-c1").has_chance
    assert recipe("logistic-c1", "model.classical.solver=saga").has_chance
    assert recipe("logistic-c1", "model.classical.pca=5").has_chance

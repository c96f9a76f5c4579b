"""The last evaluation of samples: equal sizes, near duplicates, and collapse inside classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab.metrics.generator_quality import within_class
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.recipes.reference import reference_recipe
from glyphlab.tasks import Task
from glyphlab.tasks.from_recipe import load_recipe_task
from glyphlab.training import train
from glyphlab.training.evaluation.alarms import alarms_at_the_end
from glyphlab.training.evaluation.generator_scores import final_scores
from glyphlab.training.evaluation.reference_classifier import ReferenceClassifier, load_reference
from glyphlab.training.evaluation.reference_set import reference_of

pytestmark = pytest.mark.usefixtures("one_thread")

RECIPE = generator_recipe("small", task_recipe("digits"))
Images = NDArray[np.uint8]


@pytest.fixture(scope="module")
def task() -> Task:
    return load_recipe_task(RECIPE.task)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> ReferenceClassifier:
    root = tmp_path_factory.mktemp("reference")
    return load_reference(train(reference_recipe(RECIPE.task), root, quiet=True))


def scored(images: Images, task: Task, reference: ReferenceClassifier) -> dict[str, Any]:
    real = reference_of(RECIPE, task, reference, "test", 10_000, times=5)
    trained = task.train.symbols
    return final_scores(reference, images, None, real, task.train.images, trained=trained, seed=0)[
        0
    ]


def few_of_each(images: Images, symbols: NDArray[np.int64], kept: int, count: int) -> Images:
    """What a generator draws that knows `kept` images of each class: with a little noise."""
    rng = np.random.default_rng(kept)
    known = [rng.permutation(np.flatnonzero(symbols == label))[:kept] for label in range(10)]
    rows = np.array([rng.choice(known[place % 10]) for place in range(count)])
    noise = rng.normal(scale=5, size=(count, *images.shape[1:]))
    return np.asarray((images[rows] + noise).clip(0, 255), np.uint8)


@pytest.mark.parametrize("kept", [1, 5])
def test_a_few_images_a_class_raise_the_alarm(
    kept: int, task: Task, reference: ReferenceClassifier
) -> None:
    images = few_of_each(task.train.images, task.train.symbols[:, 0], kept, 2_000)
    scores = scored(images, task, reference)
    assert scores["modes"] == 10
    assert scores["symbol_kl"] < 0.05
    assert scores["near_each_other"] > 0.9
    assert scores["near_training"] > 0.9
    (alarm,) = alarms_at_the_end(9, scores, [])
    assert (alarm.name, alarm.epoch, alarm.last) == ("collapse inside classes", 9, 9)
    assert "the samples of classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in alarm.statistic
    (named,) = alarms_at_the_end(9, scores, [], "abcdefghij")
    assert "the samples of classes a, b, c, d, e, f, g, h, i, j" in named.statistic


def test_real_images_raise_none_and_reach_the_floors(
    task: Task, reference: ReferenceClassifier
) -> None:
    scores = scored(task.val.images, task, reference)
    assert alarms_at_the_end(9, scores, []) == []
    assert scores["compared"] == len(task.val) < len(task.test)
    assert scores["frechet"] == pytest.approx(scores["frechet_floor"], rel=0.35)
    assert scores["frechet_floor"] == scores["floors"]["frechet"]
    for name in ("coverage", "precision", "recall"):
        assert scores[name] == pytest.approx(scores["floors"][name], abs=0.06)
    assert max(scores["near_training"], scores["near_each_other"]) < 0.1


@pytest.mark.long
def test_real_images_in_many_splits_raise_none(task: Task, reference: ReferenceClassifier) -> None:
    """At most one in a hundred may: of 100 draws none does, and none comes near."""
    seen = reference(np.concatenate([split.images for split in task.splits.values()]))
    features, labels = seen.features, seen.labels[:, 0]
    rng = np.random.default_rng(0)
    raised, nearest = 0, []
    for number in range(100):
        order = rng.permutation(len(labels))
        real, drawn = order[: 300 + 5 * number], order[-900:]
        found = within_class(features[real], labels[real], features[drawn], labels[drawn])
        raised += bool(found.collapsed)
        nearest.append(min(found.nearest))
    assert raised == 0
    assert min(nearest) > 0.65


def test_few_training_images_leave_the_size_to_halves_of_the_rest(
    task: Task, reference: ReferenceClassifier
) -> None:
    """A generator that learned from 50 images is not measured by 50."""
    few = task.with_train_images(50)
    scores = scored(few.val.images, few, reference)
    assert scores["compared"] == len(few.test) // 2

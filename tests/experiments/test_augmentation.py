"""What generated images are good for, on a handful of embedded digits."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from glyphlab._common.errors import RunError, UsageError
from glyphlab.experiments import augmenting as augmentation
from glyphlab.experiments.kinds import task_of
from glyphlab.recipes import reference
from glyphlab.recipes.generator_presets import generator_recipe, task_recipe
from glyphlab.recipes.plan import task_overridden
from glyphlab.reporting.pages.augmentation_page import augmentation_answer
from glyphlab.reporting.pages.page import page_text
from glyphlab.runs import Run
from glyphlab.tasks import load_task
from glyphlab.tasks.task_recipe import TaskRecipe
from glyphlab.training import train
from glyphlab.training.evaluation.generate import draw_symbols, load_generator

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = ["evaluation.samples=100", "evaluation.epoch_samples=50"]
CHANGES = [
    "training.images=64",
    "training.batch_size=32",
    "training.precision=float32",
    "model.width=8",
]


def generate(root: Path, task: TaskRecipe, seed: int, *more: str) -> Run:
    recipe = generator_recipe("small", task, seed=seed, overrides=[*CHANGES, *FEW, *more])
    return train(recipe, root, quiet=True)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worth")


def test_a_finished_generator_draws_what_its_run_left(root: Path) -> None:
    run = generate(root, task_recipe("digits"), 0)
    recipe, generator = load_generator(run)
    assert recipe.name == "small"
    assert not generator.training
    labels = np.arange(20) % 10
    images = draw_symbols(run, labels)
    assert images.shape == (20, 28, 28)
    np.testing.assert_array_equal(images, draw_symbols(run, labels))
    assert (images != draw_symbols(run, labels[::-1].copy())).any()


def test_samples_without_labels_are_refused(root: Path) -> None:
    run = generate(
        root, task_recipe("digits"), 0, "model.conditional=false", "training.auxiliary=0"
    )
    with pytest.raises(RunError, match=r"has no labels|is not conditional"):
        draw_symbols(run, np.zeros(3, np.int64))


def test_every_condition_is_trained_and_held_against_plain(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(augmentation, "LEAST_SEEN", 400)
    monkeypatch.setattr(augmentation, "GENERATED", 100)
    monkeypatch.setattr(augmentation, "EPOCHS", 1)
    found = augmentation.augmentation_study(
        "digits", [3], seeds=2, root=root, overrides=[*CHANGES, *FEW], quiet=True,
    )  # fmt: skip
    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [row["condition"] for row in document["rows"]] == list(augmentation.CONDITIONS)
    assert {row["seeds"] for row in document["rows"]} == {2}
    assert len({row["items"] for row in document["rows"]}) == 1
    assert len(document["tests"]) == 10
    assert [one["seed"] for one in document["generators"]] == [0, 1]
    runs = [Run.load(path) for path in root.glob("single-augmentation-*")]
    replaced = {run.recipe["task"]["replaced"] for run in runs}
    assert len(runs) == 5 * 2
    assert len(replaced) == 1 + 2 * 2  # the source's own, and images of each of two generators
    page = found.report(root / "worth.html").read_text(encoding="utf-8")
    assert "real and generated images, half and half" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "bent real images are" in str(found)
    assert "over deformation alone" in page
    assert "for all pairs of all sizes" in page
    assert "This is evaluation" not in page
    again = dataclasses.replace(found, evaluation=7)
    assert "This is evaluation 7" in str(again)
    assert "This is evaluation 7" in page_text(again.page())


@pytest.mark.parametrize(
    ("pair", "difference", "verdict", "said"),
    [
        (
            ("plain", "both-plain"),
            0.006,
            "better",
            "\N{MINUS SIGN}0.60 points over deformation alone: a loss",
        ),
        (("both-plain", "plain"), 0.006, "better", "+0.60 points over deformation alone: a gain"),
        (
            ("plain", "both-plain"),
            -0.01,
            "not distinguished",
            "+1.00 points over deformation alone: which is",
        ),
        (("plain", "both-plain"), -0.01, "one seed", "one training each does not distinguish"),
    ],
)
def test_the_answer_in_words(
    pair: tuple[str, str], difference: float, verdict: str, said: str
) -> None:
    test = {"images": 10, "a": pair[0], "b": pair[1], "difference": difference, "verdict": verdict}
    other = {**test, "b": "generated"}
    generators = [{"verdict": "healthy"}, {"verdict": "nothing learned"}]
    document = {
        "rows": [{"images": 10}, {"images": 10}], "tests": [other, test], "generators": generators,
    }  # fmt: skip
    sentence, alarms = augmentation_answer(document)
    assert said in sentence
    assert "1 of 2 generators (nothing learned)" in alarms


def test_few_images_are_few_of_each_symbol(root: Path) -> None:
    run = generate(root, task_recipe("digits").model_copy(update={"per_class": 4}), 0)
    assert run.recipe["task"]["per_class"] == 4
    assert run.recipe["training"]["epoch_images"] == 20_000


@pytest.mark.parametrize("text", ["", "10,10", "0", "ten", "10,-1"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--sizes"):
        augmentation.parse_sizes(text)


def test_sizes() -> None:
    assert augmentation.parse_sizes("10, 100,all") == [10, 100, None]


@pytest.mark.parametrize(
    ("change", "option"),
    [("per_class=5", "--sizes"), ("train_images=50", "--sizes"), ("seed=3", "--seed")],
)
def test_what_an_option_says_is_no_override(root: Path, change: str, option: str) -> None:
    with pytest.raises(UsageError, match=f"task.{change.partition('=')[0]} is set by {option}"):
        augmentation.augmentation_study("digits", [3], root=root, overrides=[f"task.{change}"])


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("digits", ["digits"]),
        (TaskRecipe(name="single", data="mnist"), ["mnist"]),
        ("triple", ["triple", "--set", 'task.data="digits"']),
        (TaskRecipe(name="triple", data="mnist", images=200),
         ["triple", "--set", "task.images=200"]),
    ],
)  # fmt: skip
def test_the_command_names_the_same_data(task: str | TaskRecipe, said: list[str]) -> None:
    of = task_of(task, "generator")
    assert augmentation._called(of) == said
    typed, _ = task_overridden(task_of(task_recipe(said[0]), "generator"), said[2::2])
    assert typed == of


def test_an_override_of_the_task_is_for_classifiers_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TaskRecipe] = []
    monkeypatch.setattr(augmentation, "_study", lambda task, *_rest: seen.append(task))
    changes = ["task.validation_glyph_fraction=0.3", *CHANGES]
    augmentation.augmentation_study("digits", [3], root=root, overrides=changes)
    assert [task.validation_glyph_fraction for task in seen] == [0.3]


def test_whole_images_of_several_symbols_are_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="whole images of several symbols, which take none"):
        augmentation.augmentation_study("triple", [3], root=root)


def test_strips_that_were_drawn_become_images_with_their_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each strip is as bright as the symbol that was asked for it."""
    task = load_task("triple", images=200)

    def bright(_run: Run, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        return np.repeat(labels, 84 * 28).reshape(-1, 84, 28).astype(np.uint8)

    monkeypatch.setattr(augmentation, "draw_symbols", bright)
    recipe = generator_recipe("small", task_recipe("triple"), overrides=["pictures=strips"])
    generator = SimpleNamespace(recipe=recipe.content(), path=Path("none"))
    split = augmentation._drawn(task, cast("Run", generator), 30)
    assert split.images.shape == (30, 84, 84)
    assert split.labels.shape == split.symbols.shape == (30, 3)
    np.testing.assert_array_equal(split.images[:, 0, 14::28], split.symbols)
    np.testing.assert_array_equal(split.images[:, 83, 14::28], split.labels)
    assert (split.glyph_ids == -1).all()
    assert len(task.with_train(split, "drawn").train) == 30


@pytest.mark.long
def test_strips_train_a_reader_of_strips(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "PER_LABEL", 1)
    monkeypatch.setattr(augmentation, "LEAST_SEEN", 100)
    monkeypatch.setattr(augmentation, "GENERATED", 40)
    monkeypatch.setattr(augmentation, "EPOCHS", 1)
    few = TaskRecipe(name="triple", data="digits", images=200, generalization_grid=0)
    found = augmentation.augmentation_study(
        few, [20], seeds=1, root=tmp_path, quiet=True,
        overrides=[*CHANGES, *FEW, "pictures=strips"],
    )  # fmt: skip
    assert not found.per_symbol
    assert found.notes()[0].startswith("With 20 real images, generated ones")
    runs = [Run.load(path) for path in tmp_path.glob("triple-augmentation-*")]
    assert {run.classifier_summary.strategy for run in runs} == {"sliced"}
    assert "20 real images" in found.report(tmp_path / "page.html").read_text(encoding="utf-8")

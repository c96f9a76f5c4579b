"""Images for a run: classes by name, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glyphlab
from glyphlab._common.errors import DataError, UsageError
from glyphlab.data import Symbols, load_symbols
from glyphlab.experiments.evaluations.labelled_images import labelled_images
from glyphlab.tasks import load_task
from glyphlab.training.evaluation.model_reader import ModelReader
from trained import digits_run, triples_run


@pytest.fixture(scope="module")
def single() -> ModelReader:
    return ModelReader.load(digits_run())


@pytest.fixture(scope="module")
def triple() -> ModelReader:
    return ModelReader.load(triples_run())


def symbols(names: tuple[str, ...], labels: list[int], origin: str = "a folder") -> Symbols:
    count = len(labels)
    images = load_symbols("digits").test.images[:count]
    return Symbols(images, np.array(labels, np.int64), np.arange(count), origin, "mine", names)


def test_names_decide_and_not_numbers(single: ModelReader) -> None:
    found = labelled_images(single, symbols(("7", "0", "nine", "9"), [0, 1, 2, 3, 0]))
    assert found.labels[:, 0].tolist() == [7, 0, 9, 7]
    assert [(one.name, one.images) for one in found.left_out] == [("nine", 1)]
    assert len(found) == 4
    assert found.glyphs is None
    assert not found.drawn


def test_a_name_that_is_nearly_right_is_said_and_a_letter_in_common_is_not(
    single: ModelReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    (left,) = labelled_images(single, symbols(("10", "3"), [0, 1, 1])).left_out
    assert left.nearest is None
    summary = type(single.run.classifier_summary)
    monkeypatch.setattr(summary, "names", property(lambda _: ("B", "Coat", "Bag", "100")))
    named = symbols(("Coat", "sub", "Caot", "1000", "ba"), [0, 1, 2, 3, 4])
    found = labelled_images(single, named).left_out
    assert [(one.name, one.nearest) for one in found] == [
        ("sub", None), ("Caot", "Coat"), ("1000", None), ("ba", None),
    ]  # fmt: skip
    with pytest.raises(DataError, match="knows: it knows 'B', 'Coat'"):
        labelled_images(single, symbols(("sub",), [0]))


def test_case_counts_for_nothing_unless_two_classes_would_be_one(
    single: ModelReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = symbols(("bag", "COAT "), [0, 1])
    summary = type(single.run.classifier_summary)
    monkeypatch.setattr(summary, "names", property(lambda _: ("Coat", "Bag", "Shirt")))
    assert labelled_images(single, named).labels[:, 0].tolist() == [1, 0]
    monkeypatch.setattr(summary, "names", property(lambda _: ("Coat", "bag", "coat")))
    found = labelled_images(single, named)
    assert found.labels[:, 0].tolist() == [1]
    assert found.left_out[0].name == "COAT "


def test_a_source_that_is_published_knows_its_glyphs(single: ModelReader) -> None:
    source = load_symbols("digits")
    found = labelled_images(single, "digits")
    np.testing.assert_array_equal(found.glyphs, source.test.ids[:, None])
    assert len(labelled_images(single, "digits", part="train")) == len(source.train)
    both = labelled_images(single, source, part="all")
    assert len(both) == len(source.train) + len(source.test)
    assert found.digest != both.digest


def test_part_of_images_has_the_digest_of_all(single: ModelReader) -> None:
    found = labelled_images(single, "digits")
    assert found.take(np.arange(5)).digest == found.digest
    assert found.digest == digits_run().classifier_summary.test_set.digest  # type: ignore[union-attr]


def test_nothing_to_score(single: ModelReader) -> None:
    with pytest.raises(DataError, match="knows"):
        labelled_images(single, symbols(("a", "b"), [0, 1]))
    with pytest.raises(DataError, match="there are no images"):
        labelled_images(single, symbols(("1",), []))


def test_scenes_are_drawn_from_symbols(triple: ModelReader) -> None:
    found = labelled_images(triple, "digits", task_seed=3)
    task = load_task("triple", images=200, seed=3)
    np.testing.assert_array_equal(found.images, task.test.images)
    np.testing.assert_array_equal(found.glyphs, task.test.glyph_ids)
    assert found.drawn
    same = labelled_images(triple, task)
    np.testing.assert_array_equal(found.labels, same.labels)
    assert found.digest == same.digest == task.test.digest


def test_a_task_of_other_labels_is_refused(triple: ModelReader) -> None:
    with pytest.raises(DataError, match="28×56 pixels, but this model was trained on 84×84"):
        labelled_images(triple, "addition")
    with pytest.raises(UsageError, match="--data mnist"):
        labelled_images(triple, "digits", source="mnist")


@pytest.mark.parametrize(
    ("words", "option"),
    [({"source": "mnist"}, "--data mnist"), ({"task_seed": 3}, "--task-seed 3")],
)
def test_no_option_is_passed_over(
    words: dict[str, Any], option: str, single: ModelReader, triple: ModelReader, tmp_path: Path
) -> None:
    whole = load_symbols("digits")
    for model, data in (
        (single, whole), (single, whole.test), (triple, load_task("triple", images=200)),
        (triple, tmp_path),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=f"{option}: it is for tasks that are drawn"):
            labelled_images(model, data, **words)
    with pytest.raises(UsageError, match=r"--part train: .* has no parts"):
        labelled_images(single, whole.test, part="train")


@pytest.mark.parametrize("images", [0, 1, -5])
def test_too_few_images_are_refused(images: int) -> None:
    with pytest.raises(UsageError, match=f"--images {images}: expected at least 2"):
        glyphlab.evaluate(digits_run(), "digits", images=images, quiet=True)


def test_from_python() -> None:
    found = glyphlab.evaluate(digits_run(), "digits", images=50, quiet=True)
    assert found.rows[0]["images"] == 50
    assert "correct" in str(found)

"""A finished run that reads pictures, from Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import glyphlab
from glyphlab._common.errors import DataError, NoSuchPath
from glyphlab.data import load_symbols
from glyphlab.data.named_images import of_arrays
from glyphlab.training.evaluation import picture_reader
from glyphlab.training.evaluation.picture_reader import Failure, PictureReader, Prediction
from trained import digits_run, triples_run


def test_arrays_and_files_get_the_same_answers(tmp_path: Path) -> None:
    images = load_symbols("digits").test.images[:5]
    files = [tmp_path / f"{number}.png" for number in range(5)]
    for file, image in zip(files, images, strict=True):
        Image.fromarray(image).save(file)
    of_files = glyphlab.predict(digits_run().path, files)
    for given in (images, list(images), images / 255):
        found = glyphlab.predict(digits_run(), given)
        assert [one["path"] for one in found] == [f"image {n}" for n in range(1, 6)]
        same = [{**one, "path": "", "prepared": []} for one in found]
        assert same == [{**one, "path": "", "prepared": []} for one in of_files]
    (alone,) = glyphlab.predict(digits_run(), images[0])
    assert alone["label"] == of_files[0]["label"]
    assert [one["path"] for one in of_files] == [str(file) for file in files]
    (single,) = glyphlab.predict(digits_run(), files[2])
    assert single == {**of_files[2], "confidence": pytest.approx(of_files[2]["confidence"])}
    assert glyphlab.predict(digits_run(), f"{tmp_path}/*.png") == of_files


def test_the_predictions_are_those_of_the_training(tmp_path: Path) -> None:
    del tmp_path
    run = digits_run()
    test = load_symbols("digits").test
    found = glyphlab.predict(run, test.images, as_is=True, warnings=False)
    arrays = run.load_predictions()
    np.testing.assert_array_equal([one["symbols"] for one in found], arrays["pred"])
    np.testing.assert_allclose(
        [one["confidence"] for one in found], arrays["confidence"], atol=1e-6
    )
    assert {one["warning"] for one in found} == {None}


def test_false_alarms_are_few_and_nothing_of_the_test_images_is_changed() -> None:
    found = glyphlab.predict(digits_run(), load_symbols("digits").test.images)
    assert sum(one["warning"] is not None for one in found) <= 0.04 * len(found)
    assert sum(bool(one["prepared"]) for one in found) <= 0.02 * len(found)


def test_batches_keep_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_reader, "BATCH", 3)
    images = load_symbols("digits").test.images[:7]
    given = [*images[:4], np.zeros((2, 2, 3), np.uint8), *images[4:]]
    reader = PictureReader.load(digits_run(), warnings=False)
    batches = list(reader.read(of_arrays(given)))
    assert [len(batch) for batch in batches] == [3, 3, 2]
    every = [one for batch in batches for one in batch]
    assert [one.name for one in every] == [f"image {n}" for n in range(1, 9)]
    assert isinstance(every[4], Failure)
    labels = [one.label for one in every if isinstance(one, Prediction)]
    assert labels == [one["label"] for one in glyphlab.predict(digits_run(), images)]


def test_the_first_picture_that_fails_is_the_error() -> None:
    with pytest.raises(NoSuchPath, match="nowhere"):
        glyphlab.predict(digits_run(), ["nowhere.png"])
    with pytest.raises(
        DataError, match="image 2 is 9×5 pixels, but this model was trained on 28×28"
    ):
        glyphlab.predict(
            digits_run(), [np.zeros((28, 28), np.uint8), np.zeros((5, 9), np.uint8)], as_is=True
        )


def test_where_the_symbols_of_a_run_stand() -> None:
    reader = PictureReader.load(triples_run(), warnings=False)
    assert reader.scene is not None
    assert (reader.scene.count, reader.scene.canvas) == (3, (84, 84))
    assert reader.style.size == (28, 28)
    single = PictureReader.load(digits_run(), warnings=False)
    assert single.scene is not None
    assert single.scene.canvas == single.model.size == (28, 28)


def test_images_of_a_scene_need_nothing() -> None:
    images = glyphlab.load_task("triple", per_label=1).test.images[:40]
    found = glyphlab.predict(triples_run(), images)
    assert sum(not one["prepared"] for one in found) >= 39
    assert sum(one["warning"] is not None for one in found) <= 3

"""Fitted classifiers in a folder, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from glyphlab import (
    AlignedClassifier,
    GlyphClassifier,
    MultiHeadClassifier,
    SlicedClassifier,
    WholeClassifier,
)
from glyphlab._common.errors import DataError, NoSuchPath, UsageError
from glyphlab._common.progress import shown_notes

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = {"channels": 4, "epochs": 1, "precision": "float32", "device": "cpu"}


@pytest.fixture(scope="module")
def digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    images, labels = load_digits(return_X_y=True)
    return (images.reshape(-1, 8, 8) * 15).astype(np.uint8)[:300], labels[:300]


def of_two(images: NDArray[np.uint8], labels: NDArray[Any]) -> tuple[Any, Any]:
    """Two digits side by side, and both labels."""
    return np.concatenate([images, images[::-1]], 2), np.stack([labels, labels[::-1]], 1)


@pytest.mark.parametrize(
    "kind", [AlignedClassifier, MultiHeadClassifier, SlicedClassifier, WholeClassifier]
)
def test_it_predicts_the_same(kind: Any, digits: Any, tmp_path: Path) -> None:
    images, labels = of_two(*digits)
    fitted = kind(**SETTINGS, random_state=3).fit(images, labels)
    fitted.save(tmp_path / "kept")
    loaded = kind.load(tmp_path / "kept")
    assert type(loaded) is kind
    assert loaded.get_params() == fitted.get_params()
    np.testing.assert_array_equal(loaded.predict(images), fitted.predict(images))
    for one, other in zip(loaded.predict_proba(images), fitted.predict_proba(images), strict=True):
        np.testing.assert_array_equal(one, other)
    assert loaded.score(images, labels) == fitted.score(images, labels)
    assert loaded.history_ == fitted.history_
    assert loaded.summary() == fitted.summary()
    with pytest.raises(ValueError, match="pixels"):
        loaded.predict(images[:, :7])


@pytest.mark.parametrize(
    "of",
    [
        lambda labels: labels.astype(str),
        lambda labels: np.array([f"digit {one}" for one in labels], dtype=object),
        lambda labels: labels.astype(np.uint8),
        lambda labels: labels % 2 == 0,
        lambda labels: labels.astype(np.float64),
    ],
    ids=["text", "objects", "uint8", "bool", "float"],
)
def test_labels_of_any_kind(of: Any, digits: Any, tmp_path: Path) -> None:
    images, labels = digits[0], of(digits[1])
    fitted = GlyphClassifier("multihead", **SETTINGS, random_state=0).fit(images, labels)
    fitted.save(tmp_path / "kept")
    found = GlyphClassifier.load(tmp_path / "kept").predict(images)
    assert found.dtype == fitted.predict(images).dtype
    np.testing.assert_array_equal(found, fitted.predict(images))


def test_what_pixels_were_is_kept(digits: Any, tmp_path: Path) -> None:
    images, labels = digits
    for pixels, train in (("bytes", images), ("shares", images / 255), ("numbers", images / 15)):
        fitted = WholeClassifier(**SETTINGS, random_state=0).fit(train, labels)
        fitted.save(tmp_path / pixels)
        assert json.loads((tmp_path / pixels / "classifier.json").read_text())["pixels"] == pixels
        loaded = WholeClassifier.load(tmp_path / pixels)
        for given in (images, images.astype(np.int64), images.astype(np.float64)):
            np.testing.assert_array_equal(
                loaded.predict_proba(given), fitted.predict_proba(given)
            )  # fmt: skip
    with pytest.raises(UsageError, match="training had whole numbers from 0 to 255"):
        WholeClassifier.load(tmp_path / "bytes").predict(images / 2)


def test_a_folder_from_before_pixels_were_kept(kept: Path, digits: Any) -> None:
    expected = AlignedClassifier.load(kept).predict_proba(digits[0])
    document = json.loads((kept / "classifier.json").read_text(encoding="utf-8"))
    del document["pixels"]
    (kept / "classifier.json").write_text(json.dumps(document), encoding="utf-8")
    earlier = AlignedClassifier.load(kept)
    np.testing.assert_array_equal(earlier.predict_proba(digits[0]), expected)
    earlier.predict(digits[0] / 2)


def test_what_a_search_over_arrays_finds_is_saved(digits: Any, tmp_path: Path) -> None:
    images, labels = digits
    search = GridSearchCV(
        GlyphClassifier(**SETTINGS, random_state=0),
        {"channels": np.array([4, 5]), "strategy": np.array(["whole", "multihead"])},
        cv=2,
    ).fit(images, labels)
    found = search.best_estimator_
    found.save(tmp_path / "best")
    loaded = GlyphClassifier.load(tmp_path / "best")
    assert loaded.get_params() == found.get_params()
    np.testing.assert_array_equal(loaded.predict(images), search.predict(images))


def test_numbers_of_numpy_are_saved_as_those_of_python(digits: Any, tmp_path: Path) -> None:
    settings = {
        "net": np.str_("fast"), "channels": np.int64(4), "epochs": np.int32(2),
        "batch_size": np.int64(64), "learning_rate": np.float64(0.01),
        "weight_decay": np.float32(0.5), "patience": np.int64(1), "verbose": np.bool_(False),
        "random_state": np.int64(3), "image_shape": tuple(np.array([8, 8])), "device": "cpu",
        "precision": "float32",
    }  # fmt: skip
    images, labels = digits[0].reshape(-1, 64), digits[1]
    fitted = WholeClassifier(**settings).fit(images, labels, validation_data=(images, labels))
    fitted.save(tmp_path / "kept")
    loaded = WholeClassifier.load(tmp_path / "kept")
    kinds = {type(value) for value in loaded.get_params().values()}
    assert kinds == {str, int, float, bool, tuple}
    np.testing.assert_array_equal(loaded.predict(images), fitted.predict(images))


def test_the_folder_holds_json_and_safetensors(digits: Any, tmp_path: Path) -> None:
    WholeClassifier(**SETTINGS).fit(*digits).save(tmp_path / "kept")
    assert {one.name for one in (tmp_path / "kept").iterdir()} == {
        "classifier.json",
        "model.safetensors",
    }


def test_a_generator_of_chance_is_left_out_and_that_is_said(
    digits: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fitted = WholeClassifier(**SETTINGS, random_state=np.random.RandomState(0)).fit(*digits)
    with shown_notes():
        fitted.save(tmp_path / "kept")
    assert "not saved" in capsys.readouterr().err
    assert WholeClassifier.load(tmp_path / "kept").random_state is None


@pytest.fixture
def kept(digits: Any, tmp_path: Path) -> Path:
    AlignedClassifier(**SETTINGS).fit(*digits).save(tmp_path / "kept")
    return tmp_path / "kept"


def test_what_cannot_be_saved_or_loaded(kept: Path, digits: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        AlignedClassifier().save(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with pytest.raises(UsageError, match="is there already"):
        AlignedClassifier.load(kept).save(kept)
    with pytest.raises(NoSuchPath, match="no classifier at"):
        AlignedClassifier.load(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="load it with AlignedClassifier"):
        WholeClassifier.load(kept)
    strange = WholeClassifier(**SETTINGS).fit(digits[0], digits[1])
    strange._code = type(strange._code)(np.array([object()], dtype=object), 1, True)
    with pytest.raises(UsageError, match="not saved"):
        strange.save(tmp_path / "strange")
    assert not (tmp_path / "strange").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 99},
        {"channels": 5},
        {"alphabet": [0, 1]},
        {"dtype": "V8"},
        {"estimator": 3},
        {"strategy": "nonsense"},
        {"surplus": 1},
        {"pixels": "words"},
        {"parameters": {"nonsense": 1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_damaged_folder_is_one_error(kept: Path, change: dict[str, Any]) -> None:
    file = kept / "classifier.json"
    document = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**document, **change}), encoding="utf-8")
    with pytest.raises(DataError, match="save the classifier again"):
        AlignedClassifier.load(kept)


def test_torn_weights_are_one_error(kept: Path) -> None:
    file = kept / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match="save the classifier again"):
        AlignedClassifier.load(kept)


def test_a_pickle_in_its_place_is_not_run(kept: Path, tmp_path: Path) -> None:
    class Runs:
        def __reduce__(self) -> Any:
            return Path.touch, (tmp_path / "ran",)

    torch.save(Runs(), kept / "model.safetensors")
    with pytest.raises(DataError):
        AlignedClassifier.load(kept)
    assert not (tmp_path / "ran").exists()

"""The scikit-learn face."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from glyphlab._common.errors import RecipeError, UnknownName, UsageError
from glyphlab.estimators.base import GlyphClassifier
from glyphlab.estimators.named import (
    AlignedClassifier,
    MultiHeadClassifier,
    SlicedClassifier,
    WholeClassifier,
)

pytestmark = pytest.mark.usefixtures("one_thread")

FACES = (AlignedClassifier, MultiHeadClassifier, SlicedClassifier, WholeClassifier)


def tiny(face: Any, **settings: Any) -> Any:
    chosen = {"channels": 4, "precision": "float32", "device": "cpu", "random_state": 0, **settings}
    return face(**chosen)


def expected_failures(estimator: Any) -> dict[str, str]:
    if isinstance(estimator, SlicedClassifier):
        return {
            "check_classifier_multioutput": "its rows of 20 pixels cannot be cut into 3 equal "
            "strips, which is what this classifier does by definition"
        }
    return {}


@parametrize_with_checks(
    [tiny(face, epochs=20) for face in FACES], expected_failed_checks=expected_failures
)
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def pairs(count: int, seed: int, symbols: int = 10) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Two handwritten digits of 8×8 pixels side by side; even rows to train, odd rows to test."""
    digits = load_digits(n_class=symbols)
    rng = np.random.default_rng(seed)
    half = np.arange(seed % 2, len(digits.target), 2)
    chosen = rng.choice(half, (count, 2))
    images = np.concatenate([digits.images[chosen[:, 0]], digits.images[chosen[:, 1]]], axis=2)
    return (images * 15).astype(np.uint8), digits.target[chosen]


TRAIN, LABELS = pairs(300, 0)
TEST, TRUE = pairs(60, 1)


@pytest.fixture(scope="module", params=FACES, ids=lambda face: face.__name__)
def fitted(request: pytest.FixtureRequest) -> Any:
    return tiny(request.param, epochs=2).fit(TRAIN, LABELS)


def test_labels_of_two_positions(fitted: Any) -> None:
    read = fitted.predict(TEST)
    assert read.shape == (60, 2)
    assert [list(symbols) for symbols in fitted.classes_] == [list(range(10))] * 2
    assert fitted.score(TEST, TRUE) == (read == TRUE).all(1).mean()
    each = fitted.predict_proba(TEST)
    assert len(each) == 2
    for position, probability in enumerate(each):
        assert probability.shape == (60, 10)
        assert (probability >= 0).all()
        np.testing.assert_allclose(probability.sum(1), 1)
        if not isinstance(
            fitted, WholeClassifier
        ):  # whose best label need not be likeliest by parts
            np.testing.assert_array_equal(probability.argmax(1), read[:, position])
    with pytest.raises(UsageError, match="sample_weight"):
        fitted.score(TEST, TRUE, sample_weight=np.ones(60))


def test_words_of_several_positions_are_scored() -> None:
    words = np.array(list("abcdefghij"))
    model = tiny(AlignedClassifier, epochs=1).fit(TRAIN, words[LABELS])
    assert model.score(TEST, words[TRUE]) == (model.predict(TEST) == words[TRUE]).all(1).mean()
    with pytest.raises(UsageError, match=r"labels have the shape \(60, 1\), expected \(60, 2\)"):
        model.score(TEST, words[TRUE[:, :1]])
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        tiny(AlignedClassifier, epochs=1).fit(
            TRAIN, np.column_stack([LABELS[:, 0], np.linspace(0.1, 0.9, len(LABELS))])
        )


def test_pickle_keeps_what_was_learnt(fitted: Any) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(TEST), fitted.predict(TEST))
    assert again.history_ == fitted.history_


def test_rows_or_images(fitted: Any) -> None:
    flat = tiny(type(fitted), epochs=2, image_shape=(8, 16)).fit(TRAIN.reshape(300, -1), LABELS)
    np.testing.assert_array_equal(
        flat.predict(TEST.reshape(60, -1)), fitted.predict(TEST.reshape(60, -1))
    )
    np.testing.assert_array_equal(flat.predict(TEST), fitted.predict(TEST))
    with pytest.raises(UsageError, match="16×8 pixels, but training had 8×16"):
        fitted.predict(TEST.reshape(60, 16, 8))


BYTES = {
    "int64": lambda X: X.astype(np.int64),
    "int16": lambda X: X.astype(np.int16),
    "floats": lambda X: X.astype(np.float32),
    "objects": lambda X: X.reshape(len(X), -1).astype(object),
    "list": lambda X: X.reshape(len(X), -1).tolist(),
}
"""The pixels of uint8 as something else."""


@pytest.fixture(scope="module")
def of_bytes() -> Any:
    model = tiny(AlignedClassifier, epochs=2, image_shape=(8, 16))
    return model.fit(TRAIN, LABELS, validation_data=(TEST, TRUE))


@pytest.mark.parametrize("of", BYTES.values(), ids=BYTES)
def test_bytes_of_any_type_are_read(of: Any, of_bytes: Any) -> None:
    np.testing.assert_array_equal(of_bytes.predict(of(TEST)), of_bytes.predict(TEST))
    found = np.stack(of_bytes.predict_proba(of(TEST)))
    np.testing.assert_array_equal(found, np.stack(of_bytes.predict_proba(TEST)))
    assert of_bytes.score(of(TEST), TRUE) == of_bytes.score(TEST, TRUE)
    other = tiny(AlignedClassifier, epochs=2, image_shape=(8, 16))
    other.fit(TRAIN, LABELS, validation_data=(of(TEST), TRUE))
    for key in ("val_loss", "val_exact_match"):
        assert other.history_[key] == of_bytes.history_[key]


@pytest.mark.parametrize("name", ["int64", "int16", "list"])
def test_bytes_of_any_integers_are_fitted(name: str, of_bytes: Any) -> None:
    model = tiny(AlignedClassifier, epochs=2, image_shape=(8, 16)).fit(BYTES[name](TRAIN), LABELS)
    last = tiny(AlignedClassifier, epochs=2, image_shape=(8, 16)).fit(TRAIN, LABELS)
    for images in (TEST, BYTES["floats"](TEST)):
        found = np.stack(model.predict_proba(images))
        np.testing.assert_array_equal(found, np.stack(last.predict_proba(images)))


def test_shares_are_bytes_divided_by_255(of_bytes: Any) -> None:
    shares = np.stack(of_bytes.predict_proba(TEST / 255.0))
    np.testing.assert_allclose(shares, np.stack(of_bytes.predict_proba(TEST)), atol=1e-5)
    ink = TEST > 100
    np.testing.assert_allclose(
        np.stack(of_bytes.predict_proba(ink)),
        np.stack(of_bytes.predict_proba(ink * np.uint8(255))), atol=1e-5,
    )  # fmt: skip
    model = tiny(AlignedClassifier, epochs=1).fit(TRAIN / 255.0, LABELS)
    expected = np.stack(model.predict_proba(TEST / 255.0))
    for images in (TEST, TEST.astype(np.int64)):
        np.testing.assert_allclose(np.stack(model.predict_proba(images)), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (lambda X: X.astype(np.int64) + 50, "int64 from 50 to 290"),
        (lambda X: X.astype(np.int64) - 1, "int64 from -1 to 239"),
        (lambda X: X / 100, "float64 from 0 to 2.4"),
        (lambda X: X / 255 - 0.5, "float64 from -0.5 to 0.441176"),
        (lambda X: X + 0.5, "float64 from 0.5 to 240.5"),
    ],
)
def test_pixels_that_training_could_not_have_are_refused(
    of: Any, found: str, of_bytes: Any
) -> None:
    said = f"pixels are {found}, but training had whole numbers from 0 to 255: give such"
    for ask in (
        of_bytes.predict,
        of_bytes.predict_proba,
        lambda images: of_bytes.score(images, TRUE),
        lambda images: clone(of_bytes).fit(TRAIN, LABELS, validation_data=(images, TRUE)),
    ):
        with pytest.raises(UsageError, match=said):
            ask(of(TEST))


@pytest.mark.parametrize("most", [1, 16, 300])
def test_other_numbers_are_seen_as_they_are_whatever_their_type(most: int) -> None:
    """Of two levels, of 17 as floats, and beyond a byte."""
    train, test = ((images / 240 * most).round() for images in (TRAIN, TEST))
    model = tiny(AlignedClassifier, epochs=1).fit(train, LABELS)
    expected = np.stack(model.predict_proba(test))
    kinds = (np.int64, np.float32) if most > 255 else (np.uint8, np.int64, np.float32)
    for kind in kinds:
        found = np.stack(model.predict_proba(test.astype(kind)))
        np.testing.assert_array_equal(found, expected)
        if most != 16:
            again = tiny(AlignedClassifier, epochs=1).fit(train.astype(kind), LABELS)
            np.testing.assert_array_equal(np.stack(again.predict_proba(test)), expected)


def test_a_pickle_from_before_pixels_were_remembered(of_bytes: Any) -> None:
    state = {key: value for key, value in vars(of_bytes).items() if key != "_pixels"}
    earlier = AlignedClassifier.__new__(AlignedClassifier)
    earlier.__setstate__(state)
    np.testing.assert_array_equal(earlier.predict(TEST), of_bytes.predict(TEST))
    earlier.predict(TEST / 100)


def test_summary_and_history(fitted: Any) -> None:
    assert "Trainable parameters" in fitted.summary()
    assert set(fitted.history_) == {"epoch", "loss", "accuracy", "learning_rate", "seconds"}
    assert fitted.history_["epoch"] == [1, 2]
    assert fitted.fit_seconds_ > 0
    assert fitted.n_features_in_ == 128


def test_whole_says_only_labels_of_training() -> None:
    reader = tiny(WholeClassifier, epochs=1).fit(TRAIN, LABELS)
    assert set(map(tuple, reader.predict(TEST))) <= set(map(tuple, LABELS))


@pytest.mark.parametrize("face", FACES)
def test_words_as_labels(face: Any) -> None:
    words = np.array(["nought", "one", "two"])
    digits = load_digits(n_class=3)
    X, y = (digits.images * 15).astype(np.uint8), words[digits.target]
    reader = tiny(face, epochs=6, batch_size=32).fit(X[::2], y[::2])
    assert reader.classes_.tolist() == ["nought", "one", "two"]
    read = reader.predict(X[1::2])
    assert read.shape == y[1::2].shape
    assert reader.predict_proba(X[1::2]).shape == (len(read), 3)
    assert reader.score(X[1::2], y[1::2]) == (read == y[1::2]).mean() > 0.9


def test_parameters_and_clone() -> None:
    for face in FACES:
        reader = face(epochs=3, channels=5, random_state=7)
        assert "strategy" not in reader.get_params()
        assert clone(reader).get_params() == reader.get_params()
        assert reader.set_params(epochs=9).epochs == 9
    assert GlyphClassifier("whole").get_params()["strategy"] == "whole"
    base = {name: v for name, v in GlyphClassifier().get_params().items() if name != "strategy"}
    assert AlignedClassifier().get_params() == base


def test_face_is_the_base_with_its_strategy() -> None:
    face = tiny(SlicedClassifier, epochs=1).fit(TRAIN, LABELS)
    base = tiny(GlyphClassifier, strategy="sliced", epochs=1).fit(TRAIN, LABELS)
    np.testing.assert_array_equal(face.predict_proba(TEST), base.predict_proba(TEST))


def test_random_state() -> None:
    def first(random_state: Any) -> NDArray[np.float64]:
        reader = tiny(AlignedClassifier, epochs=1, random_state=random_state)
        return reader.fit(TRAIN, LABELS).predict_proba(TEST)[0]

    np.testing.assert_array_equal(first(3), first(3))
    assert not np.array_equal(first(3), first(4))
    assert not np.array_equal(first(None), first(None))
    state = np.random.RandomState(0)
    assert not np.array_equal(first(state), first(state))
    np.testing.assert_array_equal(
        first(np.random.RandomState(5)),
        first(np.random.RandomState(5)),
    )


def test_no_global_state_is_touched() -> None:
    def state() -> tuple[bytes, bytes, int, bool]:
        numpys = pickle.dumps(np.random.get_state())  # noqa: NPY002
        torchs = torch.random.get_rng_state().numpy().tobytes()
        return numpys, torchs, torch.get_num_threads(), torch.is_grad_enabled()

    before = state()
    reader = tiny(AlignedClassifier, epochs=1, augment="warp", random_state=None)
    reader.fit(TRAIN, LABELS).predict_proba(TEST)
    assert state() == before


def test_validation_selects_and_stops() -> None:
    reader = tiny(AlignedClassifier, epochs=12, patience=1, learning_rate=0.03)
    reader.fit(TRAIN, LABELS, validation_data=(TEST, TRUE))
    scores = reader.history_["val_exact_match"]
    assert reader.best_epoch_ == 1 + int(np.argmax(scores))
    assert reader.score(TEST, TRUE) == max(scores)
    with pytest.raises(UsageError, match="validation_data"):
        reader.fit(TRAIN, LABELS)
    with pytest.raises(UsageError, match="does not occur in training"):
        reader.fit(TRAIN, LABELS, validation_data=(TEST, TRUE + 5))
    with pytest.raises(UsageError, match="1 positions, but training had 2"):
        reader.fit(TRAIN, LABELS, validation_data=(TEST, TRUE[:, 0]))


@pytest.mark.parametrize(("images", "labels"), [(10, 5), (10, 1), (1, 10)])
def test_validation_data_that_do_not_fit_each_other(images: int, labels: int) -> None:
    reader = tiny(AlignedClassifier, epochs=1)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        reader.fit(TRAIN, LABELS, validation_data=(TEST[:images], TRUE[:labels]))
    assert not hasattr(reader, "net_")


def test_a_fit_that_fails_leaves_what_was_fitted() -> None:
    reader = tiny(AlignedClassifier, epochs=1)
    with pytest.raises(UsageError, match="does not occur in training"):
        reader.fit(TRAIN, LABELS, validation_data=(TEST, TRUE + 5))
    with pytest.raises(NotFittedError):
        reader.predict(TEST)
    before = reader.fit(TRAIN, LABELS).predict(TEST)
    reader.set_params(learning_rate=-1)
    with pytest.raises(RecipeError):
        reader.fit(TRAIN[:, :, :4], np.full(len(TRAIN), "a"))
    np.testing.assert_array_equal(reader.predict(TEST), before)
    assert reader.learning_rate == -1


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"strategy": "alinged"}, UnknownName, "did you mean 'aligned'"),
        ({"net": "fsat"}, RecipeError, "net"),
        ({"epochs": 0}, RecipeError, "training.epochs must be at least 1, found 0"),
        ({"learning_rate": -1.0}, RecipeError, "training.learning_rate"),
        ({"augment": "wrap"}, RecipeError, "did you mean 'warp'"),
        ({"image_shape": (3, 3)}, UsageError, "image_shape says 3×3"),
        ({"device": "gpu"}, RecipeError, "training.device"),
    ],
)
def test_parameters_that_cannot_be_meant(
    settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        GlyphClassifier(**settings).fit(TRAIN.reshape(300, -1), LABELS)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_mirror_images_keep_the_order_of_symbols() -> None:
    with pytest.raises(UsageError, match=r"mirrors whole images of 2 symbols.*leave 'flip' out"):
        tiny(MultiHeadClassifier, augment="flip+roll", epochs=1).fit(TRAIN, LABELS)
    apart = tiny(SlicedClassifier, augment="flip", epochs=1).fit(TRAIN, LABELS)
    assert apart.predict(TEST).shape == TRUE.shape
    tiny(MultiHeadClassifier, augment="flip", epochs=1).fit(TRAIN, LABELS[:, 0])  # no order


def test_before_fit() -> None:
    for ask in ("predict", "predict_proba"):
        with pytest.raises(NotFittedError):
            getattr(AlignedClassifier(), ask)(TEST)
    with pytest.raises(NotFittedError):
        AlignedClassifier().score(TEST, TRUE)
    with pytest.raises(NotFittedError):
        AlignedClassifier().summary()


def test_in_a_pipeline_and_a_search() -> None:
    digits = load_digits(n_class=3)
    X, y = digits.data[:120] / 16, digits.target[:120]
    reader = make_pipeline(FunctionTransformer(), tiny(AlignedClassifier, epochs=12, batch_size=16))
    search = GridSearchCV(reader, {"alignedclassifier__learning_rate": [1e-5, 1e-2]}, cv=2).fit(
        X, y
    )
    assert search.best_params_ == {"alignedclassifier__learning_rate": 1e-2}


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.__name__)
def test_shuffled_labels_teach_nothing(face: Any) -> None:
    """Five digits, two positions: chance is one in twenty-five."""
    X, y = pairs(800, 2, 5)
    test, true = pairs(400, 3, 5)
    settings = {"epochs": 5, "augment": "none", "batch_size": 32}
    assert tiny(face, **settings).fit(X, y).score(test, true) > 0.5
    shuffled = np.random.default_rng(0).permutation(y)
    # Noise may teach any map from digit to digit. Of such maps one in thirty keeps three digits or
    # more of five in their place; with two in place the share is 4/25.
    assert tiny(face, **settings).fit(X, shuffled).score(test, true) < 0.2

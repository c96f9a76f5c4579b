"""Arrays in NPZ files, written by NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from glyphlab._common.errors import DataError
from glyphlab.data import SymbolSet, load_symbols
from glyphlab.data.formats.npz_sets import npz_images
from glyphlab.tasks import load_task, write_npz

IMAGES = np.random.default_rng(0).integers(0, 256, (10, 5, 6), dtype=np.uint8)
LABELS = np.arange(10, dtype=np.int64) % 3


def all_of(source: SymbolSet) -> tuple[np.ndarray, np.ndarray]:
    images = np.concatenate([source.train.images, source.test.images])
    labels = np.concatenate([source.train.labels, source.test.labels])
    order = np.argsort(np.concatenate([source.train.ids, source.test.ids]))
    return images[order], labels[order]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("trainData", "trainTarget", "testData", "testTarget"),
    ],
)
def test_both_splits(names: tuple[str, ...], save: object, tmp_path: Path) -> None:
    arrays = dict(zip(names, (IMAGES[:7], LABELS[:7], IMAGES[7:], LABELS[7:]), strict=True))
    save(tmp_path / "a.npz", **arrays)  # type: ignore[operator]
    source = load_symbols(str(tmp_path / "a.npz"))
    np.testing.assert_array_equal(source.train.images, IMAGES[:7])
    np.testing.assert_array_equal(source.test.images, IMAGES[7:])
    np.testing.assert_array_equal(source.test.labels, LABELS[7:])
    assert source.train.remarks == ()


@pytest.mark.parametrize("names", [("images", "labels"), ("X", "y"), ("data", "target")])
def test_one_pair_is_divided(names: tuple[str, str], tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **dict(zip(names, (IMAGES, LABELS), strict=True)))
    source = load_symbols(str(tmp_path / "a.npz"))
    assert (len(source.train), len(source.test)) == (7, 3)
    images, labels = all_of(source)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


def test_arrays_without_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", IMAGES, LABELS)
    np.testing.assert_array_equal(all_of(load_symbols(str(tmp_path / "a.npz")))[0], IMAGES)


def test_the_digits_of_scikit_learn(tmp_path: Path) -> None:
    digits = load_digits()
    np.savez(tmp_path / "a.npz", data=digits.data, target=digits.target)
    images, labels = all_of(load_symbols(str(tmp_path / "a.npz")))
    np.testing.assert_array_equal(images, digits.images)
    np.testing.assert_array_equal(labels, digits.target)


def test_a_test_file_beside_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "k-train.npz", images=IMAGES[:7], labels=LABELS[:7])
    np.savez(tmp_path / "k-test.npz", images=IMAGES[7:], labels=LABELS[7:])
    for path in (tmp_path, tmp_path / "k-train.npz"):
        source = load_symbols(str(path))
        np.testing.assert_array_equal(source.train.images, IMAGES[:7])
        np.testing.assert_array_equal(source.test.images, IMAGES[7:])


def test_arrays_of_two_files_may_name_their_split(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", x_train=IMAGES[:7], y_train=LABELS[:7])
    np.savez(tmp_path / "test.npz", x_test=IMAGES[7:], labels=LABELS[7:])
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:7])
    np.testing.assert_array_equal(source.test.images, IMAGES[7:])


def test_labels_in_rows_with_a_single_1(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=np.eye(3)[LABELS])
    np.testing.assert_array_equal(all_of(load_symbols(str(tmp_path / "a.npz")))[1], LABELS)


@pytest.mark.parametrize(
    ("train", "test", "remark"),
    [
        (IMAGES[:7].astype(np.uint16) << 4, IMAGES[7:].astype(np.uint16) << 4, 12),
        (IMAGES[:7].astype(np.uint16) << 8, IMAGES[7:].astype(np.uint16) << 8, 16),
        (IMAGES[:7] * 16.0, IMAGES[7:] * 16.0, 12),
        (IMAGES[:7].astype(np.uint16) << 4, (IMAGES[7:] // 16).astype(np.uint16) << 4, 12),
    ],
)
def test_more_bits(train: np.ndarray, test: np.ndarray, remark: int, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x_train=train, y_train=LABELS[:7], x_test=test, y_test=LABELS[7:])
    source = load_symbols(str(tmp_path / "a.npz"))
    np.testing.assert_array_equal(source.train.images, IMAGES[:7])
    np.testing.assert_array_equal(source.test.images, test.astype(np.int64) >> (remark - 8))
    assert source.train.remarks == (f"scaled from {remark} bits to 8",)
    np.testing.assert_array_equal(npz_images(tmp_path / "a.npz")["x_test"], source.test.images)


def test_one_pixel_more_in_training_darkens_both_splits(tmp_path: Path) -> None:
    more = IMAGES[:7].astype(np.uint16)
    more[0, 0, 0] = 256
    np.savez(tmp_path / "a.npz", x_train=more, y_train=LABELS[:7], x_test=IMAGES[7:],
             y_test=LABELS[7:])  # fmt: skip
    source = load_symbols(str(tmp_path / "a.npz"))
    np.testing.assert_array_equal(source.train.images, more >> 4)
    np.testing.assert_array_equal(source.test.images, IMAGES[7:] >> 4)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=LABELS, val_images=IMAGES, weights=LABELS)
    source = load_symbols(str(tmp_path / "a.npz"))
    assert source.train.remarks[0] == "left out: the arrays val_images, weights"


def test_a_task_of_one_symbol_comes_back(tmp_path: Path) -> None:
    task = load_task("single", offline=True)
    write_npz(task, tmp_path / "made")
    source = load_symbols(str(tmp_path / "made" / "train.npz"))
    written = np.load(tmp_path / "made" / "train.npz")
    np.testing.assert_array_equal(source.train.images, written["images"])
    assert source.train.remarks[0].startswith("left out: the arrays test_glyph_ids, train_gl")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "holds no array of numbers, expected images and labels"),
        ({"a": LABELS}, "holds the arrays a 10, expected images and labels"),
        ({"images": IMAGES}, "holds the arrays images 10×5×6"),
        ({"x_test": IMAGES, "y_train": LABELS}, "expected images and labels"),
        ({"images": IMAGES, "labels": LABELS[:4]}, "10 images in 'images' and 4 labels in"),
        ({"images": IMAGES, "labels": LABELS + 0.5}, "label 0.5 is no class"),
        ({"images": IMAGES, "labels": np.zeros((10, 3))}, r"labels of shape \(10, 3\)"),
        ({"images": IMAGES[:0], "labels": LABELS[:0]}, "holds no labelled image"),
        ({"images": IMAGES * 1e9, "labels": LABELS}, "values from"),
        ({"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, 1:], "y_test": LABELS},
         "training images are 6×5 but test images 6×4 pixels, expected one size"),
    ],
)  # fmt: skip
def test_what_is_no_set_is_one_line(
    arrays: dict[str, np.ndarray], message: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message) as caught:
        load_symbols(str(tmp_path / "a.npz"))
    assert "\n" not in str(caught.value)


def test_objects_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=IMAGES, labels=np.array(["a"] * 10, object))
    with pytest.raises(DataError, match="objects, which only a pickle can"):
        load_symbols(str(tmp_path / "a.npz"))

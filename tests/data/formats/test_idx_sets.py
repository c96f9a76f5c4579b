"""Sets of IDX files under the names that people have."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from glyphlab._common.errors import DataError
from glyphlab.data import load_symbols
from glyphlab.data.formats.idx import encode_idx

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 5), dtype=np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.uint8)
MNIST = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def write(folder: Path, before: str = "", after: str = "", *, images: np.ndarray = IMAGES,
          labels: np.ndarray = LABELS) -> Path:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    for (split, what), name in MNIST.items():
        half = slice(0, 4) if split == "train" else slice(4, None)
        content = encode_idx((images if what == "images" else labels)[half])
        packed = gzip.compress(content) if after == ".gz" else content
        (folder / f"{before}{name}{after}").write_bytes(packed)
    return folder


@pytest.mark.parametrize("after", ["", ".gz"])
@pytest.mark.parametrize("home", [".", "raw", "MNIST/raw"])
def test_the_names_of_mnist_as_torchvision_leaves_them(
    after: str, home: str, tmp_path: Path
) -> None:
    write(tmp_path / home, after=after)
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:4])
    np.testing.assert_array_equal(source.test.images, IMAGES[4:])
    assert source.test.labels.tolist() == [1, 2]
    assert source.train.class_names == ("0", "1", "2")
    assert source.test.ids.tolist() == [4, 5]


def test_dotted_names(tmp_path: Path) -> None:
    for file in write(tmp_path).iterdir():
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    assert (tmp_path / "train-images.idx3-ubyte").exists()
    np.testing.assert_array_equal(load_symbols(str(tmp_path)).train.images, IMAGES[:4])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_every_type(dtype: type, tmp_path: Path) -> None:
    write(tmp_path, images=IMAGES.astype(dtype), labels=LABELS.astype(dtype))
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:4])
    assert source.train.labels.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32])
def test_more_bits(dtype: type, tmp_path: Path) -> None:
    more = IMAGES.astype(dtype) * 16
    more[4:] = IMAGES[4:]  # the test images alone have eight bits
    write(tmp_path, images=more)
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:4])
    np.testing.assert_array_equal(source.test.images, IMAGES[4:] >> 4)
    assert source.train.remarks[0] == "scaled from 12 bits to 8"


def test_one_file_of_a_set_means_all_of_it(tmp_path: Path) -> None:
    write(tmp_path)
    source = load_symbols(str(tmp_path / "t10k-labels-idx1-ubyte"))
    assert (len(source.train), len(source.test)) == (4, 2)


def test_without_test_files(tmp_path: Path) -> None:
    write(tmp_path)
    for file in tmp_path.glob("t10k*"):
        file.unlink()
    source = load_symbols(str(tmp_path))
    assert (len(source.train), len(source.test)) == (3, 1)


@pytest.mark.parametrize(
    ("split", "labels", "names"),
    [
        ("balanced", [0, 10, 36, 46, 0, 36], "0Aat"),
        ("byclass", [0, 10, 36, 61, 0, 36], "0Aaz"),
        ("bymerge", [0, 10, 35, 46, 0, 35], "0AZt"),
        ("letters", [1, 2, 26, 1, 2, 26], "ABZ"),
        ("digits", [0, 1, 9, 0, 1, 9], "019"),
    ],
)
def test_emnist_stands_upright_and_has_letters(
    split: str, labels: list[int], names: str, tmp_path: Path
) -> None:
    lying = IMAGES.transpose(0, 2, 1)
    write(tmp_path, f"emnist-{split}-", ".gz", images=lying, labels=np.array(labels, np.uint8))
    for file in tmp_path.glob("*t10k*"):
        file.rename(file.with_name(file.name.replace("t10k", "test")))
    source = load_symbols(str(tmp_path))
    np.testing.assert_array_equal(source.train.images, IMAGES[:4])
    shown = [source.train.class_names[label] for label in source.train.labels]
    assert sorted(set(shown)) == sorted(set(names) & set(shown))
    assert set(names) <= set(source.train.class_names)
    assert "rows and columns exchanged" in source.train.remarks[0]
    if split == "letters":
        assert source.train.class_names == tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def test_several_sets_in_one_folder_are_named(tmp_path: Path) -> None:
    write(tmp_path, "emnist-digits-")
    write(tmp_path, "emnist-letters-", labels=LABELS + 1)
    with pytest.raises(DataError, match="holds 2 sets: emnist-digits, emnist-letters: name a file"):
        load_symbols(str(tmp_path))
    one = load_symbols(str(tmp_path / "emnist-letters-train-images-idx3-ubyte"))
    assert one.train.class_names[:2] == ("A", "B")


def test_several_folders_are_named(tmp_path: Path) -> None:
    write(tmp_path / "MNIST" / "raw")
    write(tmp_path / "KMNIST" / "raw")
    with pytest.raises(DataError, match=r"several sets, in .*KMNIST.*name one of these"):
        load_symbols(str(tmp_path))


@pytest.mark.parametrize(
    ("folder", "first"), [("kmnist", "o"), ("KMNIST/raw", "o"), ("FashionMNIST/raw", "T-shirt/top")]
)
def test_the_folder_says_what_files_of_the_same_names_are(
    folder: str, first: str, tmp_path: Path
) -> None:
    write(tmp_path / folder)
    source = load_symbols(str(tmp_path / folder.partition("/")[0]))
    assert source.train.class_names[0] == first
    assert source.train.classes == 10
    assert source.train.labels.tolist() == [0, 1, 2, 0]


def test_qmnist_has_the_class_first_of_eight_numbers(tmp_path: Path) -> None:
    rows = np.zeros((6, 8), np.int32)
    rows[:, 0], rows[:, 1:] = LABELS, 7
    write(tmp_path, "qmnist-", images=IMAGES, labels=rows)
    for file in tmp_path.iterdir():
        name = file.name.replace("t10k", "test").replace("labels-idx1-ubyte", "labels-idx2-int")
        file.rename(file.with_name(name))
    source = load_symbols(str(tmp_path))
    assert source.train.labels.tolist() == [0, 1, 2, 0]
    assert len(source.test) == 2


def test_what_is_missing_or_wrong(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").rename(tmp_path / "labels")
    with pytest.raises(DataError, match=r"no file of train labels.*train-labels-idx1-ubyte"):
        load_symbols(str(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(encode_idx(LABELS[:3]))
    with pytest.raises(DataError, match="3 labels for 4 images"):
        load_symbols(str(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(encode_idx(IMAGES))
    with pytest.raises(DataError, match="3 axes, expected those of images or of labels"):
        load_symbols(str(tmp_path))


def test_labels_that_emnist_has_not(tmp_path: Path) -> None:
    write(tmp_path, "emnist-letters-", labels=LABELS + 26)
    with pytest.raises(DataError, match="label 27, expected 1 to 26"):
        load_symbols(str(tmp_path))
    for file in tmp_path.iterdir():
        file.rename(file.with_name(file.name.replace("letters", "balance")))
    with pytest.raises(DataError, match="'balance' is no split of EMNIST, expected balanced"):
        load_symbols(str(tmp_path))

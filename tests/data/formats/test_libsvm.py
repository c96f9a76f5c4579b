"""USPS as LIBSVM keeps it, written by scikit-learn."""

from __future__ import annotations

import bz2
import io
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import dump_svmlight_file

from glyphlab._common.errors import DataError
from glyphlab.data import load_symbols

VALUES = np.round(np.random.default_rng(0).uniform(-1, 1, (20, 256)), 6)
LABELS = np.arange(20) % 10 + 1


def content(rows: slice) -> bytes:
    file = io.BytesIO()
    dump_svmlight_file(VALUES[rows], LABELS[rows], file, zero_based=False)
    return bytes(file.getvalue())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "usps.bz2").write_bytes(bz2.compress(content(slice(0, 12))))
    (tmp_path / "usps.t.bz2").write_bytes(bz2.compress(content(slice(12, 20))))
    return tmp_path


@pytest.mark.parametrize("name", ["", "usps.bz2", "usps.t.bz2"])
def test_both_files(name: str, folder: Path) -> None:
    source = load_symbols(str(folder / name))
    expected = np.rint((VALUES + 1) * 127.5).astype(np.uint8).reshape(-1, 16, 16)
    np.testing.assert_array_equal(source.train.images, expected[:12])
    np.testing.assert_array_equal(source.test.images, expected[12:])
    assert source.train.class_names == tuple("0123456789")
    assert source.train.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert source.train.remarks[0] == "scaled from -1..1 to 0..255"


def test_unpacked_and_with_places_left_out(tmp_path: Path) -> None:
    (tmp_path / "usps").write_bytes(b"3 1:1 256:-1\n\n10 17:0.5\n3 2:1\n")
    source = load_symbols(str(tmp_path))
    everything = np.concatenate([source.train.images, source.test.images])
    assert sorted(everything[:, 0, 0].tolist()) == [128, 128, 255]
    assert source.train.classes == 10


def test_both_files_are_on_one_scale(tmp_path: Path) -> None:
    (tmp_path / "usps").write_bytes(b"3 1:1 256:-1\n")
    (tmp_path / "usps.t").write_bytes(b"3 1:1\n")  # nothing below 0
    source = load_symbols(str(tmp_path))
    assert source.test.images[0, 0, :2].tolist() == [255, 128]
    assert source.train.images[0, 0, :2].tolist() == [255, 128]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "holds no line"),
        (b"1 1:1 x:2\n", "line 1: it is no label with numbers"),
        (b"1 1:1 2\n", "line 1: it is no label with numbers"),
        (b"1 257:1\n", "line 1: a place that is not 1 to 256"),
        (b"1 0:1\n", "line 1: a place that is not 1 to 256"),
        (b"1 1:5\n2 1:1\n", "values from 0 to 5"),
        (b"11 1:1\n", "label 11, expected 1 to 10"),
        (b"1 1:-7\n", "values from -7 to 0"),
    ],
)
def test_what_is_not_usps(text: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "usps").write_bytes(text)
    if b":5" in text:  # numbers from 0 to 255 are pixels, so these are
        assert load_symbols(str(tmp_path)).train.images.max() == 5
        return
    with pytest.raises(DataError, match=message) as caught:
        load_symbols(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_only_the_test_file(folder: Path) -> None:
    (folder / "usps.bz2").unlink()
    with pytest.raises(DataError, match=r"no usps\.bz2 beside it"):
        load_symbols(str(folder / "usps.t.bz2"))

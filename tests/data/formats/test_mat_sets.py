"""MATLAB's files, written by SciPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io
from PIL import Image

from glyphlab._common.errors import DataError
from glyphlab.data import load_symbols

COLOURS = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 20), dtype=np.uint8)
ONE_TO_TEN = np.arange(20, dtype=np.uint8).reshape(-1, 1) % 10 + 1
GRAY = np.stack([np.asarray(Image.fromarray(COLOURS[..., n]).convert("L")) for n in range(20)])


@pytest.mark.parametrize("packed", [False, True])
def test_cropped_svhn(packed: bool, tmp_path: Path) -> None:
    train, test = ({"X": COLOURS[..., half], "y": ONE_TO_TEN[half]}
                   for half in (slice(0, 12), slice(12, 20)))  # fmt: skip
    scipy.io.savemat(tmp_path / "train_32x32.mat", train, do_compression=packed)
    scipy.io.savemat(tmp_path / "test_32x32.mat", test, do_compression=packed)
    for path in (tmp_path / "train_32x32.mat", tmp_path):
        source = load_symbols(str(path))
        np.testing.assert_array_equal(source.train.images, GRAY[:12])
        np.testing.assert_array_equal(source.test.images, GRAY[12:])
        assert source.train.class_names == tuple("0123456789")
        assert source.train.labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
        assert source.train.remarks[0] == "label 10 is the digit 0, as in SVHN"


def test_not_mnist(tmp_path: Path) -> None:
    images = np.moveaxis(GRAY, 0, -1).astype(np.float64)
    labels = (ONE_TO_TEN.ravel() - 1).astype(np.float64)
    scipy.io.savemat(tmp_path / "notMNIST_small.mat", {"images": images, "labels": labels})
    source = load_symbols(str(tmp_path / "notMNIST_small.mat"))
    assert source.train.class_names == tuple("ABCDEFGHIJ")
    both = np.concatenate([source.train.images, source.test.images])
    order = np.argsort(np.concatenate([source.train.ids, source.test.ids]))
    np.testing.assert_array_equal(both[order], GRAY)


@pytest.mark.parametrize("form", ["4", "5"])
def test_rows_of_pixels(form: str, tmp_path: Path) -> None:
    flat = GRAY.reshape(20, -1).astype(np.float64)
    content = {"X": flat, "y": ONE_TO_TEN.astype(np.float64)}
    scipy.io.savemat(tmp_path / "a.mat", content, format=form)
    source = load_symbols(str(tmp_path / "a.mat"))
    assert source.train.class_names == tuple(str(number) for number in range(1, 11))
    assert {image.tobytes() for image in source.train.images} <= {one.tobytes() for one in GRAY}


@pytest.mark.parametrize("form", ["4", "5"])
@pytest.mark.parametrize("kind", [np.float64, np.uint16])
def test_more_bits(form: str, kind: type, tmp_path: Path) -> None:
    for name, half in (("train", slice(0, 12)), ("test", slice(12, 20))):
        flat = GRAY[half].reshape(-1, 32 * 32).astype(kind) * 16
        if name == "test":
            flat = flat // 16  # alone it has eight bits
        content = {"X": flat, "y": ONE_TO_TEN[half].astype(np.float64)}
        scipy.io.savemat(tmp_path / f"{name}.mat", content, format=form)
    source = load_symbols(str(tmp_path / "train.mat"))
    np.testing.assert_array_equal(source.train.images, GRAY[:12])
    np.testing.assert_array_equal(source.test.images, GRAY[12:] >> 4)
    assert source.train.remarks[0] == "scaled from 12 bits to 8"


def test_images_first(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"images": GRAY, "labels": ONE_TO_TEN})
    source = load_symbols(str(tmp_path / "a.mat"))
    assert len(source.train) + len(source.test) == 20
    assert source.train.images.shape[1:] == (32, 32)


def test_structures_and_text_are_left_alone(tmp_path: Path) -> None:
    content = {"X": GRAY, "y": ONE_TO_TEN, "meta": {"a": 1}, "name": "x", "cells": [[1, "a"]]}
    scipy.io.savemat(tmp_path / "a.mat", content)
    assert len(load_symbols(str(tmp_path / "a.mat")).train) == 10


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"a": ONE_TO_TEN}, "holds the arrays a 20×1, expected images and labels"),
        ({"dataset": {"images": GRAY}}, "holds no array of numbers"),
        ({"X": GRAY, "y": ONE_TO_TEN[:7]}, "images in .* and 7 labels"),
    ],
)
def test_what_is_no_set_is_one_line(
    content: dict[str, object], message: str, tmp_path: Path
) -> None:
    scipy.io.savemat(tmp_path / "a.mat", content)
    with pytest.raises(DataError, match=message) as caught:
        load_symbols(str(tmp_path / "a.mat"))
    assert "\n" not in str(caught.value)

"""Which test file belongs to a training file."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab.data.formats.beside import test_file_beside as beside  # a test only by its name
from glyphlab.data.formats.beside import training_file_in


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train.csv", "test.csv"), ("mnist_train.csv", "mnist_test.csv"),
        ("train_32x32.mat", "test_32x32.mat"), ("Train.NPZ", "Test.NPZ"),
        ("train-of-train.csv", "train-of-test.csv"), ("TRAIN.csv", "TEST.csv"),
    ],
)  # fmt: skip
def test_the_word_is_exchanged(train: str, test: str, tmp_path: Path) -> None:
    assert beside(tmp_path / train) is None
    (tmp_path / test).touch()
    assert beside(tmp_path / train) == tmp_path / test
    assert beside(tmp_path / test) is None


@pytest.mark.parametrize("name", ["trains.csv", "strain.csv", "digits.csv"])
def test_no_word_is_none(name: str, tmp_path: Path) -> None:
    for other in ("tests.csv", "stest.csv", "test.csv"):
        (tmp_path / other).touch()
    assert beside(tmp_path / name) is None


def test_the_training_file_of_a_folder(tmp_path: Path) -> None:
    assert training_file_in(tmp_path, (".csv",)) is None
    (tmp_path / "digits.csv").touch()
    assert training_file_in(tmp_path, (".csv",)) == tmp_path / "digits.csv"
    (tmp_path / "more.csv").touch()
    assert training_file_in(tmp_path, (".csv",)) is None
    (tmp_path / "train.csv").touch()
    (tmp_path / ".train.csv").touch()
    assert training_file_in(tmp_path, (".csv",)) == tmp_path / "train.csv"
    assert training_file_in(tmp_path, (".npz",)) is None

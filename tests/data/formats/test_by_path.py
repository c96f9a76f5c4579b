"""Which format a path has; what is not read is called by its name, with what is read."""

from __future__ import annotations

import gzip
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError, NoSuchPath, UnknownName
from glyphlab.data import load_symbols
from glyphlab.data.digest import source_digest
from glyphlab.data.formats.by_path import FORMATS, content_of, format_of
from glyphlab.data.sources import require_source, symbol_size

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 5, 6), dtype=np.uint8)
LABELS = np.arange(8) % 2


class Bomb:
    def __reduce__(self) -> tuple[object, ...]:
        return (Path("/nowhere/pickled").touch, ())


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.pkl", pickle.dumps(Bomb()), "a pickle, which can run any code"),
        ("a.pt", b"PK\x03\x04", "a pickle, which can run any code"),  # in a zip, as torch does it
        ("a.pth", b"x", "a pickle, which can run any code"),
        ("a.joblib", b"x", "a pickle"),
        ("a", pickle.dumps([1]), "a pickle"),
        ("a.npz", pickle.dumps([1]), "it is no archive"),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "HDF5"),
        ("a.zip", b"PK\x03\x04", "an archive: unpack it"),
        ("a.tar.gz", gzip.compress(b"x", mtime=0), "an archive: unpack it"),
        ("a.xlsx", b"PK\x03\x04", "a workbook: save the sheet as CSV"),
        ("a.arff", b"@relation", "ARFF"),
        ("a.docx", b"x", r"a file of a kind that is not read \('\.docx'\)"),
        ("digits", b"x", r"a file of a kind that is not read \('digits'\)"),
        ("a.PNG", b"x", "one image, and a source has many"),
        ("a.mat", b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n", "MATLAB's version 7.3"),
    ],
)
def test_what_is_not_read(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        load_symbols(str(path))
    assert "\n" not in str(caught.value)
    if path.suffix not in (".npz", ".mat", ".PNG"):
        assert ".csv with label,pixel" in str(caught.value)


def test_arrays_of_their_own(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", IMAGES)
    with pytest.raises(DataError, match="one array, and labels are needed"):
        load_symbols(str(tmp_path / "a.npy"))
    np.save(tmp_path / "b.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(DataError, match="a pickle, which can run"):
        load_symbols(str(tmp_path / "b.npy"))


def test_folders_of_other_things(tmp_path: Path) -> None:
    (tmp_path / "a.docx").touch()
    (tmp_path / "inner").mkdir()
    with pytest.raises(DataError, match=r"holds 1 \.docx file, 1 folder and no labelled images; r"):
        load_symbols(str(tmp_path))


def test_every_format_says_what_it_looks_like() -> None:
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    assert all(one.description for one in FORMATS)


def test_names_that_are_no_path(tmp_path: Path) -> None:
    for name in ("nowhere.npz", str(tmp_path / "nowhere"), "some/where"):
        with pytest.raises(NoSuchPath, match="no such folder or file"):
            require_source(name)
    with pytest.raises(UnknownName, match="did you mean 'mnist'"):
        require_source("mnits")


# --- files as sources ----------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    np.savez(tmp_path / "train.npz", images=IMAGES, labels=LABELS)
    return tmp_path / "train.npz"


def test_a_file_has_a_digest_of_its_content(table: Path) -> None:
    first = source_digest(str(table))
    assert first == source_digest(str(table))
    renamed = table.rename(table.with_name("other.npz"))
    assert source_digest(str(renamed)) != first  # a name may say what is held
    renamed.rename(table)
    assert source_digest(str(table)) == first
    np.savez(table.with_name("test.npz"), images=IMAGES, labels=LABELS)  # it is read beside it
    beside = source_digest(str(table))
    assert beside != first
    np.savez(table.with_name("test.npz"), images=IMAGES[::-1], labels=LABELS)
    assert source_digest(str(table)) not in (first, beside)


def test_the_size_of_a_source_is_that_of_its_images(table: Path) -> None:
    assert symbol_size(str(table)) == (5, 6)
    np.savez(table, images=IMAGES[:, :4], labels=LABELS)
    assert symbol_size(str(table)) == (4, 6)
    assert symbol_size("mnist") == symbol_size("nowhere") == (28, 28)


@pytest.mark.parametrize("kind", ["folder", "npz"])
def test_any_format_is_brought_to_a_size(kind: str, table: Path, tmp_path: Path) -> None:
    path = table
    if kind == "folder":
        path = tmp_path / "folder"
        for number, image in enumerate(IMAGES):
            (path / str(LABELS[number])).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(path / str(LABELS[number]) / f"{number}.png")
    content = content_of(path, (14, 12))
    assert content.train.images.shape == (8, 14, 12)
    assert "brought to 12×14" in content.remarks[0]
    assert content_of(path, (5, 6)).remarks == ()


def test_one_table_finds_the_format(table: Path, tmp_path: Path) -> None:
    assert format_of(table).name == "NPZ"
    assert format_of(tmp_path).name == "NPZ"
    (tmp_path / "train" / "a").mkdir(parents=True)
    assert format_of(tmp_path).name == "folder with splits"


def test_a_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DataError, match="cannot be read \\(Permission denied\\)"):
        load_symbols(str(tmp_path))


def test_nothing_but_plain_files_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(DataError, match="it is a named pipe, expected a file"):
        load_symbols(str(tmp_path / "a.csv"))
    with pytest.raises(DataError, match="it is a device"):
        load_symbols("/dev/zero")

"""What people name as images: files, folders, patterns, arrays."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glyphlab._common.errors import DataError, GlyphlabError, NoSuchPath
from glyphlab.data.named_images import gather, of_arrays, of_bytes


def picture(path: Path, level: int = 200) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 3), level).save(path)
    return path


def names(found: object) -> list[str]:
    return [Path(one.name).name for one in found.images]  # type: ignore[attr-defined]


def test_files_keep_their_order_and_any_ending(tmp_path: Path) -> None:
    second = picture(tmp_path / "b.png")
    first = tmp_path / "a.dat"
    first.write_bytes(second.read_bytes())
    found = gather([second, str(first)])
    assert names(found) == ["b.png", "a.dat"]
    assert found.count == 2
    assert found.remark == ""
    assert [one.read().pixels.shape for one in found.images] == [(3, 4)] * 2


def test_folders_are_searched_at_any_depth(tmp_path: Path) -> None:
    for name in ("2.PNG", "1.jpg", "deep/er/3.png", ".hidden.png", ".git/4.png"):
        picture(tmp_path / name) if name.endswith(("png", "jpg")) else picture(
            (tmp_path / name).with_suffix(".png")
        ).rename(tmp_path / name)
    for name in ("notes.txt", "deep/more.txt", "Makefile"):
        (tmp_path / name).write_text("x")
    found = gather([tmp_path])
    assert names(found) == ["1.jpg", "2.PNG", "3.png"]
    assert found.remark == "3 files are no images and were left out (2 .txt, 1 without an ending)"


def test_linked_folders_are_searched_too(tmp_path: Path) -> None:
    picture(tmp_path / "elsewhere/deep/a.png")
    picture(tmp_path / "scans/b.png")
    (tmp_path / "scans/linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "scans/same").symlink_to(tmp_path / "elsewhere/deep")
    (tmp_path / "scans/loop").symlink_to(tmp_path / "scans")
    (tmp_path / "elsewhere/deep/back").symlink_to(tmp_path)
    found = gather([tmp_path / "scans"])
    assert [str(Path(name).relative_to(tmp_path / "scans")) for name in found.names] == [
        "b.png", "linked/deep/a.png", "same/a.png",
    ]  # fmt: skip
    assert all(one.read().pixels.shape == (3, 4) for one in found.images)


def test_one_file_that_is_left_out(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "b.csv").write_text("x")
    assert gather([tmp_path]).remark == "1 file is no image and was left out (1 .csv)"


def test_patterns_are_for_shells_that_do_not_know_them(tmp_path: Path) -> None:
    for name in ("a1.png", "a2.png", "b1.png", "deep/a3.png"):
        picture(tmp_path / name)
    assert names(gather([f"{tmp_path}/a*.png"])) == ["a1.png", "a2.png"]
    assert names(gather([f"{tmp_path}/**/a*.png"])) == ["a1.png", "a2.png", "a3.png"]
    assert names(gather([f"{tmp_path}/d*"])) == ["a3.png"]


def test_a_file_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    odd = picture(tmp_path / "a[1].png")
    (found,) = gather([odd]).images
    assert found.read().pixels.shape == (3, 4)


@pytest.mark.parametrize("name", ["none.png", "*.none", "empty"])
def test_names_of_nothing_say_so_when_they_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (found,) = gather([f"{tmp_path}/{name}"]).images
    with pytest.raises(NoSuchPath, match=r"none\.png|\*\.none|empty"):
        found.read()


def test_links_and_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(tmp_path / "pipe.png")
    for one in gather([tmp_path]).images:
        with pytest.raises(GlyphlabError):
            one.read()


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that may not be listed, whose files may not be opened; as for any user but root."""
    picture(tmp_path / "locked/a.png")

    def refusing(found: Any) -> Any:
        def ask(path: Any, *args: Any, **options: Any) -> Any:
            if "locked" in str(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return found(path, *args, **options)

        return ask

    for of, name in ((os, "open"), (os, "scandir"), (io, "open")):
        monkeypatch.setattr(of, name, refusing(getattr(of, name)))
    return tmp_path / "locked"


@pytest.mark.parametrize("name", ["a.png", "a.npz", "a.csv", "a.mat", "scan", "a.jpg"])
def test_a_file_that_may_not_be_opened_is_one_failure(name: str, locked: Path) -> None:
    (locked / "a.png").rename(locked / name)
    good = picture(locked.parent / "b.png")
    bad, read = gather([locked / name, good]).images
    assert read.read().pixels.shape == (3, 4)
    with pytest.raises(DataError, match=rf"{name}: .*\(Permission denied\)"):
        bad.read()


def test_folders_that_may_not_be_listed_say_so(locked: Path) -> None:
    picture(locked.parent / "b.png")
    for folder, count in ((locked, 0), (locked.parent, 1)):
        bad, *good = sorted(gather([folder]).images, key=lambda one: "b.png" in one.name)
        assert len(good) == count
        with pytest.raises(DataError, match=r"locked: cannot be read \(Permission denied\)"):
            bad.read()


def test_paths_that_may_not_be_looked_at_say_so_when_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = picture(tmp_path / "b.png")
    stat = os.stat

    def refusing(path: Any, **options: Any) -> Any:
        if "locked" in str(path):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", refusing)
    picture(tmp_path / "locked/a.png")
    *bad, read = gather([tmp_path / "locked/a.png", tmp_path / ("n" * 300), good]).images
    assert read.read().pixels.shape == (3, 4)
    assert bad[0].read().pixels.shape == (3, 4)  # it can be opened all the same
    with pytest.raises(DataError, match="name too long"):
        bad[1].read()


def test_bytes_are_an_image() -> None:
    file = io.BytesIO()
    Image.new("L", (5, 2), 9).save(file, "PNG")
    assert of_bytes(file.getvalue(), "stdin").read().pixels.shape == (2, 5)
    with pytest.raises(DataError, match="stdin: it is empty"):
        of_bytes(b"", "stdin").read()


def test_arrays_are_numbered_from_one() -> None:
    bytes_, halves = np.full((2, 3), 7, np.uint8), np.full((2, 3), 0.5)
    first, second, third = of_arrays([bytes_, halves, np.ones((2, 3), int)])
    assert (first.name, second.name) == ("image 1", "image 2")
    assert (first.read().pixels == 7).all()
    assert first.read().done == ()
    assert (second.read().pixels == 128).all()
    assert second.read().done == ("scaled from 0..1 to 0..255",)
    assert third.read().pixels.dtype == np.uint8


@pytest.mark.parametrize(
    "image",
    [np.zeros((2, 2, 3), np.uint8), np.full((2, 2), 3.5), np.full((2, 2), 300), np.zeros((0, 2)),
     np.array([["a"]]), np.full((2, 2), np.nan), np.zeros(4)],
)  # fmt: skip
def test_arrays_that_are_no_grey_image(image: np.ndarray) -> None:  # type: ignore[type-arg]
    (one,) = of_arrays([image])
    with pytest.raises(DataError, match=r"image 1 is .*expected"):
        one.read()


def test_tables_are_many_images_with_labels_or_without(tmp_path: Path) -> None:
    pixels = np.arange(3 * 9, dtype=np.uint8).reshape(3, 9)
    header = ",".join(f"pixel{number}" for number in range(9))
    np.savetxt(tmp_path / "test.csv", pixels, "%d", ",", header=header, comments="")
    np.savez(tmp_path / "one.npz", images=pixels.reshape(3, 3, 3))
    np.savez(tmp_path / "two.npz", x_train=pixels.reshape(3, 3, 3), x_test=pixels.reshape(3, 3, 3))
    for name, count in (("test.csv", 3), ("one.npz", 3), ("two.npz", 6)):
        found = gather([tmp_path / name])
        assert found.count is None
        images = list(found.images)
        assert len(images) == count
        np.testing.assert_array_equal(images[1].read().pixels, pixels[1].reshape(3, 3))
    assert images[0].name == f"{tmp_path / 'two.npz'} x_train 1"
    assert images[5].name == f"{tmp_path / 'two.npz'} x_test 3"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("wide.csv", b"1,2,3\n4,5,6\n", "columns"),
        ("empty.csv", b"", "empty.csv"),
        ("a.npz", b"PK", "a.npz"),
        ("a.mat", b"x", "a.mat"),
    ],
)
def test_tables_that_hold_no_images_are_one_line(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (one,) = gather([tmp_path / name]).images
    with pytest.raises(DataError, match=said):
        one.read()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("data.pkl", b"\x80\x04.", "a pickle, which can run any code"),
        ("labels.xlsx", b"PK\x03\x04", "a workbook: save the sheet as CSV"),
        ("doc.pdf", b"%PDF-1.4", "a PDF: save its pages as PNG"),
        ("scan", b"%PDF-1.4", "a PDF: save its pages as PNG"),
        ("a.heic", b"\0\0\0\x18ftypheic", "a HEIC photo: save it as JPEG"),
        ("a.jpg", b"\0\0\0\x18ftypheic", "a HEIC photo: save it as JPEG"),
        ("notes.txt", b"notes", "give one of PNG, JPEG"),
    ],
)
def test_what_others_read_is_called_what_it_is(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    (one,) = gather([tmp_path / name]).images
    with pytest.raises(DataError, match=said):
        one.read()


def test_a_truncated_photo_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99), np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:900])
    (one,) = gather([path]).images
    with pytest.raises(DataError, match=r"is damaged .*; repair or replace it$"):
        one.read()

"""Uploads: names, parts, limits, and that nothing is written under a client's path."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest

from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.own_data import uploaded_files
from glyphlab.serve.own_data.uploaded_files import Uploads


@pytest.fixture
def uploads() -> Uploads:
    return Uploads()


def test_files_are_kept_under_numbers(uploads: Uploads) -> None:
    upload = uploads.begin()
    upload.add("mine/3/a b.png", 0, b"one")
    upload.add("mine/3/a b.png", 3, b" two")
    upload.add("mine/é/1.JPG", 0, b"three")
    there = sorted(path.relative_to(upload.folder).as_posix() for path in upload.folder.rglob("*"))
    assert there == ["000000.png", "000001.jpg"]
    assert (upload.folder / "000000.png").read_bytes() == b"one two"
    assert upload.total == 12
    upload.add("mine/3/a b.png", 0, b"again")
    assert (upload.folder / "000000.png").read_bytes() == b"again"


def test_a_part_that_was_written_in_part_is_not_there_twice(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploads.begin()
    upload.add("a/1.png", 0, b"one")

    class Full(io.FileIO):
        def write(self, content: Any) -> int:
            super().write(bytes(content)[:2])
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda path, mode: Full(path, mode))
        for path, start in (("a/1.png", 3), ("a/2.png", 0)):
            with pytest.raises(OSError, match="No space"):
                upload.add(path, start, b" two")
    assert (upload.folder / "000000.png").read_bytes() == b"one"
    assert upload.total == 3
    assert upload.add("a/1.png", 3, b" two").path.read_bytes() == b"one two"
    assert upload.add("a/2.png", 0, b" two").path.read_bytes() == b" two"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda path, mode: Full(path, mode))
        with pytest.raises(OSError, match="No space"):
            upload.add("a/1.png", 0, b"again")  # what was there before is gone
    assert upload.total == 4


@pytest.mark.parametrize(
    "path",
    ["../../x.png", "/", "a/../x.png", ".hidden/x.png", "a\\b.png", "a\x00.png", "a" * 101 + ".png",
     "/".join("abcdefghijklm") + "/x.png", "x.txt", "x.pkl", "x", "x.png/"],
)  # fmt: skip
def test_other_names_are_refused(uploads: Uploads, path: str) -> None:
    upload = uploads.begin()
    if path == "x.png/":
        assert upload.add(path, 0, b"1").parts == ("x.png",)
        return
    with pytest.raises(Refused) as error:
        upload.add(path, 0, b"1")
    assert error.value.status == 422
    assert not list(upload.folder.iterdir())


def test_limits(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploaded_files, "MOST_FILES", 2)
    monkeypatch.setattr(uploaded_files, "MOST_OF_IMAGE", 10)
    monkeypatch.setattr(uploaded_files, "MOST_BYTES", 15)
    upload = uploads.begin()
    upload.add("a/1.png", 0, b"0123456789")
    for path, start, content, status, said in (
        ("a/1.png", 10, b"x", 413, "more than 10 bytes"),
        ("a/1.png", 9, b"x", 409, "begins at byte 9"),
        ("a/2.png", 5, b"x", 409, "0 bytes are here"),
        ("a/2.png", 0, b"012345", 413, "together"),
    ):
        with pytest.raises(Refused, match=said) as error:
            upload.add(path, start, content)
        assert error.value.status == status
    upload.add("a/2.png", 0, b"0123")
    with pytest.raises(Refused, match="more than 2 files"):
        upload.add("a/3.png", 0, b"0")


def test_few_at_a_time(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = [uploads.begin() for _ in range(uploaded_files.MOST_UPLOADS)]
    with pytest.raises(Refused, match="already") as error:
        uploads.begin()
    assert error.value.status == 429
    uploads.discard(first.name)
    assert not first.folder.exists()
    with pytest.raises(Refused, match="no such upload"):
        uploads.of(first.name)
    uploads.begin()
    monkeypatch.setattr(uploaded_files, "IDLE", -1.0)
    uploads.begin()  # what was left for long makes room


def test_one_request_at_a_time(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploaded_files, "_PATIENCE", 0.01)
    upload = uploads.begin()
    with upload.held(), pytest.raises(Refused, match="read already"):
        upload.add("a/1.png", 0, b"1")


def test_files_go_with_the_studio() -> None:
    uploads = Uploads()
    folder = uploads.begin().folder
    assert folder.is_dir()
    del uploads
    assert not Path(folder).exists()

"""Uploads as folders that are imported: classes, splits, tables, and what is left out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from glyphlab.serve.app.refusals import Refused
from glyphlab.serve.own_data import laid_out as module
from glyphlab.serve.own_data.laid_out import LaidOut, laid_out
from glyphlab.serve.own_data.uploaded_files import Upload, Uploads


def png(side: int = 8, value: int = 9) -> bytes:
    content = io.BytesIO()
    Image.new("L", (side, side), value).save(content, "PNG")
    return content.getvalue()


def sent(*paths: str, content: bytes | None = None) -> Upload:
    kept = Uploads()
    upload = kept.begin()
    upload.keeper = kept  # type: ignore[attr-defined]  # its folder goes with it
    for path in paths:
        upload.add(path, 0, content or png())
    return upload


def files_of(found: LaidOut) -> list[str]:
    root = found.folder
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("paths", "expected", "lost"),
    [
        (["mine/3/b.png", "mine/3/a.png", "mine/5/c.JPG"],
         ["3/000000.png", "3/000001.png", "5/000000.jpg"], ()),
        (["up/mine/Train/3/a.png", "up/mine/test/3/b.png", "up/mine/val/3/c.png"],
         ["test/3/000000.png", "train/3/000000.png"], ("1 image outside",)),
        (["mine/3/a.png", "mine/5/b.png", "mine/loose.png", "mine/5/deep/x.png"],
         ["3/000000.png", "5/000000.png"], ("1 image in folders below", "1 image in no folder")),
        (["3/a.png", "5/b.png"], ["3/000000.png", "5/000000.png"], ()),
    ],
)  # fmt: skip
def test_folders(paths: list[str], expected: list[str], lost: tuple[str, ...]) -> None:
    found = laid_out(sent(*paths))
    assert files_of(found) == expected
    assert len(found.left_out) == len(lost)
    assert all(one.startswith(start) for one, start in zip(found.left_out, lost, strict=True))


def test_messages_have_the_client_s_names() -> None:
    found = laid_out(sent("mine/3/second.png", "mine/5/first.png"))
    message = f"{found.folder}/5/000000.png: broken; {found.folder}: holds too little"
    assert found.in_client_words(message) == "mine/5/first.png: broken; mine: holds too little"
    assert found.title == "mine"
    spaced = laid_out(
        sent("my pets/cat dog/a b.png", "my pets/cat dog/c, d: 1.png", "my pets/x/1.png")
    )
    first, second = (spaced.folder / "cat dog" / f"00000{k}.png" for k in range(2))
    said = spaced.in_client_words(
        f"{first}: broken; {second}, too; {spaced.folder / 'cat dog'}: few"
    )
    assert said == (
        "my pets/cat dog/a b.png: broken; my pets/cat dog/c, d: 1.png, too; my pets/cat dog: few"
    )


def arrays(**given: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, **given)  # type: ignore[arg-type]
    return content.getvalue()


def test_tables() -> None:
    upload = sent("train.csv", "test.csv", content=b"label,0,1,2,3\n1,0,0,0,0\n")
    found = laid_out(upload)
    assert files_of(found) == ["test.csv", "train.csv"]
    small = arrays(images=np.zeros((3, 4, 4), np.uint8), labels=np.arange(3))
    assert files_of(laid_out(sent("set.npz", content=small))) == ["set.npz"]


@pytest.mark.parametrize(
    ("paths", "content", "said"),
    [
        ([], None, "no image and no table"),
        (["a.png", "b.png"], None, "2 images and no folder of a class"),
        (["3/a.png", "x.csv"], None, "images and tables together"),
        (["a.csv", "b.csv", "c.csv"], b"1,2\n", "3 tables"),
        (["mine/train/x.csv", "mine/test/x.csv"], b"1,0\n", "two tables are called x.csv"),
        (["x.npz"], b"nothing", "no archive"),
        (["x.npz"], arrays(images=np.zeros((20, 1000, 1000), np.uint8)), "unpacks to 20 MB"),
        (["x.npz"], arrays(images=np.zeros((60, 4, 4), np.uint8)), "about 60 images"),
        (["x.csv"], b"1,0\n" * 60, "about 61 images"),
        ([f"3/{k}.png" for k in range(51)], None, "about 51 images"),
        (["3/a.png", "5/b.png"], png(4_000), "32,000,000 pixels together"),
        (["3/a.png", "5/b.png"], png(8_000), "too many pixels"),
    ],
)
def test_what_is_refused(
    paths: list[str], content: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_IMAGES", 50)
    monkeypatch.setattr(module, "MOST_PIXELS", 30_000_000)
    monkeypatch.setattr(module, "UNPACKED", 1 << 20)
    with pytest.raises(Refused, match=said):
        laid_out(sent(*paths, content=content))


def test_damaged_pictures_are_left_to_who_reads_them() -> None:
    found = laid_out(sent("3/a.png", "5/b.png", content=b"no picture"))
    assert files_of(found) == ["3/000000.png", "5/000000.png"]

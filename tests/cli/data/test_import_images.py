"""`glyphlab data import`: a folder, a table and what is said of their images."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab.data import load_symbols

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Dark on light, of different sizes, without a split."""
    rng = np.random.default_rng(0)
    for name in ("ant", "<cat>"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(5):
            pixels = np.full((20 + number, 20), 240, np.uint8)
            pixels[5:15, 5:15] = rng.integers(0, 60, (10, 10))
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{number}.JPG")
    return tmp_path / "photos"


def test_a_folder_of_photos(photos: Path, glyphlab: Cli, tmp_path: Path) -> None:
    words = ("data", "import", photos, "--out", "own", "--licence", "CC0", "--size", "28")
    code, out, err = glyphlab(*words)
    assert code == 0, err
    assert out.splitlines()[0].split() == ["class", "training", "test"]
    assert "<cat>  4         1" in out
    assert "own holds 8 training and 2 test images of 28×28 pixels (licence CC0, split" in out
    assert "DONE: other sizes brought to 28×28 (images: 10)" in out
    assert "DONE: inverted, all images, as 100% of them were dark on light" in out
    assert "REMARK" not in out
    assert "drew the images on own/contact-sheet.svg" in err
    source = load_symbols(str(tmp_path / "own"))
    assert source.train.class_names == ("<cat>", "ant")
    assert source.train.images.mean() < 128
    sheet = ET.fromstring((tmp_path / "own" / "contact-sheet.svg").read_text())
    texts = [node.text for node in sheet.iter() if node.text and node.text.strip()]
    assert texts == ["<cat>", "4 images", "ant", "4 images"]
    assert sum(node.tag.endswith("image") for node in sheet.iter()) == 8

    code, out, err = glyphlab("audit", "single", "--data", "own")
    assert (code, err) == (0, "")
    assert "8/1/2" not in out
    assert "no leak found" in out


def test_as_json(photos: Path, glyphlab: Cli, tmp_path: Path) -> None:
    words = ("data", "import", photos, "--out", "own", "--shows", "photographs", "--json")
    code, out, err = glyphlab(*words)
    assert code == 0
    found = json.loads(out)
    assert (found["schema"], found["folder"], found["picture"]) == (
        2, "own", "own/contact-sheet.svg",
    )  # fmt: skip
    assert found["source"] == json.loads((tmp_path / "own" / "glyphlab-source.json").read_text())
    assert found["source"]["kind"] == "photographs"
    assert found["audit"]["remarks"][0].startswith("images are dark on light")
    assert "note: " in err


def test_one_class_and_copies_are_said(glyphlab: Cli, tmp_path: Path) -> None:
    for split in ("train", "test"):
        (tmp_path / "mine" / split / "a").mkdir(parents=True)
        pixels = np.zeros((8, 8), np.uint8)
        pixels[3:5, 3:5] = 200
        Image.fromarray(pixels).save(tmp_path / "mine" / split / "a" / "0.png")
    _, out, _ = glyphlab("data", "import", "mine", "--out", "own", "-q")
    assert "REMARK: test images that are copies of training images: 1 of 1" in out
    assert "REMARK: one class only ('a'): nothing can be learned" in out
    code, out, err = glyphlab("compare", "single", "--data", "own", "--models", "knn")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("glyphlab: own: all 1 training images have the label")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("photos", "--out", "photos"), 2, "expected a new or empty folder"),
        (("nowhere", "--out", "own"), 2, "unknown data source 'nowhere'"),
        (("no/where", "--out", "own"), 2, "no such folder or file"),
        (("a.pkl", "--out", "own"), 1, "a pickle, which can run any code"),
        (("photos", "--out", "own", "--invert", "yes"), 2, "--invert"),
        (("photos", "--out", "own", "--size", "9999"), 2, "size 9999, expected 1 to 1024"),
        (("photos",), 2, "--out"),
    ],
)
def test_what_cannot_be_imported_is_one_line(
    words: tuple[str, ...], code: int, said: str, photos: Path, glyphlab: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04.")
    found, out, err = glyphlab("data", "import", *words)
    assert (found, out) == (code, "")
    assert err.startswith("glyphlab: ")
    assert err.count("\n") == 1
    assert said in err
    assert not (tmp_path / "own").exists()

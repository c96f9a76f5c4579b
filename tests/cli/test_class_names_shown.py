"""Class names wherever a run is shown: an answer, its JSON, the page, and figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab.data import Symbols, load_symbols

from .conftest import Cli

RECIPE = """
[task]
name = "single"
data = "own"
generalization_grid = 0
[model]
strategy = "whole"
net = "classical"
classical = { name = "knn", neighbors = 1 }
"""
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "<b>Ankle boot</b>")  # fmt: skip


def write_folder(root: Path, names: Sequence[str], each: int = 6) -> None:
    """Write digits under other names, so that the place of a class is not its name."""
    source = load_symbols("digits")

    def write(part: Symbols, split: str, most: int) -> None:
        for label, name in enumerate(names):
            folder = root / split / name.replace("/", "_")
            folder.mkdir(parents=True)
            for number, place in enumerate(np.flatnonzero(part.labels == label)[:most]):
                Image.fromarray(part.images[place]).save(folder / f"{number}.png")

    write(source.train, "train", each)
    write(source.test, "test", 3)


def trained(glyphlab: Cli, tmp_path: Path, names: Sequence[str]) -> Path:
    write_folder(tmp_path / "own", names)
    (tmp_path / "own.toml").write_text(RECIPE)
    code, _, err = glyphlab("train", "own.toml", "--quiet")
    assert code == 0, err
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def test_folders_1_to_10_answer_with_their_names(glyphlab: Cli, tmp_path: Path) -> None:
    names = [str(number) for number in range(1, 11)]
    folder = trained(glyphlab, tmp_path, names)
    assert json.loads((folder / "summary.json").read_text())["class_names"] == names
    shown = [tmp_path / "own" / "train" / name / "0.png" for name in ("10", "1", "2")]
    _, out, _ = glyphlab("predict", folder, *shown, "--json")
    found = json.loads(out)["predictions"]
    assert [one["label"] for one in found] == ["10", "1", "2"]
    assert [one["symbols"] for one in found] == [[9], [0], [1]]
    _, out, _ = glyphlab("predict", folder, shown[0])
    assert out.splitlines()[1].split()[-2] == "10"


def test_names_stand_on_the_page_and_can_do_no_harm_there(glyphlab: Cli, tmp_path: Path) -> None:
    folder = trained(glyphlab, tmp_path, GARMENTS)
    picture = tmp_path / "own" / "train" / GARMENTS[9].replace("/", "_") / "0.png"
    _, out, _ = glyphlab("predict", folder, picture, "--json")
    assert json.loads(out)["predictions"][0]["label"] == "<b>Ankle boot<_b>"
    assert glyphlab("report", folder, "--report", "page.html")[0] == 0
    page = (tmp_path / "page.html").read_text()
    assert "&lt;b&gt;Ankle boot&lt;_b&gt;" in page
    assert "<b>Ankle" not in page
    tiles = page[page.index('class="tiles') :]
    assert 'alt="image of Trouser"' in tiles
    assert (
        page.count(">Pullover</text>") >= 3
    )  # both sides of the confusion matrix, and the classes


def test_numbers_from_0_are_not_recorded(glyphlab: Cli, tmp_path: Path) -> None:
    folder = trained(glyphlab, tmp_path, tuple("0123456789"))
    assert "class_names" not in json.loads((folder / "summary.json").read_text())


@pytest.mark.parametrize("names", [["a"] * 9, ["a\u202e"] * 10, [""] * 10, ["a" * 256] * 10, "ab"])
def test_names_of_a_strangers_run_are_checked(names: object, glyphlab: Cli, tmp_path: Path) -> None:
    folder = trained(glyphlab, tmp_path, [f"n{place}" for place in range(10)])
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({**summary, "class_names": names}))
    code, out, err = glyphlab("predict", folder, tmp_path / "own" / "test" / "n0" / "0.png")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "class" in err

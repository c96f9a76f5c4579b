"""`evaluate`: a finished run on other images, with intervals, tables and a page."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glyphlab.data import load_symbols
from trained import digits_run, triples_run

from ..conftest import Cli, fails


@pytest.fixture
def glyphlab(glyphlab: Cli, tmp_path: Path) -> Cli:
    (tmp_path / "runs").mkdir()
    for run in (digits_run(), triples_run()):
        (tmp_path / "runs" / run.name).symlink_to(run.path)
    return glyphlab


def folder(path: Path, names: dict[str, int], each: int = 4) -> Path:
    """Write digits by label into folders of these names."""
    digits = load_symbols("digits").test
    for name, label in names.items():
        for split in ("train", "test"):
            to = path / split / name
            to.mkdir(parents=True)
            for number in np.flatnonzero(digits.labels == label)[:each]:
                Image.fromarray(digits.images[number]).save(to / f"{number}.png")
    return path


def test_on_the_test_images_it_was_made_for(glyphlab: Cli) -> None:
    code, out, err = glyphlab("evaluate", "single", "digits", "--json", "-q")
    assert code == 0, err
    document = json.loads(out)
    (row,) = document["rows"][:1]
    assert document["schema"] == 2
    assert row["mean"] == pytest.approx(digits_run().summary.metrics.exact_match)
    assert 0 < row["low"] < row["mean"] < row["high"] < 1
    assert row["glyphs"] == row["images"] == 359
    assert any("the run was scored on when it was trained" in one for one in document["remarks"])
    assert sum(one["images"] for one in document["per_class"]) == 359
    assert np.sum(document["confusion"]) == 359
    assert document["command"] == f"glyphlab evaluate {digits_run().name} digits"
    _, out, _ = glyphlab("evaluate", "single", "digits", "-q")
    assert f"all images: {100 * row['mean']:.2f} % correct" in out


def test_a_run_that_is_named_by_its_folder(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "runs").rename(tmp_path / "exps")
    name = digits_run().name
    words = ("--images", "9", "--json", "-q")
    code, out, err = glyphlab("evaluate", f"exps/{name}", "digits", *words)
    assert code == 0, err
    command = json.loads(out)["command"]
    assert command == f"glyphlab evaluate {name} digits --images 9 --runs exps"
    assert glyphlab("report", f"exps/{name}", "--report", "pages/p.html", "-q")[0] == 0
    page = (tmp_path / "pages" / "p.html").read_text()
    assert f"glyphlab report {name} --report pages/p.html --runs exps" in page


def test_classes_are_matched_by_name(glyphlab: Cli, tmp_path: Path) -> None:
    data = folder(tmp_path / "mine", {"3": 3, "7": 7, "seven": 7, "0 ": 0})
    code, out, _ = glyphlab("evaluate", "single", data, "--json", "-q")
    assert code == 0
    document = json.loads(out)
    assert document["rows"][0]["images"] == 12
    assert document["rows"][0]["mean"] > 0.7
    (left,) = document["left_out"]
    assert (left["name"], left["images"]) == ("seven", 4)
    assert any("'seven': 4 images with it are left out" in one for one in document["remarks"])
    assert any("classes that the run knows are '0', '1'" in one for one in document["remarks"])
    assert any("images are taken as independent" in one for one in document["remarks"])
    counts = {one["class"]: one["images"] for one in document["per_class"]}
    assert (counts["3"], counts["7"], counts["0"], counts["5"]) == (4, 4, 4, 0)
    assert next(one for one in document["per_class"] if one["class"] == "5")["mean"] is None


def test_no_class_that_it_knows(glyphlab: Cli, tmp_path: Path) -> None:
    data = folder(tmp_path / "mine", {"three": 3, "00": 7})
    fails(glyphlab("evaluate", "single", data, "-q"), 1, "'three'", "knows '0', '1'")
    _, _, err = glyphlab("evaluate", "single", data, "-q")
    assert " mean " not in err


def test_larger_images_are_prepared_and_as_is_refuses_them(glyphlab: Cli, tmp_path: Path) -> None:
    data = folder(tmp_path / "mine", {"3": 3, "7": 7})
    for file in data.rglob("*.png"):
        image = Image.fromarray(255 - np.asarray(Image.open(file)))
        image.resize((64, 64), Image.Resampling.BICUBIC).save(file)
    code, out, _ = glyphlab("evaluate", "single", data, "--json", "-q")
    document = json.loads(out)
    assert code == 0
    assert "Prepared first: 8 of 8 images." in document["remarks"]
    assert document["rows"][0]["mean"] > 0.6
    fails(glyphlab("evaluate", "single", data, "--as-is", "-q"), 1, "64×64", "28×28")


def test_corrupted_images_and_the_page_and_the_table(glyphlab: Cli, tmp_path: Path) -> None:
    words = ("evaluate", "single", "digits", "--corrupt", "--images", "16", "-q")
    code, out, err = glyphlab(*words, "--json", "--report", "p.html", "--csv", "t.csv")
    assert code == 0, err
    document = json.loads(out)
    found = document["robustness"]
    kinds = {row["corruption"] for row in found["rows"]}
    assert kinds == {"noise", "shift", "rotation", "thickness", "contrast", "occlusion"}
    clean = {row["mean"] for row in found["rows"] if row["strength"] == 0}
    assert clean == {document["rows"][0]["mean"]}
    for row in found["rows"]:
        assert row["low"] <= row["mean"] <= row["high"]
        assert row["images"] == 16
    assert found["low"] < found["mean"] < found["high"]
    assert found["mean"] < document["rows"][0]["mean"]
    assert json.loads(glyphlab(*words, "--json")[1])["robustness"] == found
    rows = list(csv.DictReader((tmp_path / "t-corrupted.csv").read_text().splitlines()))
    assert len(rows) == len(found["rows"]) == 37
    assert [*rows[0]] == ["corruption", "strength", "unit", "mean", "low", "high", "images"]
    page = (tmp_path / "p.html").read_text()
    assert "Corrupted images" in page
    assert "<html" in page
    assert "note: wrote the page p.html" in err
    assert "note: wrote the tables t.csv, t-classes.csv, t-corrupted.csv" in err
    assert f"<h1>Evaluation of {digits_run().name}</h1>" in page
    assert "It is scored on the test images of digits." in page
    assert "on other images" not in page
    _, out, _ = glyphlab(*words)
    assert "corrupted images: " in out


def test_a_task_of_another_seed(glyphlab: Cli) -> None:
    asked = (("triple",), ("triple", "--task-seed", "5"), ("digits", "--task-seed", "5"))
    first, other, source = (
        json.loads(glyphlab("evaluate", "triple", *words, "--json", "-q")[1]) for words in asked
    )
    assert first["rows"][0]["mean"] == pytest.approx(triples_run().summary.metrics.exact_match)
    assert other["images"] != first["images"]
    assert other["rows"] == source["rows"]
    assert other["rows"][0]["design_effect"] >= 1
    assert other["per_class"] == []
    assert first["confusion"] is None


def test_options_that_do_not_fit(glyphlab: Cli) -> None:
    fails(glyphlab("evaluate", "single", "digits", "--task-seed", "3"), 2, "--task-seed 3")
    fails(glyphlab("evaluate", "single", "digits", "--part", "tset"), 2, "did you mean 'test'")
    fails(glyphlab("evaluate", "single", "digist"), 2, "did you mean 'digits'")
    fails(glyphlab("evaluate", "single", "triple"), 1, "84×84", "28×28")
    fails(glyphlab("evaluate", "single", "digits", "--images", "1"), 2, "--images")
    fails(glyphlab("evaluate", "single", "digits", "--csv", "runs"), 2, "runs is a folder")
    fails(glyphlab("evaluate", "single", "digits", "--report", "runs"), 2, "runs is a folder")
    fails(glyphlab("evaluate", "triple", "triple", "--part", "all"), 2, "--part all")
    fails(glyphlab("evaluate", "triple", "triple", "--as-is", "-q"), 2, "--as-is", "leave it out")
    seed = ("evaluate", "single", "digits", "--corruption-seed", "3")
    fails(glyphlab(*seed), 2, "--corruption-seed 3", "add --corrupt or --images N")


def test_evaluations_are_counted_once_a_question(glyphlab: Cli) -> None:
    def number(*words: str) -> int:
        return int(json.loads(glyphlab("evaluate", *words, "--json", "-q")[1])["evaluation"])

    assert number("triple", "triple", "--task-seed", "9") == 1
    assert number("triple", "triple", "--task-seed", "9") == 1
    assert number("triple", "triple", "--task-seed", "10") == 1
    assert number("single", "digits", "--part", "train") == 1


def test_no_division_is_noted_where_all_images_are_scored(glyphlab: Cli, tmp_path: Path) -> None:
    images = folder(tmp_path / "mine", {"7": 7, "0": 0}) / "train"
    code, out, err = glyphlab("evaluate", "single", images, "-q")
    assert code == 0, err
    assert "all images" in out
    assert "taken for test" not in err
    _, _, err = glyphlab("evaluate", "single", images, "--part", "test", "-q")
    assert "2 of 8 are taken for test" in err

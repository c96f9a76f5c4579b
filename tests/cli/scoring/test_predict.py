"""`predict`: files, folders, patterns, stdin and lists; what cannot be read does not end it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glyphlab.data import load_symbols
from glyphlab.recipes import Recipe
from glyphlab.runs.run_folders import FAMILIARITY, beside
from glyphlab.training import train
from trained import digits_run, triples_run

from ..conftest import Cli, fails


@pytest.fixture
def glyphlab(glyphlab: Cli, tmp_path: Path) -> Cli:
    """Commands in a folder with some digits, and a run of digits in `runs`."""
    run = digits_run()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / run.name).symlink_to(run.path)
    digits = load_symbols("digits").test
    for number in range(6):
        folder = tmp_path / "scans" / ("deep" if number % 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{number}_is_{digits.labels[number]}.png"
        Image.fromarray(digits.images[number]).save(folder / name)
    return glyphlab


def answers(result: tuple[int, str, str]) -> list[dict[str, Any]]:
    return list(json.loads(result[1])["predictions"])


def right(answer: dict[str, Any]) -> bool:
    return Path(answer["path"]).stem.endswith(f"_is_{answer['label']}")


def test_a_folder_and_what_is_no_image_in_it(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "scans" / "notes.txt").write_text("x")
    result = glyphlab("predict", "single", "scans", "--json", "-q")
    assert result[0] == 0
    document = json.loads(result[1])
    assert document["schema"] == 2
    assert document["run"] == digits_run().name
    assert document["failed"] == []
    alarms = document["warnings"]["false_alarms"]
    assert set(alarms) == {"as it is", "prepared"}
    assert alarms["as it is"]["images"] == 300
    found = answers(result)
    assert len(found) == 6
    assert sum(map(right, found)) >= 5
    for one in found:
        assert set(one) == {"path", "label", "symbols", "confidence", "prepared", "warning"}
        assert one["prepared"] == []
        assert 0 <= one["confidence"] <= 1
    assert "1 file is no image and was left out (1 .txt)" in result[2]


def test_a_photographed_digit_is_prepared(glyphlab: Cli, tmp_path: Path) -> None:
    digit = next((tmp_path / "scans").glob("0_*.png"))
    small = np.asarray(Image.open(digit))
    large = np.asarray(Image.fromarray(small).resize((140, 140), Image.Resampling.BICUBIC))
    paper = np.full((200, 220), 215, np.uint8)
    paper[30:170, 40:180] -= (large * 0.6).astype(np.uint8)
    photo = tmp_path / f"photo{digit.name[1:]}"
    Image.fromarray(paper).save(photo)
    (found,) = answers(glyphlab("predict", "single", photo, "--json", "-q"))
    assert right(found)
    assert "inverted" in found["prepared"]
    assert found["warning"] is None
    code, out, _ = glyphlab("predict", "single", photo, "-q")
    assert code == 0
    assert out.splitlines()[0].split() == ["image", "label", "confidence", "warning", "prepared"]
    assert "inverted" in out
    fails(glyphlab("predict", "single", photo, "--as-is", "-q"), 1, photo.name, "220×200", "28×28")


def test_as_it_is_where_it_has_the_right_size(glyphlab: Cli, tmp_path: Path) -> None:
    white = tmp_path / "white.png"
    Image.fromarray(255 - load_symbols("digits").test.images[0]).save(white)
    prepared, plain = (
        answers(glyphlab("predict", "single", white, "--json", "-q", *words))[0]
        for words in ((), ("--as-is",))
    )
    assert prepared["prepared"] == ["inverted"]
    assert plain["prepared"] == []
    assert plain["warning"]
    assert prepared["warning"] is None


def test_blanks_and_noise_get_a_warning(glyphlab: Cli, tmp_path: Path) -> None:
    Image.new("L", (90, 80), 230).save(tmp_path / "blank.png")
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(tmp_path / "noise.png")
    result = glyphlab("predict", "single", "blank.png", "noise.png", "--json", "-q")
    blank, noise = answers(result)
    assert blank["warning"] == "nothing is written on it"
    assert noise["warning"]
    _, _, err = glyphlab("predict", "single", "blank.png", "scans", "-q")
    assert "1 of 7 images have a warning; of images like the training data" in err


def test_every_row_stands_under_the_head(glyphlab: Cli, tmp_path: Path) -> None:
    first = next((tmp_path / "scans").glob("*.png"))
    shutil.copy(first, tmp_path / "a.png")
    Image.new("L", (90, 80), 230).save(tmp_path / "a_blank_picture_of_a_long_name.png")
    names = ("a.png", "a_blank_picture_of_a_long_name.png", "scans")
    table = np.stack([np.asarray(Image.open(first)).ravel()] * 12)
    np.savetxt(tmp_path / "table.csv", table, "%d", ",")
    for given in (names, ("table.csv",)):
        code, out, _ = glyphlab("predict", "single", *given, "-q")
        assert code == 0
        head, *rows = out.splitlines()
        assert len(rows) >= 8
        starts = [head.index(name) for name in ("label", "confidence", "warning", "prepared")]
        for row in rows:
            for start in starts[:-1]:
                assert row[start - 2 : start] == "  ", out
            assert row[starts[-1] - 1 : starts[-1] + 1].strip() == row[starts[-1]] != " ", out


def test_a_blank_picture_has_no_label(glyphlab: Cli, tmp_path: Path) -> None:
    Image.new("L", (90, 80), 230).save(tmp_path / "blank.png")
    (found,) = answers(glyphlab("predict", "single", "blank.png", "--json", "-q"))
    assert (found["label"], found["symbols"], found["confidence"]) == (None, [], None)
    _, out, _ = glyphlab("predict", "single", "blank.png", "-q")
    words = " ".join(out.splitlines()[1].split())
    assert words == "blank.png nothing is written on it nothing written found"
    _, out, _ = glyphlab("predict", "single", "blank.png", "--csv", "-", "-q")
    (row,) = csv.DictReader(io.StringIO(out))
    assert (row["label"], row["confidence"]) == ("", "")


def test_a_picture_of_very_few_pixels_has_a_warning(glyphlab: Cli, tmp_path: Path) -> None:
    for name, side, wide in (("few", 8, 1), ("wide", 8, 2), ("more", 10, 1)):
        stroke = np.zeros((side, 6), np.uint8)
        stroke[1:-1, 2 : 2 + wide] = 255
        Image.fromarray(stroke).save(tmp_path / f"{name}.png")
    words = ("few.png", "wide.png", "more.png", "--json", "-q")
    few, wide, more = answers(glyphlab("predict", "single", *words))
    assert "too few pixels" in few["warning"]
    assert few["label"] is not None
    assert "too few pixels" in wide["warning"]
    assert "too few pixels" not in (more["warning"] or "")


def test_the_documented_json_is_what_is_printed(glyphlab: Cli, tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "predicting.md").read_text()
    shown = json.loads(text.partition("```json\n")[2].partition("```")[0])
    digit = next((tmp_path / "scans").glob("*.png"))
    Image.fromarray(255 - np.asarray(Image.open(digit).resize((140, 140)))).save(
        tmp_path / "photo.png"
    )
    Image.new("L", (90, 80), 230).save(tmp_path / "blank.png")
    (tmp_path / "notes.png").write_bytes(b"nope")
    words = ("photo.png", "blank.png", "notes.png", "--json", "-q")
    printed = json.loads(glyphlab("predict", "single", *words)[1])
    assert _form(shown) == _form(printed)
    assert shown["warnings"]["looks_at"] == printed["warnings"]["looks_at"]
    assert shown["predictions"][1] == {**printed["predictions"][1]}
    assert shown["failed"][0]["error"] == printed["failed"][0]["error"]


def _form(value: Any) -> Any:
    """Return the keys and kinds of values of a JSON document."""
    if isinstance(value, dict):
        return {key: _form(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_form(one) for one in value] if value and isinstance(value[0], dict) else "list"
    return type(value)


def test_what_cannot_be_read_is_one_line_and_the_rest_go_on(glyphlab: Cli, tmp_path: Path) -> None:
    (tmp_path / "scans" / "bad.png").write_bytes(b"nope")
    code, out, err = glyphlab("predict", "single", "scans", "none.png", "--json", "-q")
    assert code == 1
    document = json.loads(out)
    assert len(document["predictions"]) == 6
    assert [one["path"] for one in document["failed"]] == ["scans/bad.png", "none.png"]
    lines = [line for line in err.splitlines() if line.startswith("glyphlab: ")]
    assert len(lines) == 2
    assert "bad.png: it cannot be read as an image" in lines[0]
    assert "no image at none.png" in lines[1]
    code, out, err = glyphlab("predict", "single", "scans", "-q")
    assert code == 1
    assert len(out.splitlines()) == 7


def test_nothing_that_can_be_read(glyphlab: Cli, tmp_path: Path) -> None:
    fails(glyphlab("predict", "single", "none.png", "-q"), 2, "no image at none.png")
    (tmp_path / "empty").mkdir()
    fails(glyphlab("predict", "single", "empty", "-q"), 2, "no image in this folder")
    fails(glyphlab("predict", "single", "none*.png", "-q"), 2, "no file matches")
    (tmp_path / "empty.png").write_bytes(b"")
    fails(glyphlab("predict", "single", "empty.png", "-q"), 1, "it is empty, expected an image")
    code, out, err = glyphlab("predict", "single", "none.png", "empty.png", "-q", "--json")
    assert code == 1
    assert json.loads(out)["predictions"] == []
    assert err.count("glyphlab: ") == 2


def test_two_symbols_where_one_is_expected(glyphlab: Cli, tmp_path: Path) -> None:
    both = np.zeros((60, 120), np.uint8)
    both[16:44, 10:38], both[16:44, 80:108] = load_symbols("digits").test.images[:2]
    Image.fromarray(255 - both).save(tmp_path / "two.png")
    fails(glyphlab("predict", "single", "two.png", "-q"), 1, "two.png", "2 symbols", "has 1")


def test_patterns_and_lists(glyphlab: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(answers(glyphlab("predict", "single", "scans/*.png", "--json", "-q"))) == 3
    every = sorted(map(str, (tmp_path / "scans").rglob("*.png")))
    (tmp_path / "list.txt").write_text("\n".join([*every[:2], "", every[2]]) + "\n")
    found = answers(glyphlab("predict", "single", "--from", "list.txt", "--json", "-q"))
    assert [one["path"] for one in found] == every[:3]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(every).encode())))
    found = answers(glyphlab("predict", "single", "--from", "-", "--json", "-q"))
    assert [one["path"] for one in found] == every
    (tmp_path / "list.txt").write_bytes(b"\xff\xfe\n")
    fails(glyphlab("predict", "single", "--from", "list.txt"), 1, "list.txt", "UTF-8")
    (tmp_path / "list.txt").write_text("\n")
    fails(glyphlab("predict", "single", "--from", "list.txt"), 2, "names no image")


def test_an_image_through_a_pipe(
    glyphlab: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = next((tmp_path / "scans").glob("*.png")).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    (found,) = answers(glyphlab("predict", "single", "-", "--json", "-q"))
    assert found["path"] == "stdin"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    fails(glyphlab("predict", "single", "-", "-q"), 1, "stdin: it is empty")
    fails(glyphlab("predict", "single", "-", "--from", "-"), 2, "stdin is read once")


def test_a_table_of_answers(glyphlab: Cli, tmp_path: Path) -> None:
    code, out, _ = glyphlab("predict", "single", "scans", "--csv", "-", "-q")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [*rows[0]] == ["path", "label", "confidence", "prepared", "warning"]
    assert len(rows) == 6
    code, shown, _ = glyphlab("predict", "single", "scans", "--csv", "answers.csv", "-q")
    assert (tmp_path / "answers.csv").read_text() == out
    assert {row["prepared"] for row in rows} == {"as it is"}
    code, _, err = glyphlab("predict", "single", "scans", "--csv", "new/deep/answers.csv", "-q")
    assert code == 0
    assert "note: wrote the table new/deep/answers.csv" in err
    assert (tmp_path / "new" / "deep" / "answers.csv").read_text() == out
    fails(glyphlab("predict", "single", "scans", "--csv", "new"), 2, "--csv", "new is a folder")
    fails(glyphlab("predict", "single", "scans", "--csv", "answers.csv/a.csv"), 2, "is a file")
    assert len(shown.splitlines()) == 7
    fails(glyphlab("predict", "single", "scans", "--csv", "-", "--json"), 2, "both print to stdout")


@pytest.mark.parametrize("name", ["steps.svg", "steps.png"])
def test_the_steps_are_shown(glyphlab: Cli, tmp_path: Path, name: str) -> None:
    image = next((tmp_path / "scans").glob("*.png"))
    with Image.open(image) as small:
        small.resize((100, 120)).save(tmp_path / "large.png")
    code, _, err = glyphlab("predict", "single", "large.png", image, "--show-steps", name, "-q")
    assert code == 0
    assert f"wrote the steps of the preparation to {name}" in err
    if name.endswith("png"):
        with Image.open(tmp_path / name) as figure:
            assert min(figure.size) > 300
    else:
        assert "fitted and centred" in (tmp_path / name).read_text()
    fails(glyphlab("predict", "single", image, "--show-steps", "x.gif", "-q"), 2, "x.gif", ".svg")
    words = ("--as-is", "--show-steps", "as_is.svg", "-q")
    code, _, err = glyphlab("predict", "single", "large.png", image, *words)
    assert code == 1  # it has another size than the training images
    drawn = (tmp_path / "as_is.svg").read_text()
    assert "fitted and centred" not in drawn
    assert "as the model reads it" in drawn


def test_familiarity_is_kept_beside_the_run_and_not_in_it(glyphlab: Cli, tmp_path: Path) -> None:
    run = digits_run()
    before = {file: file.read_bytes() for file in run.path.iterdir()}
    glyphlab("predict", "single", "scans", "-q")
    kept = beside(run.path, FAMILIARITY)
    written = kept.read_bytes()
    assert {file: file.read_bytes() for file in run.path.iterdir()} == before
    stamp = kept.stat().st_mtime_ns
    first = glyphlab("predict", "single", "scans", "--json", "-q")
    assert kept.stat().st_mtime_ns == stamp
    for damage in (b"", written[: len(written) // 2]):
        kept.write_bytes(damage)
        assert glyphlab("predict", "single", "scans", "--json", "-q") == first
        assert kept.read_bytes() == written


def test_a_run_elsewhere_whose_data_are_missing(glyphlab: Cli, tmp_path: Path) -> None:
    run = digits_run()
    away = tmp_path / "away" / run.name
    shutil.copytree(run.path, away)
    recipe = json.loads((away / "recipe.json").read_text())
    recipe["task"]["data"], recipe["task"]["digest"] = "mnist", None
    (away / "recipe.json").write_text(json.dumps(recipe))
    image = next((tmp_path / "scans").glob("*.png"))
    code, out, err = glyphlab("predict", away, image, "--json")
    assert code == 0
    assert json.loads(out)["warnings"] is None
    assert err.count("note: ") == 1
    assert "no warning is given" in err
    assert "glyphlab data fetch mnist" in err


def test_three_symbols_are_found_for_a_run_of_three(glyphlab: Cli, tmp_path: Path) -> None:
    run = triples_run()
    digits = load_symbols("digits").test.images[:3]
    row = np.concatenate([np.pad(one, ((20, 20), (10, 10))) for one in digits], 1)
    paper = 230 - np.repeat(np.repeat(row, 3, 0), 3, 1) // 2
    Image.fromarray(paper.astype(np.uint8)).save(tmp_path / "three.png")
    (found,) = answers(glyphlab("predict", run.path, "three.png", "--json", "-q"))
    assert "3 symbols found" in found["prepared"]
    assert len(found["label"]) == 3
    one = next((tmp_path / "scans").glob("*.png"))
    with Image.open(one) as small:
        small.resize((90, 90)).save(tmp_path / "one.png")
    fails(glyphlab("predict", run.path, "one.png", "-q"), 1, "one.png", "1 symbol", "has 3")


def test_what_the_training_noted_is_not_noted_again(glyphlab: Cli, tmp_path: Path) -> None:
    for label, number in ((label, number) for label in "ab" for number in range(6)):
        pixels = np.zeros((8, 8), np.uint8)
        pixels[2:6, 1 : 4 + number % 3] = 255 if label == "a" else 100 + 9 * number
        (tmp_path / "mine" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "mine" / label / f"{number}.png")
    content = {
        "name": "own",
        "task": {"name": "single", "data": "mine", "generalization_grid": 0},
        "model": {"strategy": "whole", "net": "classical", "classical": {"name": "knn"}},
    }
    run = train(Recipe.from_mapping(content), tmp_path / "runs", quiet=True)
    code, _, err = glyphlab("predict", run.path, tmp_path / "mine" / "a" / "0.png", "-q")
    assert code == 0
    assert "taken for test" not in err

"""The order of a report, and the tables of its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab._common.errors import UsageError
from glyphlab.reproductions import find_reproduction, recorded
from glyphlab.reproductions.core.reported_files.reported_tables import read_tables

ROW = "[[row]]\nid = 1\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "reported.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_source_is_in_the_longest_place_that_it_begins_with(tmp_path: Path) -> None:
    tables = read_tables(write(tmp_path, f'places = ["1", "1, text", "2"]\n{ROW}'))
    found = [tables.place_of(source, "row a") for source in ("1, log", "1, text: much", "2")]
    assert found == [0, 1, 2]
    assert read_tables(write(tmp_path, ROW)).place_of("anything", "row a") == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('places = "1"\n' + ROW, "has 'places'"),
        ("places = [1]\n" + ROW, "'places' is to be a list of words, found [1]"),
        ('places = ["1", "1"]\n' + ROW, "the place '1' is named twice"),
        ('place = ["1"]\n' + ROW, "has 'place'"),
        ("item = 3\n" + ROW, "has 'item'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_tables(write(tmp_path, text))
    assert said in str(caught.value)


def test_a_source_outside_every_place_is_said(tmp_path: Path) -> None:
    tables = read_tables(write(tmp_path, f'places = ["1"]\n{ROW}'))
    with pytest.raises(UsageError, match="row a: '2' begins with none of the 1 places"):
        tables.place_of("2", "row a")


def test_rows_are_shown_in_the_order_of_the_report() -> None:
    shown = [row["id"] for row in recorded("fashion-mnist").rows]
    assert shown == [row.id for row in find_reproduction("fashion-mnist").rows]
    first = [shown.index(name) for name in ("data.train", "4.parameters", "1.loss", "2.loss")]
    assert first == sorted(first)
    order = ("8.test", "claim.nadam", "9.loss", "4.best", "claim.by-hand", "deep.loss", "optuna.1")
    assert [shown.index(name) for name in order] == sorted(shown.index(name) for name in order)

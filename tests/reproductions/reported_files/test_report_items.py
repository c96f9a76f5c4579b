"""What a report says that is no row, and what is said of a file that is not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.reproductions import find_reproduction, list_reproductions, recorded
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.reported_files.report_items import (
    ReportItem,
    items_of_rows,
    read_items,
)

ROW = """[[row]]
id = "a"
item = 1
what = "Parameters"
metric = "parameters"
reported = 27_660
source = "Table 1"
protocol = "counted"
measure = "parameters"
"""
ITEM = '[[item]]\nid = 2\nplace = "Table 2"\nwhat = "A picture"\n'
TAKEN = ITEM.replace("id = 2", "id = 1")
REPORTS = ("triple-mnist", "mnist-networks", "mnist-addition", "mnist-gan", "fashion-mnist")
COUNTED = 505
"""Printed numbers, sentences, pictures and ideas of the five reports, a table as one of them."""


def read(folder: Path, text: str) -> tuple[ReportItem, ...]:
    path = folder / "reported.toml"
    path.write_text(text, encoding="utf-8")
    return read_items(path, read_rows(path))


def test_an_item_is_what_its_table_says(tmp_path: Path) -> None:
    more = 'rows = ["a"]\nfigure = "2.picture"\nreason = "drawn, not measured"\n'
    (item,) = read(tmp_path, ROW + ITEM + more)
    assert item == ReportItem(2, "Table 2", "A picture", ("a",), "2.picture", "drawn, not measured")
    assert item.to_json()["rows"] == ["a"]
    assert items_of_rows(read_rows(tmp_path / "reported.toml")) == {1: ["a"]}


def test_items_come_in_the_order_of_the_report(tmp_path: Path) -> None:
    other = ITEM.replace("id = 2", "id = 3").replace("Table 2", "Table 1")
    text = 'places = ["Table 1", "Table 2"]\n' + ROW
    found = read(tmp_path, text + ITEM + 'reason = "x"\n' + other + 'reason = "y"\n')
    assert [item.number for item in found] == [3, 2]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (ITEM, "item 2: it has no row, no figure and no reason: add one of them"),
        (
            ITEM.replace("id = 2", "id = 1") + 'reason = "x"\n',
            "item 1: the number is taken by row a",
        ),
        (2 * (ITEM + 'reason = "x"\n'), "item 2: the number is taken by another item"),
        (ITEM + 'reasons = "x"\n', "did you mean 'reason'?"),
        (ITEM.replace('what = "A picture"\n', "") + 'reason = "x"\n', "item 2: no 'what': add it"),
    ],
)
def test_what_is_wrong_with_an_item_is_said(tmp_path: Path, item: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, ROW + item)
    assert said in str(caught.value)


def test_an_item_names_rows_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"unknown row in item 2 of .*'ab': did you mean 'a'"):
        read(tmp_path, ROW + ITEM + 'rows = ["ab"]\n')


def test_every_item_of_the_five_reports_has_a_row_a_picture_or_a_reason() -> None:
    numbers: list[int] = []
    for name in REPORTS:
        published = find_reproduction(name)
        numbers += [*items_of_rows(published.rows), *(one.number for one in published.items)]
        rows = {row.id for row in published.rows}
        for item in published.items:
            assert set(item.rows) <= rows
            assert item.rows or item.figure or item.reason
    assert sorted(numbers) == list(range(1, COUNTED + 1))
    assert set(list_reproductions()) == {*REPORTS, "mnist-sums"}
    assert sum(len(find_reproduction(name).rows) for name in REPORTS) >= 470


def test_items_and_errors_of_a_paper_are_in_its_json_and_its_text() -> None:
    outcome = recorded("mnist-gan")
    document = outcome.to_json()
    numbers = {row["item"] for row in document["rows"]} | {
        item["item"] for item in document["items"]
    }
    assert numbers - {None} == set(range(364, 401))  # rows of its ideas are ours
    wrong = {row["id"] for row in document["rows"] if row["report_error"]}
    assert wrong == {
        "3.target.real", "3.same-time", "3.five", "3.collapse", "3.grid-1", "3.grid-2"
    }  # fmt: skip
    text = str(outcome)
    assert "what the paper itself has wrong:" in text
    assert "  3.grid-1: 41 % of the digits in its own picture are 5, 7 or 9, not 90 %." in text
    assert "13 items of the paper are no row of their own: 11 are shown" in text
    assert "items" not in recorded("mnist-gan", rows=["3.best"]).to_json()

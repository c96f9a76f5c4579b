"""Wide tables of numbers from outside, in parts and straight into numbers."""

from __future__ import annotations

import contextlib
import random
import tracemalloc
from collections.abc import Sequence

import numpy as np
import pytest

from glyphlab._common.untrusted import Unreadable
from glyphlab._common.untrusted.number_tables import Columns, parse_number_table

FIRST = Columns(label=0)


def first(header: Sequence[str] | None, width: int) -> Columns:
    return FIRST


def test_the_plan_is_given_what_the_first_row_says() -> None:
    asked = []

    def plan(header: Sequence[str] | None, width: int) -> Columns:
        asked.append((header, width))
        return FIRST

    parse_number_table(b"label,a,b\n1,2,3\n", "t", plan)
    parse_number_table(b"1,2,3\n", "t", plan)
    parse_number_table(b"cat,2,3\n", "t", plan)  # one word is a label, not a row of names
    assert asked == [(["label", "a", "b"], 3), (None, 3), (None, 3)]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("label,0,1,2,3", True),
        ("Label,1,2,3,4", True),
        ("0,1,label,2,3", True),
        ("0,1,2,3,label", True),
        (",0,1,2,3", True),
        (",label,0,1,2,3", True),
        (",0,1,2,3,label", True),
        ('"label","0","1","2","3"', True),
        ("label;0;1;2;3", True),
        ("\tlabel\t0\t1", True),
        ("label,0", True),
        (",".join(map(str, range(257))), True),  # no pixel of eight bits is 256
        ("cat," + ",".join(map(str, range(1, 300))), True),
        ("5,0,1,2,3", False),
        ("cat,0,1,2,3", False),
        ("0,1,2,3,4", False),
        (",".join(map(str, range(256))), False),
        ("label,0,2,1,3", False),
        ("label,2,3,4,5", False),
        ("label,0,0,0,0", False),
        ("0,1,,2,3", False),
        ("5,,,,", False),
    ],
)
def test_numbers_are_names_where_they_count_the_columns(row: str, named: bool) -> None:
    asked = []

    def plan(header: Sequence[str] | None, width: int) -> Columns:
        asked.append(header is not None)
        return FIRST

    width = max(row.count(separator) for separator in ",;\t") + 1
    with contextlib.suppress(Unreadable):
        parse_number_table(
            f"{row}\n{','.join('7' * width)}\n".encode(), "t", plan, known=("label", "")
        )
    assert asked == [named]


@pytest.mark.parametrize("blank", ["", " ", "   ", "\t", " \t ", "\v", "\f", '""', '" "'])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("columns", [Columns(), Columns(dropped=(3,))])
def test_a_blank_cell_is_no_number(blank: str, place: int, columns: Columns) -> None:
    cells = ["1", "2", "3", "4"]
    cells[place] = blank
    content = f"1,2,3,4\n{','.join(cells)}\n5,6,7,8\n".encode()
    with pytest.raises(Unreadable, match="line 2: a cell that is no number, expected one a pixel"):
        parse_number_table(content, "t", lambda *_: columns)


@pytest.mark.parametrize("line", ["5,1, ", "5, ,1", "5,1,\t", "5, 1,\t ", "5\t1\t ", "5;1; "])
def test_a_blank_cell_behind_a_label(line: str) -> None:
    content = f"6,1,1\n{line}\n" if "," in line else f"6{line[1]}1{line[1]}1\n{line}\n"
    with pytest.raises(Unreadable, match="line 2: a cell that is no number, expected one a pixel"):
        parse_number_table(content.encode(), "t", first)


def test_blanks_beside_a_number_are_none() -> None:
    found = parse_number_table(b"5, 1 ,\t2,3 \n", "t", first)
    assert found.values.tolist() == [[1, 2, 3]]


def test_more_rows_than_are_parsed_at_a_time() -> None:
    rows = np.random.default_rng(0).integers(0, 256, (2_503, 4))
    content = "\n".join(",".join(map(str, row)) for row in rows.tolist()).encode()
    found = parse_number_table(content, "t", first)
    assert found.values.dtype == np.uint8
    np.testing.assert_array_equal(found.values, rows[:, 1:])
    assert found.labels == [str(value) for value in rows[:, 0]]


def test_one_fraction_makes_them_all_floats() -> None:
    found = parse_number_table(b"a,1,2\n" * 1_500 + b"b,0.5,3\n", "t", first)
    assert found.values.dtype == np.float32
    assert found.values[-1].tolist() == [0.5, 3]


def test_columns_in_any_place() -> None:
    def plan(header: Sequence[str] | None, width: int) -> Columns:
        return Columns(label=2, dropped=(0,))

    found = parse_number_table(b"x,1,cat,2\ny,3,dog,4\n", "t", plan)
    assert found.values.tolist() == [[1, 2], [3, 4]]
    assert found.labels == ["cat", "dog"]
    none = parse_number_table(b"1,2\n", "t", lambda *_: Columns())
    assert none.labels is None
    with pytest.raises(Unreadable, match="no column of numbers"):
        parse_number_table(b"1,2\n", "t", lambda *_: Columns(0, (1,)))


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("dropped", [(0,), (2,), ()])
def test_columns_are_left_out_with_and_without_labels(dropped: tuple[int, ...], quote: str) -> None:
    text = f"a,b,c\n{quote}7{quote},1,2\n{quote}8{quote},3,4\n".encode()
    found = parse_number_table(text, "t", lambda _names, _width: Columns(dropped=dropped))
    expected = np.delete([[7, 1, 2], [8, 3, 4]], dropped, axis=1)
    assert np.array_equal(found.values, expected)
    assert found.labels is None


def test_the_room_it_takes_is_that_of_the_numbers() -> None:
    content = b"7," + b"250," * 783 + b"1\n"
    content *= 3_000
    tracemalloc.start()
    found = parse_number_table(content, "t", first)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.values.nbytes == 3_000 * 784
    assert most < 30 * 1e6  # as text, cell by cell, they took 120 MB


def test_damage_is_always_one_line() -> None:
    whole = b"label,a,b,c\n1,2,3,4\n2,0.5,6,7\n"
    chance, said = random.Random(0), set()
    for _ in range(2_000):
        content = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        try:
            parse_number_table(bytes(content), "t", first)
        except Unreadable as error:
            said.add(str(error))
    assert len(said) > 5
    assert all(one.isprintable() for one in said)

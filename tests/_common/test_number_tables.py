"""Wide tables of numbers from outside, in parts and straight into numbers."""

from __future__ import annotations

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

"""How many rows have which verdict, by what it rests on."""

from __future__ import annotations

from typing import Any

from glyphlab.reproductions.core.verdicts.engines import mixed_engines
from glyphlab.reproductions.core.verdicts.totals import total_lines, totals_of


def row(basis: str | None, verdict: str, **more: Any) -> dict[str, Any]:
    return {"id": "a", "basis": basis, "verdict": verdict, "expected_low": None, **more}


ROWS = [
    row("fact", "match"),
    row("by construction", "match"),
    row("several seeds", "equal", expected_low=0.1, wide=True),
    row("several seeds", "worse", expected_low=0.1),
    row("several seeds", "holds"),
    row("several seeds", "holds"),
    row("one seed", "one seed"),
    row(None, "not run"),
]


def test_facts_and_trainings_are_never_added_up() -> None:
    assert totals_of(ROWS) == {
        "fact": {"match": 1},
        "by construction": {"match": 1},
        "one seed": {"one seed": 1},
        "several seeds": {"equal": 1, "worse": 1, "holds": 2},
    }


def test_the_lines_say_what_chance_alone_would_do_and_what_is_wide() -> None:
    lines = total_lines(ROWS)
    assert lines[0] == "facts (1): 1 match"
    assert lines[3] == "several seeds (4): 1 equal, 1 worse, 2 hold"
    assert lines[4].startswith("of 2 numbers beside a 95 % interval for one more training, 1 lies")
    assert lines[4].endswith("by chance alone about 0.1 would")
    assert lines[5].startswith("1 of these intervals is wide")
    assert total_lines([]) == []


def test_rows_of_several_engines_are_named_in_one_line() -> None:
    one, two = "cpu in float32, 1 thread, torch", "cpu in float32, 2 threads, torch"
    assert mixed_engines([{"id": "a", "engines": [one]}, {"id": "b"}]) == ""
    said = mixed_engines([{"id": "a", "engines": [one, two]}, {"id": "b", "engines": [two]}])
    assert said == f"mixed engines in a: {one}; {two}"
    many = [{"id": str(n), "engines": [one, two]} for n in range(9)]
    assert mixed_engines(many).startswith("mixed engines in 9 rows: ")

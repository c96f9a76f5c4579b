"""Rows from a file of reported numbers, and what is said of a file that is not whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.reproductions.core import generator_measures, measures, scores, sweeps
from glyphlab.reproductions.core.facts import data_facts
from glyphlab.reproductions.core.registry import MEASURES, SCORES, measure_of, public_functions
from glyphlab.reproductions.core.reported import read_rows
from glyphlab.reproductions.core.rows import Measured, Row, from_fact
from glyphlab.reproductions.core.sentences import (
    curve_sentences,
    generator_sentences,
    score_sentences,
)
from glyphlab.runs import Run
from glyphlab.tasks import Task
from summaries import ToldRun, classifier_summary
from summaries import scores as scored

TASK = cast("Task", None)
MODULES = (
    measures, sweeps, generator_measures, data_facts, curve_sentences, score_sentences,
    generator_sentences,
)  # fmt: skip
ROW = {
    "id": '"a"', "what": '"Parameters"', "metric": '"parameters"', "reported": "27_660",
    "source": '"Table 1"', "protocol": '"counted"', "measure": '"parameters"',
}  # fmt: skip


def text_of(**changes: str | None) -> str:
    lines = [f"{key} = {value}" for key, value in {**ROW, **changes}.items() if value is not None]
    return "\n".join(["[[row]]", *lines, ""])


def read(folder: Path, *texts: str) -> tuple[Row, ...]:
    path = folder / "reported.toml"
    path.write_text("\n".join(texts), encoding="utf-8")
    return read_rows(path)


def test_a_row_is_what_its_table_says(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        text_of(models='["net"]', slack="500", items="100", not_comparable='"not named"'),
        text_of(id='"b"', models='["x", "y"]', claim='"above"', bound="0.5"),
    )
    assert first == Row("a", "Parameters", "parameters", 27_660, "Table 1", "counted",
                        measures.parameters, ("net",), 100, "not named", 500,
                        measured_by="parameters")  # fmt: skip
    assert (second.id, second.model, second.claim, second.bound) == ("b", "x", "above", 0.5)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("84", 84),
        ("0.9300", 0.93),
        ("{ difference = [0.93, 0.9219] }", 0.93 - 0.9219),
        ("{ ratio = [2671, 2677] }", 2671 / 2677),
        ("{ sum = [60_000, 10_000] }", 70_000),
        ("{ difference = [{ difference = [3, 1] }, { ratio = [3, 2] }] }", 0.5),
    ],
)
def test_a_number_is_as_printed_or_of_two_that_were(
    tmp_path: Path, written: str, value: float
) -> None:
    (row,) = read(tmp_path, text_of(reported=written))
    assert repr(row.reported) == repr(value)


@pytest.mark.parametrize(
    ("written", "half"),
    [
        ("84", 0.0),
        ("0.9300", 0.00005),
        ("0.93", 0.005),
        ("1.0", 0.05),
        ("{ difference = [0.93, 0.9219] }", 0.00505),
        ("{ ratio = [2671, 2677] }", 0.0),
        ("{ sum = [0.5, 2] }", 0.05),
        ("{ ratio = [1.0, 2] }", 0.025),
    ],
)
def test_rounding_is_that_of_the_printed_digits(tmp_path: Path, written: str, half: float) -> None:
    (row,) = read(tmp_path, text_of(reported=written))
    assert row.rounding == pytest.approx(half)


def test_a_row_may_state_its_margin_and_its_range(tmp_path: Path) -> None:
    (row,) = read(tmp_path, text_of(margin="5", least="0", most="1", by_construction="true"))
    assert (row.equal_within, row.range, row.by_construction) == (5, (0.0, 1.0), True)
    (row,) = read(tmp_path, text_of(least="0"))
    assert row.range == (0.0, float("inf"))


@pytest.mark.parametrize("key", ROW)
def test_no_key_that_every_row_has_may_be_missing(tmp_path: Path, key: str) -> None:
    with pytest.raises(UsageError, match=rf"row (a|1): no '{key}': add it"):
        read(tmp_path, text_of(**{key: None}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"measure": '"paramters"'}, "unknown measure 'paramters': did you mean 'parameters'?"),
        ({"metric": '"acuracy"'}, "did you mean 'accuracy'?"),
        ({"modells": '["a"]'}, "unknown key 'modells': did you mean 'models'?"),
        ({"reported": '"0.9"'}, "reported = '0.9': write a number as it was printed"),
        ({"reported": "true"}, "write a number"),
        ({"reported": "{ difference = [1, 2, 3] }"}, "write a number"),
        ({"reported": "{ difference = [1, 2], ratio = [1, 2] }"}, "write a number"),
        ({"source": '" "'}, "source must match the pattern"),
        ({"source": '""'}, "source must not be empty, found ''"),
        ({"claim": '"over"'}, "claim must be '', 'above' or 'below', found 'over'"),
        ({"bound": "0.5"}, "it has a bound and no claim"),
        ({"items": "0"}, "items must be above 0, found 0"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_what_to_write(
    tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, text_of(**changes))
    assert str(caught.value).startswith(f"{tmp_path / 'reported.toml'}, row a: ")
    assert said in str(caught.value)


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="row 2: 'a' is taken: give it another id"):
        read(tmp_path, text_of(), text_of(what='"other"'))


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "has no row"), ("row = 3", "has no row"), ("rows = []", "has 'rows'")],
)
def test_a_file_holds_rows_and_nothing_else(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(tmp_path, text)


def test_a_number_that_is_typed_twice_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="row b: 27660 of 'Table 1' is typed twice, here and in row a"
    ):
        read(tmp_path, text_of(), text_of(id='"b"', what='"other words"'))
    read(tmp_path, text_of(), text_of(id='"b"', source='"Table 2"'))


def test_rows_come_in_the_order_of_the_report(tmp_path: Path) -> None:
    rows = read(tmp_path, 'places = ["Table 1", "Table 2"]', text_of(id='"b"', source='"Table 2"'),
                text_of(item="7", table='"small"', report_error='"It is 3."'))  # fmt: skip
    assert [row.id for row in rows] == ["a", "b"]
    assert (rows[0].item, rows[0].table, rows[0].report_error) == (7, "small", "It is 3.")
    with pytest.raises(UsageError, match="row b: 'Table 3' begins with none of the 1 places"):
        read(tmp_path, 'places = ["Table 1"]', text_of(id='"b"', source='"Table 3"'))


def test_a_file_that_is_not_there_or_no_toml(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the reported numbers"):
        read_rows(tmp_path / "reported.toml")
    with pytest.raises(UsageError, match="is not TOML"):
        read(tmp_path, "[[row]")


def test_an_experiment_may_have_measures_of_its_own(tmp_path: Path) -> None:
    def three(_task: Task, _runs: Sequence[Run], times: int) -> Measured:
        return from_fact(3 * times)

    path = tmp_path / "reported.toml"
    path.write_text(text_of(measure='{ name = "three", times = 2 }'), encoding="utf-8")
    (row,) = read_rows(path, own={"three": three})
    assert row.measure(TASK, ()).value == 6


def test_arguments_of_a_measure_may_be_measures_and_scores() -> None:
    runs = [
        ToldRun(
            classifier_summary(model=name, train_accuracy=0.5, metrics=scored(0.5)),
            [{"accuracy": value}],
            recipe={"model": {"layers": [f"dense {units}"]}},
        )
        for name, value, units in (("a", 0.1, 5), ("b", 0.2, 6), ("c", 0.3, 7))
    ]
    rank = measure_of(
        {
            "name": "rank_correlation",
            "order": "total_units",
            "score": {"name": "last", "column": "accuracy"},
        }
    )
    assert rank(TASK, runs).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (3, "3 is no measure: write its name"),
        ({"which": 3}, "is no measure: write its name"),
        ({"name": "pixels", "side": 1}, "the measure 'pixels' takes no 'side'"),
        ("digit", "the measure 'digit' lacks 'which': write { name = \"digit\", which = ... }"),
        (
            {"name": "digit", "which": "3"},
            "which of the measure 'digit' must be a whole number, found '3'",
        ),
        ({"name": "images", "split": "train", "times": 1.5}, "times of the measure 'images'"),
        (
            {"name": "rank_correlation", "order": "total_unit", "score": "last_gap"},
            "unknown score 'total_unit': did you mean 'total_units'?",
        ),
        (
            {"name": "rank_correlation", "order": "last", "score": "last_gap"},
            "the score 'last' lacks 'column'",
        ),
    ],
)
def test_a_measure_that_cannot_be_meant(described: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        measure_of(described)
    assert said in str(caught.value)


def test_an_argument_that_is_not_taken_is_told_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'column'"):
        measure_of({"name": "at_the_end", "colum": "loss"})


def test_no_name_stands_for_two_measures() -> None:
    parts = [public_functions(one) for one in MODULES]
    assert sum(map(len, parts)) == len(MEASURES)
    assert set(SCORES) == set(scores.__all__)

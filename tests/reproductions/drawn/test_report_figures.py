"""The pictures of a report: drawn, or a sentence in their place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from glyphlab.reporting.pages.page_parts import Heading, Part, Text
from glyphlab.reproductions import find_reproduction, list_reproductions, recorded, reproduce
from glyphlab.reproductions.core.drawn.report_figures import ReportFigure, drawn
from glyphlab.reproductions.core.rows import Row, from_fact
from glyphlab.tasks import Task

TASK = cast("Task", object())
RUN: Any = object()


def row(name: str, *models: str) -> Row:
    return Row(name, "", "loss", 0.0, "", "", lambda _t, _r: from_fact(0), models)


ROWS = (row("one", "a"), row("two", "a", "b"), row("three", "c"), row("all", "a", "b", "c", "d"))
OF_DATA = ReportFigure.of_data("data", "The data", lambda _task: [Text("a picture")])
OF_RUNS = ReportFigure.of_runs(
    "runs", "The runs", ("a", "b"), lambda runs: [Text(f"drawn of {', '.join(runs)}")]
)


def texts(*figures: ReportFigure, task: Task | None = None, every: bool = True, **runs: Any) -> str:
    found: Sequence[Part] = drawn(
        figures, task, runs, rows=ROWS, name="report", source="mnist", every=every
    )
    return "\n".join(one.text for one in found if isinstance(one, Text | Heading))


def test_what_is_there_is_drawn_below_its_title() -> None:
    assert texts(OF_DATA, OF_RUNS, task=TASK, a=[RUN], b=[RUN]).splitlines() == [
        "The data", "a picture", "The runs", "drawn of a, b",
    ]  # fmt: skip


def test_a_sentence_says_what_is_missing_and_what_makes_it() -> None:
    assert texts(OF_DATA, OF_RUNS).splitlines() == [
        "The data",
        "Not drawn: the data are not here. Fetch them with: glyphlab data fetch mnist",
        "The runs",
        "Not drawn: it needs finished runs of a, b. Train them with: glyphlab reproduce run report "
        "--scale full --rows two",
    ]


def test_a_picture_of_some_runs_names_the_others() -> None:
    said = texts(OF_RUNS, a=[RUN], b=[]).splitlines()
    assert said[1] == "drawn of a"
    assert said[2].startswith("Without b: train them with: glyphlab reproduce run report")


def test_where_some_rows_were_asked_for_the_rest_is_left_out() -> None:
    assert texts(OF_DATA, OF_RUNS, every=False) == ""
    assert texts(OF_RUNS, every=False, b=[RUN]).splitlines()[1] == "drawn of b"


@pytest.mark.parametrize("name", list_reproductions())
def test_every_item_that_names_a_picture_names_one_of_its_report(name: str) -> None:
    published = find_reproduction(name)
    ids = [figure.id for figure in published.figures]
    assert len(set(ids)) == len(ids)
    assert {item.figure for item in published.items if item.figure} <= set(ids)
    trained = {model for one in published.rows for model in one.models}
    for figure in published.figures:
        assert set(figure.models) <= trained
        assert figure.title
        assert figure.models or figure.data


def test_every_report_shows_what_it_is_without_of_its_pictures(tmp_path: Path) -> None:
    outcome = recorded("mnist-gan", root=tmp_path)
    said = [part.text for part in outcome.figures if isinstance(part, Text)]
    assert len(said) == len(find_reproduction("mnist-gan").figures)
    assert all(one.startswith("Not drawn: it needs finished runs of") for one in said)
    page = outcome.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Not drawn: it needs finished runs of dcgan, dcgan-70, dcgan-smooth" in page
    assert "What the paper itself has wrong" in page
    assert "What has no row of its own" in page
    assert recorded("mnist-gan").figures == ()


def test_what_a_reproduction_trained_is_drawn_again_when_it_is_shown(tmp_path: Path) -> None:
    rows = ["1.6.gap", "1.6.epoch-1.val"]
    outcome = reproduce("mnist-networks", rows=rows, scale="smoke", root=tmp_path, quiet=True)
    titles = [part.text for part in outcome.figures if isinstance(part, Heading)]
    assert titles == ["1.6: one hidden layer"]
    names = list(outcome.page().figures())
    assert [name.partition("-by-epoch")[0] for name in names] == ["accuracy", "loss"]

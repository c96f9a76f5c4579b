"""Every published experiment: its rows are whole, and it runs at smoke scale."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import openTSNE
import pytest

import glyphlab
from glyphlab._common.errors import UnknownName, UsageError
from glyphlab.recipes import list_models, reference
from glyphlab.recipes.generator_presets import list_generators
from glyphlab.reproductions import find_reproduction, list_reproductions, recorded, reproduce
from glyphlab.reproductions.core.registry import MEASURES, SCORES, public_functions
from glyphlab.reproductions.core.reproduction import SCALES
from glyphlab.reproductions.core.rows import Metric
from glyphlab.reproductions.core.verdicts.deciding import VERDICTS
from glyphlab.reproductions.core.verdicts.new_verdicts import with_new_verdicts
from glyphlab.reproductions.core.verdicts.row_documents import NOT_RUN, as_json
from glyphlab.reproductions.core.verdicts.totals import totals_of
from glyphlab.reproductions.mnist_addition import map_measures, pair_measures

SOURCE = re.compile(r"[A-Z0-9]|ours: ")
"""A table, a section or a sentence has a number or a title; what no paper says is ours."""
FOLDER = Path(glyphlab.__file__).parent / "reproductions"
OWN = {
    name: {one.name for one in find_reproduction(name).generators if not isinstance(one, str)}
    for name in list_reproductions()
}
"""Generators that differ from others in one key each: trained at smoke scale by a long test."""
TAKES_LONG = {
    "strip-taught", "canvas", "began", *OWN["triple-mnist"], *OWN["mnist-gan"],
    "residual-15", "sum-50", "sum-1024",
}  # fmt: skip
"""Generators of three digits; a third one, `strip`, and those of one digit are trained here, and so
are shorter and longer sums."""
LONG = {"triple-mnist", "mnist-addition", "mnist-gan", "mnist-networks", "mnist-sums"}
"""Those whose smoke scale takes ten seconds and more; the others are tried each time."""


@pytest.mark.parametrize("name", list_reproductions())
def test_rows_are_whole(name: str) -> None:
    published = find_reproduction(name)
    rows = published.rows
    assert len({row.id for row in rows}) == len(rows)
    known = {entry.name for entry in (*list_models(), *published.models, *list_generators())}
    known |= OWN[name]
    for row in rows:
        assert row.what
        assert row.metric in get_args(Metric)
        assert SOURCE.match(row.source)
        assert row.protocol
        assert set(row.models) <= known
        assert len(set(row.models)) == len(row.models)
        # every argument but the task and the runs is set
        inspect.signature(row.measure).bind(None, [])


@pytest.mark.parametrize("name", list_reproductions())
def test_every_model_of_a_reproduction_stands_behind_a_row(name: str) -> None:
    published = find_reproduction(name)
    asked = {model for row in published.rows for model in row.models}
    assert {*(entry.name for entry in published.models), *published.generator_names} <= asked


def test_every_file_of_reported_numbers_is_that_of_a_reproduction() -> None:
    folders = {path.parent.name for path in FOLDER.rglob("reported.toml")}
    assert folders == {name.replace("-", "_") for name in list_reproductions()}


def test_every_measure_and_score_is_named_by_a_row() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("reported.toml"))
    own = public_functions(map_measures, pair_measures)
    assert {name for name in (*MEASURES, *SCORES, *own) if f'"{name}"' not in texts} == set()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name in LONG else ())
        for name in list_reproductions()
    ],
)
@pytest.mark.slow
def test_smoke_scale_measures_every_row_and_judges_none_of_the_trained(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {"n_iter": 20, "early_exaggeration_iter": 20}  # numbers come of it all the same
    monkeypatch.setattr(openTSNE, "TSNE", partial(openTSNE.TSNE, **few))
    monkeypatch.setattr(reference, "PER_LABEL", 1)
    rows = [row.id for row in find_reproduction(name).rows if not {*row.models} & TAKES_LONG]
    run = partial(reproduce, name, rows=rows, scale="smoke", root=tmp_path, quiet=True)
    outcome = run()
    document = json.loads(json.dumps(outcome.to_json(), allow_nan=False))
    assert document["schema"] == 2
    assert document["paper"] == name
    assert [row["id"] for row in document["rows"]] == rows
    assert all(row["measured"] is not None for row in document["rows"])
    assert {row["verdict"] for row in document["rows"]} == {"not comparable"}
    page = outcome.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "reproduce" in page
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.safetensors")}
    again = run()
    assert again.rows == outcome.rows
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("model.safetensors")}


@pytest.mark.long
@pytest.mark.parametrize("name", ["mnist-gan", "triple-mnist"])
def test_ideas_of_the_papers_run_at_smoke_scale(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reference, "PER_LABEL", 1)
    ours = OWN[name] | {"began"}
    ids = [row.id for row in find_reproduction(name).rows if ours & {*row.models}]
    outcome = reproduce(name, rows=ids, scale="smoke", root=tmp_path, quiet=True)
    assert all(row["measured"] is not None for row in outcome.rows)
    assert {row["verdict"] for row in outcome.rows} == {"not comparable"}


def test_parameters_are_the_reports() -> None:
    from glyphlab._common.seeds import torch_rng
    from glyphlab.models import TripleMnistCNN, count_parameters

    row = find_reproduction("triple-mnist").chosen(["2.4.parameters"])[0]
    assert count_parameters(TripleMnistCNN(84, 84, 1, 640, torch_rng(0, "init"))) == row.reported


def test_a_row_alone_trains_nothing_it_does_not_need(tmp_path: Path) -> None:
    outcome = reproduce("triple-mnist", rows=["1.width"], scale="smoke", root=tmp_path, quiet=True)
    assert [row["measured"] for row in outcome.rows] == [84]
    # "cache" is the tests' own folder for downloads and fonts
    assert {path.name for path in tmp_path.iterdir()} <= {"cache"}


def test_the_command_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words: dict[str, Any] = {"rows": ["1.width"], "scale": "smoke", "quiet": True}
    outcome = reproduce("triple-mnist", **words, finished=True, root="my exps")
    usual = "glyphlab reproduce run triple-mnist --scale smoke --rows 1.width"
    assert outcome.command == f"{usual} --finished --out 'my exps'"
    assert reproduce("triple-mnist", **words).command == usual


def test_wrong_names_are_told_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'triple-mnist'"):
        reproduce("triple-mnits")
    with pytest.raises(UnknownName, match=r"did you mean '4\.test'"):
        reproduce("triple-mnist", rows=["4.tets"])
    with pytest.raises(UnknownName, match="did you mean 'full'"):
        reproduce("triple-mnist", scale="ful")


@pytest.mark.parametrize("name", list_reproductions())
def test_what_is_recorded_names_every_row(name: str) -> None:
    try:
        outcome = recorded(name)
    except UsageError as error:
        pytest.skip(str(error))
    assert [row["id"] for row in outcome.rows] == [row.id for row in find_reproduction(name).rows]
    assert outcome.scale == ("long" if name == "mnist-gan" else "full")
    assert {row.get("scale", "full") for row in outcome.rows} <= {"full", "long", "quick"}
    assert outcome.env["torch"]
    for width in (80, 120):
        assert max(map(len, outcome.text(width).splitlines())) <= width
    assert {row["verdict"] for row in outcome.rows} <= set(VERDICTS)


@pytest.mark.parametrize("name", list_reproductions())
def test_what_is_recorded_stands_beside_the_numbers_of_its_row(name: str) -> None:
    documents, published = {row["id"]: row for row in recorded(name).rows}, find_reproduction(name)
    for row in published.rows:
        document = documents[row.id]
        for key in ("metric", "reported", "source", "model", "claim"):
            assert as_json(row, None, NOT_RUN)[key] == document[key]
        remark = published.remark(row, SCALES[document.get("scale") or "full"])
        if document["verdict"] == "not comparable":
            remark = ""  # it is of a verdict
        assert "; ".join(filter(None, [row.protocol, remark])) == document["protocol"]


@pytest.mark.parametrize("name", list_reproductions())
def test_what_is_recorded_has_the_verdict_of_todays_rule(name: str) -> None:
    path = FOLDER / "recorded" / f"{name}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    again = with_new_verdicts(document)
    keys = (
        "id",
        "verdict",
        "basis",
        "expected_low",
        "expected_high",
        "computed_from",
        "margin",
        "wide",
    )
    for before, now in zip(document["rows"], again["rows"], strict=True):
        for key in keys:
            assert before[key] == pytest.approx(now[key]), (before["id"], key)
    assert document["totals"] == totals_of(document["rows"])
    for row in document["rows"]:
        assert not (row["basis"] == "one seed" and row["verdict"] in ("holds", "match", "equal"))
        for ends in (("low", "high"), ("expected_low", "expected_high")):
            least, most = find_reproduction(name).chosen([row["id"]])[0].range
            assert all(row[key] is None or least <= row[key] <= most for key in ends), row["id"]


@pytest.mark.realdata
def test_facts_of_the_published_data_match(real_data: Path, tmp_path: Path) -> None:
    facts = [row.id for row in find_reproduction("triple-mnist").rows if row.model is None]
    outcome = reproduce(
        "triple-mnist", rows=facts, scale="full", root=tmp_path, quiet=True, data_dir=real_data
    )
    others = {row["id"]: row for row in outcome.rows if row["verdict"] != "match"}
    assert set(others) == {"4.increase"}  # what the paper has wrong is said beside it
    assert others["4.increase"]["report_error"]


def test_what_is_recorded_can_be_asked_for_row_by_row() -> None:
    few = recorded("triple-mnist", rows=["4.test", "1.train"])
    assert [row["id"] for row in few.rows] == ["1.train", "4.test"]
    assert "measured" not in str(few).splitlines()[-1]
    with pytest.raises(UnknownName, match=r"did you mean '4\.test'"):
        recorded("triple-mnist", rows=["4.tset"])


def test_rows_that_were_not_run_are_counted() -> None:
    rows = recorded("triple-mnist").rows
    idle = next(row for row in rows if row["id"] == "4.test") | {"verdict": "not run"}
    text = str(replace(recorded("triple-mnist", rows=["4.test"]), rows=[*rows[:2], idle]))
    assert text.splitlines()[-1] == "2 rows of 3 measured"


def test_what_is_finished_is_measured_and_nothing_is_trained(tmp_path: Path) -> None:
    rows = ["4.test", "5a.test", "1.width"]
    run = partial(reproduce, "triple-mnist", scale="smoke", root=tmp_path, quiet=True)
    run(rows=["4.test"], seeds=2)
    before = sorted(path.name for path in tmp_path.iterdir())
    outcome = run(rows=rows, seeds=3, finished=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    found = {row["id"]: row for row in outcome.rows}
    assert (found["4.test"]["seeds"], found["5a.test"]["verdict"]) == (2, "not run")
    assert found["5a.test"]["measured"] is None
    assert len(found["4.test"]["commits"]) == 1
    assert found["1.width"]["measured"] == 84
    assert outcome.command.endswith("--seeds 3 --finished")


def test_models_are_held_against_each_other_on_the_seeds_that_both_have(tmp_path: Path) -> None:
    run = partial(reproduce, "mnist-addition", scale="smoke", root=tmp_path, quiet=True)
    run(rows=["3.study-4.test"], seeds=2)
    run(rows=["3.study-3.test"], seeds=1)
    (row,) = run(rows=["3.claim.dropout"], seeds=3, finished=True).rows
    assert row["seeds"] == 1

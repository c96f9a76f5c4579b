"""The ledger counts questions to a test set, and stops nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from glyphlab.experiments import compare, learning_curve
from glyphlab.experiments.results.ledger import evaluation_of, evaluation_sentence, ledger_path
from glyphlab.runs import Run

SMALL = {"seeds": 1, "preset": "smoke", "quiet": True}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Run]]:
    """Two trained models; what their comparison counted is forgotten."""
    root = tmp_path_factory.mktemp("runs")
    found = compare("triple", ["whole", "multihead"], root=root, **SMALL)
    return found.groups


def test_the_same_runs_are_the_same_question(runs: dict[str, list[Run]]) -> None:
    whole, heads = runs["whole"], runs["multihead"]
    assert evaluation_of(whole, "first") == 1
    assert evaluation_of(whole, "first, again") == 1
    assert evaluation_of([*whole, *heads], "second") == 2
    assert evaluation_of([*heads, *whole], "second, in another order") == 2
    assert evaluation_of(whole, "first, later") == 1
    lines = [json.loads(line) for line in ledger_path().read_text().splitlines()]
    assert [line["command"] for line in lines] == ["first", "second"]
    assert {line["test_set"] for line in lines} == {whole[0].classifier_summary.test_set.digest}


def test_the_ledger_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ledger_path() == tmp_path / "state" / "glyphlab" / "test_evaluations.jsonl"
    monkeypatch.setenv("GLYPHLAB_LEDGER", str(tmp_path / "mine.jsonl"))
    assert ledger_path() == tmp_path / "mine.jsonl"


@pytest.mark.usefixtures("notes")
def test_a_damaged_line_is_said_and_not_counted(
    runs: dict[str, list[Run]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluation_of(runs["whole"], "first") == 1
    whole = ledger_path().read_text()
    ledger_path().write_text(f"no json\n[]\n{whole}torn")
    assert evaluation_of(runs["whole"], "again") == 1
    assert evaluation_of(runs["multihead"], "second") == 2
    said = capsys.readouterr().err
    assert "2 damaged lines of the ledger" in said
    assert ledger_path().read_text().startswith(f"no json\n[]\n{whole}{{")


@pytest.mark.usefixtures("notes")
def test_a_ledger_that_cannot_be_written_stops_nobody(
    runs: dict[str, list[Run]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GLYPHLAB_LEDGER", str(tmp_path / "file" / "ledger.jsonl"))
    assert evaluation_of(runs["whole"], "first") == 1
    said = capsys.readouterr().err
    assert "not counted" in said
    assert "GLYPHLAB_LEDGER" in said


def test_results_say_which_evaluation_they_are(tmp_path: Path) -> None:
    first = compare("triple", ["whole"], root=tmp_path, **SMALL)
    second = compare("triple", ["whole", "multihead"], root=tmp_path, **SMALL)
    again = compare("triple", ["whole"], root=tmp_path, **SMALL)
    assert [one.to_json()["evaluation"] for one in (first, second, again)] == [1, 2, 1]
    assert "evaluation 2 of this test set" in str(second)
    assert "evaluation" not in str(first)
    curve = learning_curve(
        "triple", ["whole"], [100, 200], seeds=1, steps=1, root=tmp_path / "curve", quiet=True,
        overrides=["task.per_label=1", "training.epochs=1"],
    )  # fmt: skip
    assert curve.to_json()["evaluation"] == 3  # of the same test images, one for both sizes


def test_a_sentence_stands_where_it_is_not_the_first() -> None:
    assert evaluation_sentence(None) == evaluation_sentence(1) == ""
    assert "evaluation 3" in evaluation_sentence(3)
